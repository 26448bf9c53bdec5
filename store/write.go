package store

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"example.org/tocsin/models"
)

// UpsertAll writes upserts in any order. Two upserts of one _id at the same
// time may both try to insert; the one that comes second finds the document
// when it tries again. Each repetition is counted under op (Retries).
func (db *DB) UpsertAll(ctx context.Context, op string, coll *mongo.Collection, writes []mongo.WriteModel) error {
	for len(writes) > 0 {
		_, err := coll.BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false))
		var retry []mongo.WriteModel
		for i, e := range PerWriteErrors(len(writes), err) {
			switch {
			case errors.Is(e, models.Conflict):
				retry = append(retry, writes[i])
			case e != nil:
				return e
			}
		}
		db.retries.add(op, len(retry))
		writes = retry
	}
	return nil
}

// UntilCommitted repeats an insert-or-read while it says NotFound: somebody
// else's insert stands in the way and is not yet kept by a majority. It will
// be, or it will be rolled back and the way is free. It gives up after Timeout.
// Each repetition is counted under op (Retries).
func (db *DB) UntilCommitted(ctx context.Context, op string, attempt func() error) error {
	ctx, cancel := context.WithTimeout(ctx, db.timeout)
	defer cancel()
	for {
		err := attempt()
		if !errors.Is(err, models.NotFound) {
			return err
		}
		db.retries.add(op, 1)
		if err := Sleep(ctx, 5*time.Millisecond); err != nil {
			return MapError(err)
		}
	}
}

// Retries returns how often writes were repeated since the start because another
// writer was in the way, by operation (TestARepeatedWriteIsCounted).
func (db *DB) Retries() map[string]int64 { return db.retries.snapshot() }

// retryCounts are running totals by operation. The zero value is ready.
type retryCounts struct {
	mu sync.Mutex
	n  map[string]int64
}

// add adds n to the total of op. For 0 nothing is added: what never happened has no total.
func (c *retryCounts) add(op string, n int) {
	if n == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int64{}
	}
	c.n[op] += int64(n)
}

// snapshot returns a copy of the totals.
func (c *retryCounts) snapshot() map[string]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.n)
}

// Sleep waits for d, or returns ctx's error when that ends first.
func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
