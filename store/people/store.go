// Package people keeps devices, and erases them with all that the other stores
// keep of them.
package people

import (
	"go.mongodb.org/mongo-driver/v2/mongo"

	"example.org/tocsin/store"
)

// Store is the collection of the devices. It is safe for concurrent use.
type Store struct {
	devices *mongo.Collection
	erasers []Eraser
}

const collection = "devices"

// New returns the store of the devices in db. The erasers are all other stores
// that keep something of a device.
func New(db *store.DB, erasers ...Eraser) *Store {
	return &Store{devices: db.Database().Collection(collection), erasers: erasers}
}

// Indexes is none: every query is by _id.
func Indexes() []store.Index { return nil }
