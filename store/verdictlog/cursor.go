package verdictlog

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"example.org/tocsin/models"
	"example.org/tocsin/store"
)

// Cursor returns the number of the last entry that the named follower of the
// verdict log has dealt with; 0 before its first move.
func (s *Store) Cursor(ctx context.Context, name string) (int64, error) {
	var at struct {
		Seq int64 `bson:"seq"`
	}
	err := s.cursors.FindOne(ctx, bson.D{store.KV("_id", name)}).Decode(&at)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return 0, nil
	}
	return at.Seq, store.WrapOp("read cursor", err)
}

// MoveCursor moves the named follower from one number to another. It fails with
// Conflict when the cursor does not stand at from: another node has moved it.
func (s *Store) MoveCursor(ctx context.Context, name string, from, to int64) error {
	move := bson.D{store.KV("$set", bson.D{store.KV("seq", to)})}
	// The first move inserts; if the cursor is there and elsewhere, its _id is in the way.
	result, err := s.cursors.UpdateOne(ctx, bson.D{store.KV("_id", name), store.KV("seq", from)}, move,
		options.UpdateOne().SetUpsert(from == 0))
	if err == nil && result.MatchedCount+result.UpsertedCount == 0 {
		err = &models.Error{Kind: models.Conflict, Code: "cursor_moved", Detail: "Another follower has moved the cursor."}
	}
	return store.WrapOp("move cursor", err)
}
