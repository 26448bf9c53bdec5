package notify

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"example.org/tocsin/models"
	"example.org/tocsin/store"
)

// warningDoc is a warning as it is stored.
type warningDoc struct {
	Warning models.Warning    `bson:",inline"`
	Lease   store.LeaseFields `bson:",inline"`
}

func claimedWarning(d warningDoc) models.Claimed[models.Warning] {
	return models.Claimed[models.Warning]{Lease: d.Lease.Next(d.Warning.ID), Work: d.Warning}
}

// PutWarnings stores those of the warnings that are not stored yet, and returns how
// many these are, and the ids of the others. A warning for a device that does not
// exist or was erased meanwhile is not kept.
func (s *Store) PutWarnings(ctx context.Context, warnings []models.Warning) (created int, present []string, err error) {
	if len(warnings) == 0 {
		return 0, nil, nil
	}
	docs := make([]warningDoc, len(warnings))
	for i, w := range warnings {
		docs[i] = warningDoc{Warning: w}
	}
	_, err = s.warnings.InsertMany(ctx, docs, options.InsertMany().SetOrdered(false))
	errs, err := store.SplitBulkError(len(docs), err)
	if err != nil {
		return 0, nil, store.WrapOp("put warnings", err)
	}
	var devices []string // of what is new
	for i, e := range errs {
		switch {
		case e == nil:
			devices = append(devices, warnings[i].Device)
		case errors.Is(e, models.Conflict):
			present = append(present, warnings[i].ID)
		default:
			return len(devices), nil, store.WrapOp("put warnings", e)
		}
	}
	deleted, err := store.DeleteOrphans(ctx, s.owners, s.warnings, devices)
	return max(0, len(devices)-int(deleted)), present, store.WrapOp("put warnings", err)
}

// PushedSince returns how many accusations of each kind each of the devices has been pushed since then, or is to be: the
// warnings that were made since and are sent or due. Devices without any are left out.
func (s *Store) PushedSince(ctx context.Context, devices []string, since time.Time) (map[string]map[models.IndicatorKind]int, error) {
	cur, err := s.warnings.Find(ctx, bson.D{
		store.KV("device", bson.D{store.KV("$in", devices)}), store.KV("created_at", bson.D{store.KV("$gt", since)}),
		store.KV("class", models.WarningAccuse),
		store.KV("state", bson.D{store.KV("$in", bson.A{models.WarningSent, models.WarningDue})}),
	}, options.Find().SetProjection(bson.D{store.KV("device", 1), store.KV("kind", 1)}))
	found, err := store.Collect[models.Warning](ctx, cur, err)
	if err != nil {
		return nil, store.WrapOp("count what was pushed", err)
	}
	pushed := map[string]map[models.IndicatorKind]int{}
	for _, w := range found {
		if pushed[w.Device] == nil {
			pushed[w.Device] = map[models.IndicatorKind]int{}
		}
		pushed[w.Device][w.Kind]++
	}
	return pushed, nil
}

// Warnings returns up to limit of a device's warnings, newest first, beginning
// after the one with the id after; none when that one is gone, since what was
// older has expired with it (TestTheInboxIsReadNewestFirstInPages).
func (s *Store) Warnings(ctx context.Context, device, after string, limit int) ([]models.Warning, error) {
	filter := bson.D{store.KV("device", device), store.NotExpired()}
	if after != "" {
		var last models.Warning
		err := s.warnings.FindOne(ctx, bson.D{store.KV("_id", after), store.KV("device", device)}).Decode(&last)
		if errors.Is(err, mongo.ErrNoDocuments) {
			return nil, nil
		}
		if err != nil {
			return nil, store.WrapOp("read warnings", err)
		}
		filter = append(filter, store.KV("created_at", bson.D{store.KV("$lte", last.Created)}), store.KV("$or", bson.A{
			bson.D{store.KV("created_at", bson.D{store.KV("$lt", last.Created)})},
			bson.D{store.KV("_id", bson.D{store.KV("$lt", after)})},
		}))
	}
	cur, err := s.warnings.Find(ctx, filter,
		options.Find().SetSort(bson.D{store.KV("created_at", -1), store.KV("_id", -1)}).SetLimit(int64(limit)))
	found, err := store.Collect[models.Warning](ctx, cur, err)
	return found, store.WrapOp("read warnings", err)
}

// sentAtPrecision is to what the time of sending is truncated: see SettleWarning.
const sentAtPrecision = 100 * time.Millisecond

func laneFilter(l models.Lane) bson.D { return bson.D{store.KV("lane", l)} }

// ClaimWarnings leases up to n warnings of a lane that are due at now until now
// plus lease, the longest due first.
func (s *Store) ClaimWarnings(
	ctx context.Context, l models.Lane, n int, lease time.Duration, now time.Time,
) ([]models.Claimed[models.Warning], error) {
	claimed, err := s.warnQueue.Claim(ctx, laneFilter(l), n, lease, now)
	return claimed, store.WrapOp("claim warnings", err)
}

// SettleWarning gives a warning its final state: sent, held, gone or dead, with the
// reason if it was not sent. A lost lease is Stale. The time of sending is
// truncated to sentAtPrecision, so that many that were sent together are one update.
func (s *Store) SettleWarning(ctx context.Context, l models.Lease, state models.WarningState, reason string, now time.Time) error {
	set := bson.D{store.KV("state", state), store.KV("reason", reason)}
	if state == models.WarningSent {
		set = append(set, store.KV("sent_at", now.Truncate(sentAtPrecision)))
	}
	return store.WrapOp("settle warning", s.warnQueue.Complete(ctx, l, set))
}

// PostponeWarning makes a warning due again at due, on purpose: that is an outcome, and no fault of the warning's. A lost
// lease is Stale.
func (s *Store) PostponeWarning(ctx context.Context, l models.Lease, due time.Time, reason string) error {
	set := bson.D{store.KV("due", due), store.KV("reason", reason), store.KV("faults", 0)}
	return store.WrapOp("postpone warning", s.warnQueue.Complete(ctx, l, set))
}

// ReleaseWarning gives a warning back to its lane, or parks it. A lost lease is Stale.
func (s *Store) ReleaseWarning(ctx context.Context, l models.Lease, r models.Release) error {
	return store.WrapOp("release warning", s.warnQueue.Release(ctx, l, r))
}

// RecordReceipt stores the time at which a device received, opened, obeyed or
// ignored one of its warnings. Of each kind the first receipt counts: a repeated
// one changes nothing (TestOfReceiptsTheFirstCounts). Another kind is Invalid, and
// a warning that the device does not have is NotFound.
func (s *Store) RecordReceipt(ctx context.Context, device, warning, kind string, at time.Time) error {
	switch kind {
	case "received", "opened", "obeyed", "ignored":
	default:
		return models.NewInvalid("/receipt", "receipt_unknown", "A receipt is received, opened, obeyed or ignored.")
	}
	field := "receipts." + kind + "_at"
	filter := bson.D{store.KV("_id", warning), store.KV("device", device)}
	result, err := s.warnings.UpdateOne(ctx, append(filter, store.KV(field, bson.D{store.KV("$exists", false)})),
		bson.D{store.KV("$set", bson.D{store.KV(field, at)})})
	if err == nil && result.MatchedCount == 0 {
		err = s.warnings.FindOne(ctx, filter, options.FindOne().SetProjection(bson.D{store.KV("_id", 1)})).Err()
	}
	return store.WrapOp("put receipt", err)
}
