package notify

import (
	"context"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"example.org/tocsin/models"
	"example.org/tocsin/store"
)

// open selects the warnings that accuse and that no all-clear has taken back.
func open(filter ...bson.E) bson.D {
	return append(filter, store.KV("class", models.WarningAccuse), store.KV("closed", bson.D{store.KV("$exists", false)}))
}

// OpenWarnings returns those of the warnings that exist, accuse, and are not closed, in no order.
func (s *Store) OpenWarnings(ctx context.Context, ids []string) ([]models.Warning, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	cur, err := s.warnings.Find(ctx, open(store.IDIn(ids)))
	found, err := store.Collect[models.Warning](ctx, cur, err)
	return found, store.WrapOp("read warnings by id", err)
}

// Warning returns one warning; NotFound when there is none.
func (s *Store) Warning(ctx context.Context, id string) (models.Warning, error) {
	var found models.Warning
	err := s.warnings.FindOne(ctx, bson.D{store.KV("_id", id)}).Decode(&found)
	return found, store.WrapOp("read warning", err)
}

// WarningsListing returns up to limit open warnings that list the signature, in the order of their ids, behind the id after.
// With devices it returns theirs alone. A limit of 0 is none.
func (s *Store) WarningsListing(
	ctx context.Context, signature string, devices []string, after string, limit int,
) ([]models.Warning, error) {
	filter := open(store.KV("signatures", signature), store.KV("_id", bson.D{store.KV("$gt", after)}))
	if len(devices) > 0 {
		filter = append(filter, store.KV("device", bson.D{store.KV("$in", devices)}))
	}
	find := options.Find().SetSort(bson.D{store.KV("_id", 1)})
	if limit > 0 {
		find.SetLimit(int64(limit)).SetBatchSize(int32(limit)) //nolint:gosec // a page is small
	}
	cur, err := s.warnings.Find(ctx, filter, find)
	found, err := store.Collect[models.Warning](ctx, cur, err)
	return found, store.WrapOp("read the warnings of a signature", err)
}

// AnyWarned returns which of the signatures an open warning lists.
func (s *Store) AnyWarned(ctx context.Context, signatures []string) (map[string]bool, error) {
	warned, err := store.Held(ctx, s.warnings, open(), "signatures", signatures, func(w models.Warning) []string { return w.Signatures })
	return warned, store.WrapOp("look for warnings", err)
}

// ChangeWarnings writes changes of open warnings, each over the revision that it names, and returns whether all were
// written: one whose revision has passed is left as it is. What changes alike is one update.
func (s *Store) ChangeWarnings(ctx context.Context, changes []models.WarningChange) (all bool, err error) {
	type key struct {
		rev             int64
		signatures      string
		level, category string
		closed          bool
	}
	ids, sets := map[key]bson.A{}, map[key]bson.D{}
	for _, c := range changes {
		k := key{c.Rev, strings.Join(c.Signatures, " "), string(c.Level), string(c.Category), c.Closed}
		set := bson.D{store.KV("signatures", c.Signatures), store.KV("level", c.Level), store.KV("category", c.Category)}
		if c.Closed {
			set = append(set, store.KV("closed", true))
		}
		ids[k], sets[k] = append(ids[k], c.ID), set
	}
	writes := make([]mongo.WriteModel, 0, len(ids))
	for k, of := range ids {
		writes = append(writes, mongo.NewUpdateManyModel().SetFilter(bson.D{store.IDIn(of), store.KV("rev", k.rev)}).
			SetUpdate(bson.D{store.KV("$set", sets[k]), store.KV("$inc", bson.D{store.KV("rev", 1)})}))
	}
	if len(writes) == 0 {
		return true, nil
	}
	result, err := s.warnings.BulkWrite(ctx, writes)
	if err != nil {
		return false, store.WrapOp("change warnings", err)
	}
	return result.MatchedCount == int64(len(changes)), nil
}

// HoldWarnings ends those of the warnings that are due, that nobody is pushing, and that have not changed since they were
// read, as held for the reason. It and a claim exclude each other: a claim takes only what is due, and this only what has
// no owner. The revision grows: whoever has read the warning as due has to read it again.
func (s *Store) HoldWarnings(ctx context.Context, warnings []models.Warning, reason string) error {
	byRev := map[int64]bson.A{}
	for _, w := range warnings {
		byRev[w.Rev] = append(byRev[w.Rev], w.ID)
	}
	for rev, ids := range byRev {
		filter := bson.D{
			store.IDIn(ids), store.KV("rev", rev), store.KV("state", models.WarningDue),
			store.KV("owner", bson.D{store.KV("$exists", false)}),
		}
		_, err := s.warnings.UpdateMany(ctx, filter, bson.D{
			store.KV("$set", bson.D{store.KV("state", models.WarningHeld), store.KV("reason", reason)}),
			store.KV("$inc", bson.D{store.KV("rev", 1)}),
		})
		if err != nil {
			return store.WrapOp("hold warnings", err)
		}
	}
	return nil
}

// ReopenWarnings makes those of the warnings that are held for the reason due again at due, and worth a push until the
// given time.
func (s *Store) ReopenWarnings(ctx context.Context, ids []string, reason string, due, until time.Time) error {
	filter := bson.D{store.IDIn(ids), store.KV("state", models.WarningHeld), store.KV("reason", reason)}
	return s.updateStates(ctx, filter, dueAgain(due, store.KV("push_until", until)))
}

// RequeueWarnings makes due again, at now, those of a device's warnings whose target was gone or that are held for one of
// the reasons, if they are still worth a push and the device has not told that it has them. It returns how many that are.
func (s *Store) RequeueWarnings(ctx context.Context, device string, reasons []string, now time.Time) (int64, error) {
	unseen := bson.D{store.KV("$exists", false)}
	gone := bson.D{store.KV("state", models.WarningGone)}
	held := bson.D{store.KV("state", models.WarningHeld), store.KV("reason", bson.D{store.KV("$in", reasons)})}
	var worth bson.A // each way of being undelivered with each way of being worth a push
	for _, undelivered := range []bson.D{gone, held} {
		for _, still := range []bson.E{
			store.KV("class", models.WarningAllClear),
			store.KV("level", bson.D{store.KV("$in", bson.A{models.Danger, models.Confirmed})}),
		} {
			worth = append(worth, append(slices.Clone(undelivered), still))
		}
	}
	result, err := s.warnings.UpdateMany(ctx, bson.D{
		store.KV("device", device), store.KV("push_until", bson.D{store.KV("$gt", now)}),
		store.KV("receipts.received_at", unseen), store.KV("receipts.opened_at", unseen), store.KV("receipts.obeyed_at", unseen),
		store.KV("receipts.ignored_at", unseen),
		store.KV("$or", worth),
	}, bson.D{store.KV("$set", dueAgain(now))})
	if err != nil {
		return 0, store.WrapOp("requeue warnings", err)
	}
	return result.ModifiedCount, nil
}

// dueAgain returns what makes a warning due, as if it were new.
func dueAgain(due time.Time, also ...bson.E) bson.D {
	return slices.Concat(bson.D{
		store.KV("state", models.WarningDue), store.KV("reason", ""), store.KV("due", due), store.KV("tries", 0), store.KV("faults", 0),
	}, also)
}

// updateStates sets fields of the warnings that the filter selects.
func (s *Store) updateStates(ctx context.Context, filter, set bson.D) error {
	_, err := s.warnings.UpdateMany(ctx, filter, bson.D{store.KV("$set", set)})
	return store.WrapOp("change the state of warnings", err)
}
