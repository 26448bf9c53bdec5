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

// PutRestored keeps the statement that the log was restored, and moves every cursor
// that is beyond its entry back to it: a copy of a database may hold cursors that are
// younger than its log, and a follower there would stand still until the log had grown
// past it. What such a follower then does again it may do twice. The cursors move first,
// so that a node that accepts the statement finds them moved.
func (s *Store) PutRestored(ctx context.Context, r models.Restored) error {
	_, err := s.cursors.UpdateMany(ctx, bson.D{store.KV("seq", bson.D{store.KV("$gt", r.From)})},
		bson.D{store.KV("$set", bson.D{store.KV("seq", r.From)})})
	if err == nil {
		_, err = s.restored.InsertOne(ctx, r)
	}
	return store.WrapOp("keep the statement of a restore", err)
}

// LastRestored returns the newest statement that the log was restored; the zero one
// when there is none. Nobody has checked its signature.
func (s *Store) LastRestored(ctx context.Context) (models.Restored, error) {
	var r models.Restored
	err := s.restored.FindOne(ctx, bson.D{}, options.FindOne().SetSort(bson.D{store.KV("_id", -1)})).Decode(&r)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return models.Restored{}, nil
	}
	return r, store.WrapOp("read the statement of a restore", err)
}
