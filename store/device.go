package store

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"example.org/tocsin/models"
)

// PutDevice stores a new device; Conflict when it exists.
func (s *Store) PutDevice(ctx context.Context, d models.Device) error {
	_, err := s.devices.InsertOne(ctx, d)
	return WrapOp("put device", err)
}

// Device returns one device. One that is being erased is still there, so that
// its owner can demand the erasure again should it have been cut short.
func (s *Store) Device(ctx context.Context, id string) (models.Device, error) {
	var d models.Device
	err := s.devices.FindOne(ctx, bson.D{KV("_id", id)}).Decode(&d)
	return d, WrapOp("read device", err)
}

// Devices returns those of the devices that exist and are not being erased, in no order.
func (s *Store) Devices(ctx context.Context, ids []string) ([]models.Device, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	cur, err := s.devices.Find(ctx, notErased(ids))
	found, err := Collect[models.Device](ctx, cur, err)
	return found, WrapOp("read devices", err)
}

// living selects devices of which nothing says that they are being erased.
func notErased(ids []string) bson.D {
	return bson.D{IDIn(ids), KV("erased", bson.D{KV("$exists", false)})}
}

// ReplaceDevice stores a device over the one with the revision before its own;
// Stale when that has passed.
func (s *Store) ReplaceDevice(ctx context.Context, d models.Device) error {
	result, err := s.devices.ReplaceOne(ctx, append(RevisionFilter(d.ID, d.Rev-1), KV("erased", bson.D{KV("$exists", false)})), d)
	if err == nil && result.MatchedCount == 0 {
		err = RevisionPassed()
	}
	return WrapOp("replace device", err)
}

// DropPush removes a device's push target if it is still the given one: the
// device may have told us a new one while the old one was being tried.
func (s *Store) DropPush(ctx context.Context, device string, push models.PushTarget) error {
	_, err := s.devices.UpdateOne(ctx,
		bson.D{KV("_id", device), KV("push.kind", push.Kind), KV("push.value", push.Value)},
		bson.D{KV("$unset", bson.D{KV("push", "")}), KV("$inc", bson.D{KV("rev", 1)})})
	return WrapOp("drop push target", err)
}

// EraseDevice deletes a device, its exposures and its warnings, and takes story,
// message and agent out of the reports of its pseudonym (none when that is "").
// To erase what is gone is no error, and an erasure that was cut short is
// completed by calling it again.
//
// The device is marked first and deleted last. Whoever writes an exposure or a
// warning looks for the mark afterwards (see disown): one written before the
// mark is deleted here, one written after it by its writer. So nothing is left,
// without a lock and whatever runs meanwhile.
func (s *Store) EraseDevice(ctx context.Context, id, pseudonym string) error {
	_, err := s.devices.UpdateOne(ctx, bson.D{KV("_id", id)}, bson.D{
		KV("$set", bson.D{KV("erased", true), KV("consents", models.Consents{})}),
		KV("$unset", bson.D{KV("push", ""), KV("region", ""), KV("zone", "")}),
		KV("$inc", bson.D{KV("rev", 1)}),
	})
	if err != nil {
		return WrapOp("mark device for erasure", err)
	}
	for _, coll := range []*mongo.Collection{s.exposures, s.warnings} {
		if _, err := coll.DeleteMany(ctx, bson.D{KV("device", id)}); err != nil {
			return WrapOp("erase "+coll.Name(), err)
		}
	}
	if pseudonym != "" {
		texts := bson.D{KV("$unset", bson.D{KV("story", ""), KV("message", ""), KV("agent", "")})}
		if _, err := s.reports.UpdateMany(ctx, bson.D{KV("reporter", pseudonym)}, texts); err != nil {
			return WrapOp("erase the texts of reports", err)
		}
	}
	_, err = s.devices.DeleteOne(ctx, bson.D{KV("_id", id)})
	return WrapOp("erase device", err)
}

// disown deletes from coll what belongs to those of the devices that do not
// exist or are being erased, and returns how many documents that were.
func (s *Store) deleteOrphans(ctx context.Context, coll *mongo.Collection, devices []string) (int64, error) {
	if len(devices) == 0 {
		return 0, nil
	}
	cur, err := s.devices.Find(ctx, notErased(devices), options.Find().SetProjection(bson.D{KV("_id", 1)}))
	found, err := Collect[models.Device](ctx, cur, err)
	if err != nil {
		return 0, err
	}
	existing := make(map[string]bool, len(found))
	for _, d := range found {
		existing[d.ID] = true
	}
	var missing []string
	for _, id := range devices {
		if !existing[id] {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return 0, nil
	}
	result, err := coll.DeleteMany(ctx, bson.D{KV("device", bson.D{KV("$in", missing)})})
	if err != nil {
		return 0, err
	}
	return result.DeletedCount, nil
}
