package store

import (
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"

	"example.org/tocsin/models"
)

// maxClaimAttempts is how often a claim that loses all its candidates to other
// nodes looks for more before it leaves the queue to them (TestAClaimDoesNotTurnInCircles).
const maxClaimAttempts = 4

// LeaseFields is what a queue keeps in each of its documents, besides state and
// due: the time from which work is visible, the end of its lease and its back-off
// are all the one field due.
type LeaseFields struct {
	Owner string `bson:"owner,omitempty"` // the claim that holds it
	Fence int64  `bson:"fence"`           // grows with every claim
	Tries int    `bson:"tries"`
}

// Next is the lease of a claim on a document that had these fields before it.
func (h LeaseFields) Next(id string) models.Lease {
	return models.Lease{ID: id, Fence: h.Fence + 1, Tries: h.Tries + 1}
}

// Queue is a collection as a queue: its documents are D, and the work in them is
// T. Work is open and due, then leased until a new due, then finished by whoever
// still holds the fence. A worker that dies or hangs lets its lease run out; the
// next claim moves the fence, so that nothing the first one writes later has an
// effect (TestALeaseThatRanOutGoesToAnotherAndTheLateFinishIsThrownAway).
type Queue[D, T any] struct {
	docs        *mongo.Collection
	openState   string                    // the state of work to be done
	newOwner    func() string             // a name that no claim of any node has had
	claimed     func(D) models.Claimed[T] // what a claim makes of a document as it was before
	completions *Batcher[completion]
}

// completion is what becomes of the work of one lease.
type completion struct {
	lease models.Lease
	set   bson.D
}

// NewQueue returns the collection as a queue. openState is the value of the field
// state of work that is to be done; claimed makes work and lease of a document as
// it was before the claim. DB.Close waits for the queue's writes.
func NewQueue[D, T any](db *DB, c *mongo.Collection, openState string, claimed func(D) models.Claimed[T]) *Queue[D, T] {
	// A candidate may be uncommitted or claimed already: the update decides, so
	// the freshest read wastes least.
	local := c.Clone(options.Collection().SetReadConcern(readconcern.Local()))
	q := &Queue[D, T]{docs: local, openState: openState, newOwner: db.newClaimID, claimed: claimed}
	q.completions = NewBatcher(db, q.writeCompletions)
	return q
}

// Claim leases up to n pieces of work that match where and are due at now, the
// longest due first, until now plus lease. It may return fewer than are due when
// another node claims meanwhile.
//
// Candidates are read first and then leased by one update for all that have the
// same fence, mostly none or one. That is two round trips whatever n is, where
// findAndModify is n. Only the update decides, document by document: whoever
// moves the fence first has the work (TestNothingIsClaimedTwice).
func (q *Queue[D, T]) Claim(
	ctx context.Context, where bson.D, n int, lease time.Duration, now time.Time,
) ([]models.Claimed[T], error) {
	if n <= 0 {
		return nil, nil
	}
	for range maxClaimAttempts {
		cur, err := q.docs.Find(ctx, q.dueFilter(where, now),
			options.Find().SetSort(bson.D{KV("due", 1)}).SetLimit(int64(n)).SetBatchSize(int32(n))) //nolint:gosec // n is small
		found, err := Collect[D](ctx, cur, err)
		if err != nil || len(found) == 0 {
			return nil, err
		}
		got, err := q.acquire(ctx, found, now.Add(lease))
		if err != nil || len(got) > 0 {
			return got, err
		}
		// Every candidate went to another node: there may be more behind them.
	}
	return nil, nil
}

// dueFilter selects the work that is due at now. The partial index of a queue
// holds only open work, so that what is finished costs nothing here.
func (q *Queue[D, T]) dueFilter(where bson.D, now time.Time) bson.D {
	return append(where, KV("state", q.openState), KV("due", bson.D{KV("$lte", now)}))
}

// acquire leases those of the candidates that nobody has claimed or finished since
// they were read.
func (q *Queue[D, T]) acquire(ctx context.Context, found []D, until time.Time) ([]models.Claimed[T], error) {
	out := make([]models.Claimed[T], len(found))
	leases := make([]models.Lease, len(found))
	for i, d := range found {
		out[i] = q.claimed(d)
		leases[i] = out[i].Lease
	}
	owner := q.newOwner()
	taken := int64(0)
	for fence, ids := range byFence(leases) {
		// due is left out: with it the server might walk the index of all that is due.
		result, err := q.docs.UpdateMany(ctx, bson.D{IDIn(ids), KV("fence", fence-1), KV("state", q.openState)}, bson.D{
			KV("$set", bson.D{KV("due", until), KV("owner", owner)}),
			KV("$inc", bson.D{KV("fence", 1), KV("tries", 1)}),
		})
		if err != nil {
			return nil, err
		}
		taken += result.ModifiedCount
	}
	if taken == int64(len(found)) {
		return out, nil
	}
	return q.filterOwned(ctx, out, owner)
}

