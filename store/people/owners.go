package people

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"example.org/tocsin/models"
	"example.org/tocsin/store"
)

// Owners knows which devices are gone. It is what the other stores need of this one.
type Owners struct {
	devices *mongo.Collection
}

// NewOwners returns the owners in db.
func NewOwners(db *store.DB) *Owners { return &Owners{devices: db.Database().Collection(collection)} }

// Gone returns those of the devices that do not exist or are being erased.
func (o *Owners) Gone(ctx context.Context, devices []string) ([]string, error) {
	if len(devices) == 0 {
		return nil, nil
	}
	cur, err := o.devices.Find(ctx, notErased(devices), options.Find().SetProjection(bson.D{store.KV("_id", 1)}))
	found, err := store.Collect[models.Device](ctx, cur, err)
	if err != nil {
		return nil, err
	}
	existing := make(map[string]bool, len(found))
	for _, d := range found {
		existing[d.ID] = true
	}
	var gone []string
	for _, id := range devices {
		if !existing[id] {
			gone = append(gone, id)
		}
	}
	return gone, nil
}
