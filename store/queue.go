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

// claimRounds is how often a claim that loses all its candidates to other nodes
// looks for more before it leaves the queue to them.
const maxClaimAttempts = 4

// held is what a queue keeps in each of its documents, besides state and due:
// visible-from, lease and back-off are all the one field due.
type leaseFields struct {
	Owner string `bson:"owner,omitempty"` // the claim that holds it
	Fence int64  `bson:"fence"`           // grows with every claim
	Tries int    `bson:"tries"`
}

// lease is the lease on a document that was claimed when it was held so.
func (h leaseFields) next(id string) models.Lease {
	return models.Lease{ID: id, Fence: h.Fence + 1, Tries: h.Tries + 1}
}

// queue is a collection as a queue: its documents are D, and what is in them is T. Work is open and due, then leased until a
// new due, then finished by whoever still holds the fence. A worker that dies
// or hangs lets its lease run out; the next claim moves the fence, so that
// nothing the first one writes later has an effect.
type queue[D, T any] struct {
	docs        *mongo.Collection
	openState   string                    // the state of work to be done
	newOwner    func() string             // a name that no claim has had
	claimed     func(D) models.Claimed[T] // what a claim makes of a document as it was before
	completions *batcher[completion]
}

// settlement is what becomes of the work of one lease.
type completion struct {
	lease models.Lease
	set   bson.D
}

func newQueue[D, T any](base context.Context, c *mongo.Collection, openState string, owner func() string, claimed func(D) models.Claimed[T]) *queue[D, T] {
	// Candidates may be uncommitted or claimed already: the update decides, so
	// the freshest reading wastes least.
	local := c.Clone(options.Collection().SetReadConcern(readconcern.Local()))
	q := &queue[D, T]{docs: local, openState: openState, newOwner: owner, claimed: claimed}
	q.completions = newBatcher(base, q.writeCompletions)
	return q
}