// filterOwned returns those of the candidates that owner has.
func (q *Queue[D, T]) filterOwned(ctx context.Context, candidates []models.Claimed[T], owner string) ([]models.Claimed[T], error) {
	ids := make(bson.A, len(candidates))
	for i, c := range candidates {
		ids[i] = c.Lease.ID
	}
	cur, err := q.docs.Find(ctx, bson.D{IDIn(ids), KV("owner", owner)}, options.Find().SetProjection(bson.D{KV("fence", 1)}))
	owned, err := Collect[fenceDoc](ctx, cur, err)
	if err != nil {
		return nil, err
	}
	ownedIDs := make(map[string]bool, len(owned))
	for _, o := range owned {
		ownedIDs[o.ID] = true
	}
	return slices.DeleteFunc(candidates, func(c models.Claimed[T]) bool { return !ownedIDs[c.Lease.ID] }), nil
}

// fenceDoc is where the fence of a document stands.
type fenceDoc struct {
	ID    string `bson:"_id"`
	Fence int64  `bson:"fence"`
}

// byFence returns the ids of the leases by their fence. Ids with one fence go into
// one update.
func byFence(leases []models.Lease) map[int64]bson.A {
	out := map[int64]bson.A{}
	for _, l := range leases {
		out[l.Fence] = append(out[l.Fence], l.ID)
	}
	return out
}

// Complete writes set to the work of one lease, and fails with Stale when the
// lease is lost. Work that is completed at the same time is written together,
// and that which gets the same set by one update.
func (q *Queue[D, T]) Complete(ctx context.Context, l models.Lease, set bson.D) error {
	return q.completions.Do(ctx, completion{lease: l, set: set})
}

// writeCompletions writes one batch and returns one error or nil for each of it.
// It reads back only when fewer documents matched than leases were completed.
func (q *Queue[D, T]) writeCompletions(ctx context.Context, batch []completion) []error {
	writes, err := groupUpdates(batch)
	if err != nil {
		return PerWriteErrors(len(batch), err)
	}
	result, err := q.docs.BulkWrite(ctx, writes)
	if err != nil || result.MatchedCount == int64(len(batch)) {
		return PerWriteErrors(len(batch), err)
	}
	return q.findLost(ctx, batch)
}

// groupUpdates returns one update for all completions that write the same at the same fence.
func groupUpdates(batch []completion) ([]mongo.WriteModel, error) {
	type kind struct {
		fence  int64
		update string // encoded
	}
	groups := map[kind]bson.A{}
	for _, b := range batch {
		update, err := bson.Marshal(ReleaseUpdate(b.set))
		if err != nil {
			return nil, err
		}
		k := kind{b.lease.Fence, string(update)}
		groups[k] = append(groups[k], b.lease.ID)
	}
	var writes []mongo.WriteModel
	for k, ids := range groups {
		filter, update := bson.D{IDIn(ids), KV("fence", k.fence)}, bson.Raw(k.update)
		if len(ids) == 1 { // the driver itself repeats this one after a failover
			writes = append(writes, mongo.NewUpdateOneModel().SetFilter(filter).SetUpdate(update))
			continue
		}
		writes = append(writes, mongo.NewUpdateManyModel().SetFilter(filter).SetUpdate(update))
	}
	return writes, nil
}

// findLost finds out which of the leases are lost. It reads after the write: a
// lease that moved in between counts as lost too, though its result stands.
func (q *Queue[D, T]) findLost(ctx context.Context, batch []completion) []error {
	ids := make(bson.A, len(batch))
	for i, b := range batch {
		ids[i] = b.lease.ID
	}
	cur, err := q.docs.Find(ctx, bson.D{IDIn(ids)}, options.Find().SetProjection(bson.D{KV("fence", 1)}))
	now, err := Collect[fenceDoc](ctx, cur, err)
	out := PerWriteErrors(len(batch), err)
	if err != nil {
		return out
	}
	fences := make(map[string]int64, len(now))
	for _, n := range now {
		fences[n.ID] = n.Fence
	}
	for i, b := range batch {
		if fences[b.lease.ID] != b.lease.Fence {
			out[i] = leaseLost()
		}
	}
	return out
}

// CompleteAll writes set to the work of many leases, and fails with Stale when
// some of them are lost; the work of the others is completed all the same. It
// makes one update for each fence among them: hardly any work is claimed more
// than once or twice.
func (q *Queue[D, T]) CompleteAll(ctx context.Context, leases []models.Lease, set bson.D) error {
	matched := int64(0)
	for fence, ids := range byFence(leases) {
		result, err := q.docs.UpdateMany(ctx, bson.D{IDIn(ids), KV("fence", fence)}, ReleaseUpdate(set))
		if err != nil {
			return err
		}
		matched += result.MatchedCount
	}
	if matched < int64(len(leases)) {
		return leaseLost()
	}
	return nil
}

// LeaseFilter selects the document of a lease while the lease is not lost.
func LeaseFilter(l models.Lease) bson.D { return bson.D{KV("_id", l.ID), KV("fence", l.Fence)} }

// ReleaseUpdate sets the fields of set and ends the lease.
func ReleaseUpdate(set bson.D) bson.D {
	return bson.D{KV("$set", set), KV("$unset", bson.D{KV("owner", "")})}
}

// leaseLost is the error of a write for a lease whose fence has moved.
func leaseLost() error {
	return &models.Error{
		Kind: models.Stale, Code: "lease_lost", Detail: "The lease ran out and the work went to another worker.",
	}
}

// Depth counts the work that matches where, is due and not leased at now.
func (q *Queue[D, T]) Depth(ctx context.Context, where bson.D, now time.Time) (int64, error) {
	return Count(ctx, q.docs, q.dueFilter(where, now))
}
