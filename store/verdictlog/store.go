// Package verdictlog keeps the verdict log, how far each of its followers has come,
// and the statements that it was restored from a copy. The log gets its order from the _id of its entries alone (see Append).
package verdictlog

import (
	"go.mongodb.org/mongo-driver/v2/mongo"

	"example.org/tocsin/store"
)

// Store is the collections of the entries, of the followers' cursors and of the
// statements of restores. It is safe for concurrent use.
type Store struct {
	db                         *store.DB
	entries, cursors, restored *mongo.Collection
	appendToken                appendToken
}

// New returns the store of the verdict log in db.
func New(db *store.DB) *Store {
	return &Store{
		db: db, entries: db.Database().Collection("log"), cursors: db.Database().Collection("cursors"),
		restored: db.Database().Collection("log_restored"), appendToken: newAppendToken(),
	}
}

// Indexes is none: every query is by _id.
func Indexes() []store.Index { return nil }
