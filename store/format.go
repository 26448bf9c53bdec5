package store

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"example.org/tocsin/models"
)

// Format is the format of the database that this release writes: the names and the
// meaning of all that the stores keep. A release opens what its predecessor wrote; CI
// keeps a small database of each format from 2 on and opens it
// (TestAStoredDatabaseOpens). Format 1 was never released, and is refused.
const Format = 2

// formatID is the _id of the format among the settings.
const formatID = "format"

// formatDoc is the format as it is kept.
type formatDoc struct {
	ID     string `bson:"_id"`
	Number int    `bson:"number"`
}

// checkFormat refuses a database of another format before anything is written to it, and
// marks a new one. The mark is kept by a majority before any data are: whoever sees data
// and then no mark has a database of format 1 (TestADatabaseOfAnotherFormatIsRefused).
func (db *DB) checkFormat(ctx context.Context, o Options) error {
	found, err := db.format(ctx)
	if errors.Is(err, models.NotFound) {
		var used bool
		if used, err = db.holdsData(ctx, o); err == nil && !used {
			return db.markFormat(ctx)
		}
		if err == nil {
			found, err = db.format(ctx) // another node may have marked it, and written, in between
		}
		if errors.Is(err, models.NotFound) {
			found, err = 1, nil
		}
	}
	switch {
	case err != nil:
		return WrapOp("read the format of the database", err)
	case found > Format:
		return fmt.Errorf("the database %q has format %d, and this release writes format %d: run the newer release that made it",
			o.Database, found, Format)
	case found < Format:
		return fmt.Errorf("the database %q has format %d, which this release does not read: "+
			"export its signatures with the release that made it, and import them into a new database", o.Database, found)
	}
	return nil
}

// format returns the format of the database; NotFound where it has no mark.
func (db *DB) format(ctx context.Context) (int, error) {
	var found formatDoc
	err := db.settings.FindOne(ctx, bson.D{KV("_id", formatID)}).Decode(&found)
	return found.Number, MapError(err)
}

// markFormat marks a new database. Of several nodes that start at once one does, to the same end.
func (db *DB) markFormat(ctx context.Context) error {
	_, err := db.settings.InsertOne(ctx, formatDoc{formatID, Format})
	if mongo.IsDuplicateKeyError(err) {
		return nil
	}
	return WrapOp("mark the format of the database", err)
}

// holdsData reports whether the database holds anything that a release before the mark has written.
func (db *DB) holdsData(ctx context.Context, o Options) (bool, error) {
	filters := map[string]bson.D{
		"settings": {IDIn(bson.A{"key", "cursors"})}, // the server of every release has kept these
		"keys":     {}, "devices": {}, "log": {},
	}
	for _, index := range o.Indexes {
		filters[index.Collection] = bson.D{}
	}
	for name, filter := range filters {
		err := db.database.Collection(name).FindOne(ctx, filter, options.FindOne().SetProjection(bson.D{KV("_id", 1)})).Err()
		if err == nil {
			return true, nil
		}
		if !errors.Is(err, mongo.ErrNoDocuments) {
			return false, err
		}
	}
	return false, nil
}
