package store

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// Setting returns the named value, which all nodes share. If there is none, the
// proposed one becomes it; of several nodes that propose at once one is heard.
// With nothing to propose, a missing setting is NotFound.
func (s *Store) Setting(ctx context.Context, name string, propose []byte) ([]byte, error) {
	var found struct {
		Value []byte `bson:"value"`
	}
	read := func() error {
		return mapError(s.settings.FindOne(ctx, bson.D{kv("_id", name)}).Decode(&found))
	}
	if propose == nil {
		err := read()
		return found.Value, wrapOp("read setting", err)
	}
	err := s.untilCommitted(ctx, func() error {
		_, err := s.settings.InsertOne(ctx, bson.D{kv("_id", name), kv("value", propose)})
		if mongo.IsDuplicateKeyError(err) {
			return read()
		}
		found.Value = propose
		return mapError(err)
	})
	return found.Value, wrapOp("propose setting", err)
}
