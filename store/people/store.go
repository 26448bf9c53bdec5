// Package people keeps devices, and erases them with all that the other stores
// keep of them.
package people

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"example.org/tocsin/store"
)

// Store is the collection of the devices. It is safe for concurrent use.
type Store struct {
	devices *mongo.Collection
	erasers []Eraser
}

// Eraser deletes what another store keeps of a device, or of the reports of its
// pseudonym (none when that is ""). To erase what is gone is no error.
type Eraser interface {
	EraseDevice(ctx context.Context, device, pseudonym string) error
}

const collection = "devices"

// New returns the store of the devices in db. The erasers are all other stores
// that keep something of a device.
func New(db *store.DB, erasers ...Eraser) *Store {
	return &Store{devices: db.Database().Collection(collection), erasers: erasers}
}

// Indexes is none: every query is by _id.
func Indexes() []store.Index { return nil }