// claim leases up to n pieces of due work that match where, the longest due
// first. It may return fewer than are due when another node claims meanwhile.
//
// Candidates are read first and then leased by one update for all that have the
// same fence, mostly none or one. That is two round trips whatever n is, where
// findAndModify is n. Only the update decides, document by document: whoever
// moves the fence first has the work.
func (q *queue[D, T]) claim(ctx context.Context, where bson.D, n int, lease time.Duration, now time.Time) ([]models.Claimed[T], error) {
	if n <= 0 {
		return nil, nil
	}
	for range maxClaimAttempts {
		cur, err := q.docs.Find(ctx, q.dueFilter(where, now),
			options.Find().SetSort(bson.D{kv("due", 1)}).SetLimit(int64(n)).SetBatchSize(int32(n))) //nolint:gosec // n is small
		found, err := collect[D](ctx, cur, err)
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

func (q *queue[D, T]) dueFilter(where bson.D, now time.Time) bson.D {
	return append(where, kv("state", q.openState), kv("due", bson.D{kv("$lte", now)}))
}

// take leases those of the candidates that nobody has claimed or finished since
// they were read.
func (q *queue[D, T]) acquire(ctx context.Context, found []D, until time.Time) ([]models.Claimed[T], error) {
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
		result, err := q.docs.UpdateMany(ctx, bson.D{idIn(ids), kv("fence", fence-1), kv("state", q.openState)}, bson.D{
			kv("$set", bson.D{kv("due", until), kv("owner", owner)}),
			kv("$inc", bson.D{kv("fence", 1), kv("tries", 1)}),
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

// keep returns those of the candidates that owner has.
func (q *queue[D, T]) filterOwned(ctx context.Context, candidates []models.Claimed[T], owner string) ([]models.Claimed[T], error) {
	ids := make(bson.A, len(candidates))
	for i, c := range candidates {
		ids[i] = c.Lease.ID
	}
	cur, err := q.docs.Find(ctx, bson.D{idIn(ids), kv("owner", owner)}, options.Find().SetProjection(bson.D{kv("fence", 1)}))
	owned, err := collect[fenceDoc](ctx, cur, err)
	if err != nil {
		return nil, err
	}
	ownedIDs := make(map[string]bool, len(owned))
	for _, o := range owned {
		ownedIDs[o.ID] = true
	}
	return slices.DeleteFunc(candidates, func(c models.Claimed[T]) bool { return !ownedIDs[c.Lease.ID] }), nil
}

// standing is where the fence of a document stands.
type fenceDoc struct {
	ID    string `bson:"_id"`
	Fence int64  `bson:"fence"`
}

func byFence(leases []models.Lease) map[int64]bson.A {
	out := map[int64]bson.A{}
	for _, l := range leases {
		out[l.Fence] = append(out[l.Fence], l.ID)
	}
	return out
}

func idIn(ids any) bson.E { return kv("_id", bson.D{kv("$in", ids)}) }

// settle writes set to the work of one lease, and fails with Stale when the
// lease is lost. Those that are settled together are written together, and
// those of them that are settled alike by one update.
func (q *queue[D, T]) complete(ctx context.Context, l models.Lease, set bson.D) error {
	return q.completions.do(ctx, completion{lease: l, set: set})
}

func (q *queue[D, T]) writeCompletions(ctx context.Context, batch []completion) []error {
	writes, err := groupUpdates(batch)
	if err != nil {
		return perWriteErrors(len(batch), err)
	}
	result, err := q.docs.BulkWrite(ctx, writes)
	if err != nil || result.MatchedCount == int64(len(batch)) {
		return perWriteErrors(len(batch), err)
	}
	return q.findLost(ctx, batch)
}

// updates returns one update for all settlements that write the same at the same fence.
func groupUpdates(batch []completion) ([]mongo.WriteModel, error) {
	type kind struct {
		fence  int64
		update string // encoded
	}
	groups := map[kind]bson.A{}
	for _, b := range batch {
		update, err := bson.Marshal(releaseUpdate(b.set))
		if err != nil {
			return nil, err
		}
		k := kind{b.lease.Fence, string(update)}
		groups[k] = append(groups[k], b.lease.ID)
	}
	var writes []mongo.WriteModel
	for k, ids := range groups {
		filter, update := bson.D{idIn(ids), kv("fence", k.fence)}, bson.Raw(k.update)
		if len(ids) == 1 { // the driver itself repeats this one after a failover
			writes = append(writes, mongo.NewUpdateOneModel().SetFilter(filter).SetUpdate(update))
			continue
		}
		writes = append(writes, mongo.NewUpdateManyModel().SetFilter(filter).SetUpdate(update))
	}
	return writes, nil
}

// lost finds out which of the leases are lost. It reads after the write: a
// lease that moved in between counts as lost too, though its result stands.
func (q *queue[D, T]) findLost(ctx context.Context, batch []completion) []error {
	ids := make(bson.A, len(batch))
	for i, b := range batch {
		ids[i] = b.lease.ID
	}
	cur, err := q.docs.Find(ctx, bson.D{idIn(ids)}, options.Find().SetProjection(bson.D{kv("fence", 1)}))
	now, err := collect[fenceDoc](ctx, cur, err)
	out := perWriteErrors(len(batch), err)
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

// settleAll does the same for many leases: one update for each fence among
// them, and hardly any work is claimed more than once or twice.
func (q *queue[D, T]) completeAll(ctx context.Context, leases []models.Lease, set bson.D) error {
	matched := int64(0)
	for fence, ids := range byFence(leases) {
		result, err := q.docs.UpdateMany(ctx, bson.D{idIn(ids), kv("fence", fence)}, releaseUpdate(set))
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

func leaseFilter(l models.Lease) bson.D { return bson.D{kv("_id", l.ID), kv("fence", l.Fence)} }

func releaseUpdate(set bson.D) bson.D {
	return bson.D{kv("$set", set), kv("$unset", bson.D{kv("owner", "")})}
}

func leaseLost() error {
	return &models.Error{Kind: models.Stale, Code: "lease_lost", Detail: "The lease ran out and the work went to another worker."}
}

// depth counts the work that is due and not leased.
func (q *queue[D, T]) depth(ctx context.Context, where bson.D, now time.Time) (int64, error) {
	return q.docs.CountDocuments(ctx, q.dueFilter(where, now))
}

// Depth counts the work that is due and that nobody has claimed: "reports",
// "warnings_urgent", "warnings_campaign" and "asks".
func (s *Store) Depth(ctx context.Context) (map[string]int64, error) {
	now := time.Now()
	out := map[string]int64{}
	for name, count := range map[string]func() (int64, error){
		"reports":           func() (int64, error) { return s.reportQueue.depth(ctx, nil, now) },
		"warnings_urgent":   func() (int64, error) { return s.warnQueue.depth(ctx, laneFilter(models.LaneUrgent), now) },
		"warnings_campaign": func() (int64, error) { return s.warnQueue.depth(ctx, laneFilter(models.LaneCampaign), now) },
		"asks":              func() (int64, error) { return s.fanOutQueue.depth(ctx, nil, now) },
	} {
		n, err := count()
		if err != nil {
			return nil, wrapOp("count the due "+name, err)
		}
		out[name] = n
	}
	return out, nil
}
