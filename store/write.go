package store

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"example.org/tocsin/models"
)

// UpsertAll writes upserts in any order. Two upserts of one _id at the same
// time may both try to insert; the one that comes second finds the document
// when it tries again.
func UpsertAll(ctx context.Context, coll *mongo.Collection, writes []mongo.WriteModel) error {
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
		writes = retry
	}
	return nil
}

// UntilCommitted repeats an insert-or-read while it says NotFound: somebody
// else's insert stands in the way and is not yet kept by a majority. It will
// be, or it will be rolled back and the way is free. It gives up after Timeout.
func (db *DB) UntilCommitted(ctx context.Context, attempt func() error) error {
	ctx, cancel := context.WithTimeout(ctx, db.timeout)
	defer cancel()
	for {
		err := attempt()
		if !errors.Is(err, models.NotFound) {
			return err
		}
		if err := Sleep(ctx, 5*time.Millisecond); err != nil {
			return MapError(err)
		}
	}
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
