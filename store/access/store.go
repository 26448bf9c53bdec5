// Package access keeps the API keys of organisations.
package access

import (
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"example.org/tocsin/store"
)

// Store is the collection of the API keys. It is safe for concurrent use.
type Store struct {
	keys *mongo.Collection
}

const collection = "keys"

// New returns the store of the API keys in db.
func New(db *store.DB) *Store { return &Store{keys: db.Database().Collection(collection)} }

// Indexes is what the queries need, besides _id.
func Indexes() []store.Index {
	return []store.Index{
		// RevokeKey
		{Collection: collection, Name: "made_by", Keys: bson.D{store.KV("made_by", 1)}},
	}
}
