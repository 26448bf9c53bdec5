package store

import (
	"bytes"
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"example.org/tocsin/models"
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

// ReplaceSetting replaces the named value where it is still the old one. Where it
// is another by now it fails with Stale and changes nothing, so that of two nodes
// that read the same value one repeats what it did
// (TestOfTwoWhoReplaceASettingOneIsRefused). Where it is the new one already, an
// earlier attempt has come through, and there is no error.
func (db *DB) ReplaceSetting(ctx context.Context, name string, old, value []byte) error {
	done, err := db.settings.UpdateOne(ctx, bson.D{KV("_id", name), KV("value", old)}, bson.D{KV("$set", bson.D{KV("value", value)})})
	if err == nil && done.MatchedCount == 0 {
		var found []byte
		if found, err = db.Setting(ctx, name, nil); err == nil && !bytes.Equal(found, value) {
			err = &models.Error{Kind: models.Stale, Code: "revision_stale", Detail: "The setting has changed. Read it again."}
		}
	}
	return WrapOp("replace setting", err)
}
