package people

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"example.org/tocsin/models"
	"example.org/tocsin/store"
)

// PutDevice stores a new device; Conflict when it exists.
func (s *Store) PutDevice(ctx context.Context, d models.Device) error {
	_, err := s.devices.InsertOne(ctx, d)
	return store.WrapOp("put device", err)
}

// Device returns one device; NotFound when there is none. One that is being erased
// is still there, so that its owner can demand the erasure again if it was cut short.
func (s *Store) Device(ctx context.Context, id string) (models.Device, error) {
	var d models.Device
	err := s.devices.FindOne(ctx, bson.D{store.KV("_id", id)}).Decode(&d)
	return d, store.WrapOp("read device", err)
}

// Devices returns those of the devices that exist and are not being erased, in no order.
func (s *Store) Devices(ctx context.Context, ids []string) ([]models.Device, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	cur, err := s.devices.Find(ctx, notErased(ids))
	found, err := store.Collect[models.Device](ctx, cur, err)
	return found, store.WrapOp("read devices", err)
}

// notErased selects devices of which nothing says that they are being erased.
func notErased(ids []string) bson.D {
	return bson.D{store.IDIn(ids), store.KV("erased", bson.D{store.KV("$exists", false)})}
}

// ReplaceDevice stores a device over the one with the revision before its own. It
// is Stale when the stored one has another revision or is being erased.
func (s *Store) ReplaceDevice(ctx context.Context, d models.Device) error {
	filter := append(store.RevisionFilter(d.ID, d.Rev-1), store.KV("erased", bson.D{store.KV("$exists", false)}))
	result, err := s.devices.ReplaceOne(ctx, filter, d)
	if err == nil && result.MatchedCount == 0 {
		err = store.RevisionPassed()
	}
	return store.WrapOp("replace device", err)
}

// ProvePush notes that a push for the target was accepted, if it is still the device's target. It is no change of the
// device: a change that was read before it takes the note back, and the next push makes it again.
func (s *Store) ProvePush(ctx context.Context, device string, push models.PushTarget, at time.Time) error {
	_, err := s.devices.UpdateOne(ctx, withPush(device, push), bson.D{store.KV("$set", bson.D{store.KV("push.proven_at", at)})})
	return store.WrapOp("note that a push target works", err)
}

// DropPush removes a device's push target if it is still the given one: the
// device may have registered a new one while the old one was being tried.
func (s *Store) DropPush(ctx context.Context, device string, push models.PushTarget) error {
	_, err := s.devices.UpdateOne(ctx, withPush(device, push),
		bson.D{store.KV("$unset", bson.D{store.KV("push", "")}), store.KV("$inc", bson.D{store.KV("rev", 1)})})
	return store.WrapOp("drop push target", err)
}

// withPush finds a device if the given push target is still its own.
func withPush(device string, push models.PushTarget) bson.D {
	return bson.D{store.KV("_id", device), store.KV("push.kind", push.Kind), store.KV("push.value", push.Value)}
}
