package store

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// Setting returns the named value, which all nodes share. If there is none, the
// proposed one becomes it; of several nodes that propose at once all get the
// value of one (TestOfManyProposedSettingsAllGetTheSame). With nothing to
// propose, a missing setting is NotFound.
func (db *DB) Setting(ctx context.Context, name string, propose []byte) ([]byte, error) {
	var found struct {
		Value []byte `bson:"value"`
	}
	read := func() error {
		return MapError(db.settings.FindOne(ctx, bson.D{KV("_id", name)}).Decode(&found))
	}
	if propose == nil {
		err := read()
		return found.Value, WrapOp("read setting", err)
	}
	err := db.UntilCommitted(ctx, "propose setting", func() error {
		_, err := db.settings.InsertOne(ctx, bson.D{KV("_id", name), KV("value", propose)})
		if mongo.IsDuplicateKeyError(err) {
			return read()
		}
		found.Value = propose
		return MapError(err)
	})
	return found.Value, WrapOp("propose setting", err)
}
