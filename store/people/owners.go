package people

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"example.org/tocsin/models"
	"example.org/tocsin/store"
)

// Owners knows which devices are gone, and which agree to what is kept. It is what the other stores need of this one.
type Owners struct {
	devices *mongo.Collection
}

// NewOwners returns the owners in db.
func NewOwners(db *store.DB) *Owners { return &Owners{devices: db.Database().Collection(collection)} }

// Gone returns those of the devices that do not exist or are being erased.
func (o *Owners) Gone(ctx context.Context, devices []string) ([]string, error) {
	gone, _, err := o.Unconsented(ctx, devices)
	return gone, err
}

// Unconsented returns those of the devices that do not exist or are being erased, and
// those that have not agreed to the storage of exposures.
func (o *Owners) Unconsented(ctx context.Context, devices []string) (gone, withdrawn []string, err error) {
	if len(devices) == 0 {
		return nil, nil, nil
	}
	cur, err := o.devices.Find(ctx, notErased(devices),
		options.Find().SetProjection(bson.D{store.KV("_id", 1), store.KV("consents", 1)}))
	found, err := store.Collect[models.Device](ctx, cur, err)
	if err != nil {
		return nil, nil, err
	}
	existing := make(map[string]models.Device, len(found))
	for _, d := range found {
		existing[d.ID] = d
	}
	for _, id := range devices {
		switch d, ok := existing[id]; {
		case !ok:
			gone = append(gone, id)
		case !d.Consents.Exposures:
			withdrawn = append(withdrawn, id)
		}
	}
	return gone, withdrawn, nil
}
