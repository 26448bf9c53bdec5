package store

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// Owners says which of the devices are gone: those that do not exist or are being
// erased.
//
// The devices are a collection of store/people, and store/people erases what
// store/intake and store/notify keep of a device. Only this question goes the
// other way, and whether a device still agrees to what is kept. As an interface it keeps each collection in one package and lets no
// store import another; people.NewOwners answers it without the other stores, so
// that it can be made before them.
type Owners interface {
	Gone(ctx context.Context, devices []string) ([]string, error)
	// Unconsented says it too, and in the same query which of the others have not agreed
	// to the storage of exposures.
	Unconsented(ctx context.Context, devices []string) (gone, withdrawn []string, err error)
}

// DeleteOrphans deletes from coll what belongs to those of the devices that are
// gone, and returns how many documents that were. Whoever writes what belongs to
// a device calls it after the write: see people.Store.EraseDevice.
func DeleteOrphans(ctx context.Context, owners Owners, coll *mongo.Collection, devices []string) (int64, error) {
	gone, err := owners.Gone(ctx, slices.Compact(slices.Sorted(slices.Values(devices))))
	if err != nil || len(gone) == 0 {
		return 0, err
	}
	result, err := coll.DeleteMany(ctx, bson.D{KV("device", bson.D{KV("$in", gone)})})
	if err != nil {
		return 0, err
	}
	return result.DeletedCount, nil
}
