package people

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"example.org/tocsin/models"
	"example.org/tocsin/store"
)

// Eraser deletes what another store keeps of a device, or of the reports of its
// pseudonym (none when that is ""). To erase what is gone is no error.
type Eraser interface {
	EraseDevice(ctx context.Context, device, pseudonym string) error
}

// EraseDevice deletes a device with its exposures and warnings, and takes story,
// message and agent out of the reports of its pseudonym (none when that is "").
// To erase what is gone is no error, and an erasure that was cut short is
// completed by calling it again (TestAnErasureCutShortIsCompletedByTheNext).
//
// The device is marked first and deleted last. Whoever writes an exposure or a
// warning looks for the mark afterwards (see store.DeleteOrphans): one written
// before the mark is deleted here, one written after it by its writer. So nothing
// is left, without a lock and whatever runs meanwhile
// (TestNothingSlipsInDuringAnErasure).
func (s *Store) EraseDevice(ctx context.Context, id, pseudonym string) error {
	_, err := s.devices.UpdateOne(ctx, bson.D{store.KV("_id", id)}, bson.D{
		store.KV("$set", bson.D{store.KV("erased", true), store.KV("consents", models.Consents{})}),
		store.KV("$unset", bson.D{store.KV("push", ""), store.KV("region", ""), store.KV("zone", "")}),
		store.KV("$inc", bson.D{store.KV("rev", 1)}),
	})
	if err != nil {
		return store.WrapOp("mark device for erasure", err)
	}
	for _, e := range s.erasers {
		if err := e.EraseDevice(ctx, id, pseudonym); err != nil {
			return err
		}
	}
	_, err = s.devices.DeleteOne(ctx, bson.D{store.KV("_id", id)})
	return store.WrapOp("erase device", err)
}
