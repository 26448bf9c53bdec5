package verdictlog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"example.org/tocsin/models"
	"example.org/tocsin/store"
)

// appendToken holds the last entry of the verdict log that this node has seen kept
// by a majority. Whoever takes it out of the channel may append.
type appendToken chan models.Entry

func newAppendToken() appendToken {
	t := make(appendToken, 1)
	t <- models.Entry{}
	return t
}

// Append adds one entry with up to models.MaxEntryChanges changes to the verdict
// log and returns it, kept by a majority.
//
// The entry's _id is the number after the head's: of two nodes that append at
// once one finds the number taken, reads the head again and tries the next.
// The head is read as a majority keeps it, so an entry is never chained to one
// that a failover rolls back; with numbers that cannot be taken twice this
// makes the chain gap-free and whole without a transaction
// (TestTheLogOfTwoNodesIsOneChain).
func (s *Store) Append(ctx context.Context, changes []models.Change, now time.Time) (models.Entry, error) {
	if len(changes) == 0 || len(changes) > models.MaxEntryChanges {
		return models.Entry{}, fmt.Errorf("append to the verdict log: %d changes, want 1 to %d", len(changes), models.MaxEntryChanges)
	}
	ctx, cancel := context.WithTimeout(ctx, 5*s.db.Timeout())
	defer cancel()
	select {
	case head := <-s.appendToken:
		defer func() { s.appendToken <- head }()
		entry, err := s.append(ctx, &head, models.Commit(changes), now)
		return entry, store.WrapOp("append to the verdict log", err)
	case <-ctx.Done():
		return models.Entry{}, store.WrapOp("wait to append to the verdict log", ctx.Err())
	}
}

// append adds an entry after head, and moves head to the last one known.
func (s *Store) append(ctx context.Context, head *models.Entry, changes []models.Change, now time.Time) (models.Entry, error) {
	for {
		entry := models.NextEntry(*head, now, changes)
		_, err := s.entries.InsertOne(ctx, entry)
		if err == nil {
			*head = entry.Head()
			return entry, nil
		}
		if !mongo.IsDuplicateKeyError(err) {
			return models.Entry{}, err
		}
		latest, err := s.Head(ctx)
		if err != nil {
			return models.Entry{}, err
		}
		if latest.Seq == head.Seq { // the entry in the way is not yet kept by a majority
			err = store.Sleep(ctx, 2*time.Millisecond)
		}
		if err != nil {
			return models.Entry{}, err
		}
		*head = latest
	}
}

// Head returns the last entry of the verdict log without its changes; the zero
// Entry when there is none.
func (s *Store) Head(ctx context.Context) (models.Entry, error) {
	var head models.Entry
	err := s.entries.FindOne(ctx, bson.D{}, options.FindOne().SetSort(bson.D{store.KV("_id", -1)}).
		SetProjection(bson.D{store.KV("changes", 0)})).Decode(&head)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return models.Entry{}, nil
	}
	return head, store.WrapOp("read the head of the verdict log", err)
}

// Entries returns up to limit entries with numbers above after, in order. All
// of them are kept by a majority: what a follower has seen is never rolled back.
func (s *Store) Entries(ctx context.Context, after int64, limit int) ([]models.Entry, error) {
	cur, err := s.entries.Find(ctx, bson.D{store.KV("_id", bson.D{store.KV("$gt", after)})},
		options.Find().SetSort(bson.D{store.KV("_id", 1)}).SetLimit(int64(limit)))
	found, err := store.Collect[models.Entry](ctx, cur, err)
	return found, store.WrapOp("read the verdict log", err)
}

// WatchLog calls changed whenever the verdict log has grown, until ctx ends. It
// returns nil then, and at once where the server has no change streams. It is
// a wake-up and may miss entries: callers poll as well.
func (s *Store) WatchLog(ctx context.Context, changed func()) error {
	if !s.db.ChangeStreams() {
		return nil
	}
	inserts := mongo.Pipeline{bson.D{store.KV("$match", bson.D{store.KV("operationType", "insert")})}}
	stream, err := s.entries.Watch(ctx, inserts, options.ChangeStream().SetMaxAwaitTime(s.db.Timeout()/2))
	if err != nil {
		return watchError(ctx, err)
	}
	defer func() { _ = stream.Close(context.WithoutCancel(ctx)) }() // the server drops an idle cursor by itself
	for ctx.Err() == nil {
		switch {
		case stream.TryNext(ctx):
			changed()
		case stream.Err() != nil:
			return watchError(ctx, stream.Err())
		case stream.ID() == 0:
			return watchError(ctx, errors.New("the server closed the change stream"))
		}
	}
	return nil
}

// watchError is the error of a watch, unless it is only that ctx has ended.
func watchError(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return store.WrapOp("watch the verdict log", err)
	}
	return nil
}
