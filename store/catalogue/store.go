// Package catalogue keeps signatures: what Tocsin recognises. A signature is never
// deleted, and is written only over the revision that its writer has read.
package catalogue

import (
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"example.org/tocsin/store"
)

// Store is the collection of the signatures. It is safe for concurrent use.
type Store struct {
	signatures *mongo.Collection
}

const collection = "signatures"

// New returns the store of the signatures in db.
func New(db *store.DB) *Store { return &Store{signatures: db.Database().Collection(collection)} }

// Indexes is what the queries need, besides _id. The comment of each names the query.
func Indexes() []store.Index {
	return []store.Index{
		// ListSignatures by kind
		{Collection: collection, Name: "kind", Keys: bson.D{store.KV("kind", 1), store.KV("_id", 1)}},
		// ListSignatures by level
		{Collection: collection, Name: "level", Keys: bson.D{store.KV("level", 1), store.KV("_id", 1)}},
		// ListSignatures by source
		{Collection: collection, Name: "source", Keys: bson.D{store.KV("source", 1), store.KV("_id", 1)}},
		// Unlogged
		{
			Collection: collection, Name: "unlogged", Keys: bson.D{store.KV("changed_at", 1)},
			Partial: bson.D{store.KV("unlogged", true)},
		},
	}
}
