// Package access keeps the API keys of organisations.
package access

import (
	"go.mongodb.org/mongo-driver/v2/mongo"

	"example.org/tocsin/store"
)

// Store is the collection of the API keys. It is safe for concurrent use.
type Store struct {
	keys *mongo.Collection
}

// New returns the store of the API keys in db.
func New(db *store.DB) *Store { return &Store{keys: db.Database().Collection("keys")} }

// Indexes is none: every query is by _id.
func Indexes() []store.Index { return nil }
