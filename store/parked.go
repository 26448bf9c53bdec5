package store

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"example.org/tocsin/models"
)

// WorkView is one queue as an operator sees it: how much work is in it, and what is
// parked. It does not show what the work is about.
type WorkView struct {
	docs      *mongo.Collection
	where     bson.D // what of the collection is in this queue
	openState string
	lease     time.Duration // no lease is longer
}

// maxLease is longer than any lease.
const maxLease = time.Minute

// View returns the part of the queue that where selects, as an operator sees it.
func (q *Queue[D, T]) View(where bson.D) WorkView {
	return WorkView{docs: q.docs, where: where, openState: q.openState, lease: maxLease}
}

// QueueIndexes is what a queue of the collection needs: one index for the work that is
// due, by prefix and due, and one for the parked work. Each holds that work alone, so
// that what is done costs nothing (see also dueFilter).
func QueueIndexes(collection, openState string, prefix ...string) []Index {
	var due bson.D
	for _, p := range prefix {
		due = append(due, KV(p, 1))
	}
	return []Index{
		{
			Collection: collection, Name: "due", Keys: append(due, KV("due", 1)),
			Partial: bson.D{KV("state", openState)},
		},
		{
			Collection: collection, Name: "parked", Keys: bson.D{KV("state", 1), KV("due", 1)},
			Partial: bson.D{KV("state", models.StateParked)},
		},
	}
}

// queuedDoc is what every queue keeps of its work.
type queuedDoc struct {
	ID    string      `bson:"_id"`
	State string      `bson:"state"`
	Due   time.Time   `bson:"due"`
	Lease LeaseFields `bson:",inline"`
}

func (d queuedDoc) work() models.QueuedWork {
	return models.QueuedWork{
		ID: d.ID, State: d.State, Due: d.Due, Tries: d.Lease.Tries, Faults: d.Lease.Faults, Reason: d.Lease.Fault,
	}
}

// queuedFields are those of a queuedDoc.
func queuedFields() bson.D {
	return bson.D{KV("state", 1), KV("due", 1), KV("owner", 1), KV("fence", 1), KV("tries", 1), KV("faults", 1), KV("fault", 1)}
}

// in returns a filter for what is in this queue and has the state.
func (v WorkView) in(state string, more ...bson.E) bson.D {
	return append(append(bson.D{}, v.where...), append([]bson.E{KV("state", state)}, more...)...)
}

// Stats counts the work of the queue, as of now
// (TestTheStatsOfAQueueTellDueLeasedAndParkedApart). Leased work is looked for among
// what is due again within the longest lease, so that work which waits for years costs
// nothing.
func (v WorkView) Stats(ctx context.Context, now time.Time) (models.QueueStats, error) {
	var stats models.QueueStats
	for _, c := range []struct {
		to    *int64
		where bson.D
	}{
		{&stats.Due, v.in(v.openState, KV("due", bson.D{KV("$lte", now)}))},
		{&stats.Leased, v.in(v.openState, KV("due", bson.D{KV("$gt", now), KV("$lte", now.Add(v.lease))}),
			KV("owner", bson.D{KV("$exists", true)}))},
		{&stats.Parked, v.in(models.StateParked)},
	} {
		n, err := Count(ctx, v.docs, c.where, models.MaxQueueCount)
		if err != nil {
			return stats, WrapOp("count work", err)
		}
		*c.to = n
	}
	var oldest queuedDoc
	err := v.docs.FindOne(ctx, v.in(v.openState, KV("due", bson.D{KV("$lte", now)})),
		options.FindOne().SetSort(bson.D{KV("due", 1)}).SetProjection(queuedFields())).Decode(&oldest)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return stats, nil
	}
	if err == nil {
		stats.Oldest = now.Sub(oldest.Due)
	}
	return stats, WrapOp("read the oldest work", err)
}

// Parked returns up to limit pieces of parked work, those parked first first.
func (v WorkView) Parked(ctx context.Context, limit int) ([]models.QueuedWork, error) {
	cur, err := v.docs.Find(ctx, v.in(models.StateParked),
		options.Find().SetSort(bson.D{KV("due", 1)}).SetLimit(int64(limit)).SetProjection(queuedFields()))
	found, err := Collect[queuedDoc](ctx, cur, err)
	work := make([]models.QueuedWork, len(found))
	for i, d := range found {
		work[i] = d.work()
	}
	return work, WrapOp("read parked work", err)
}

// Work returns one piece of work, whatever its state; NotFound when it is not in this queue.
func (v WorkView) Work(ctx context.Context, id string) (models.QueuedWork, error) {
	var found queuedDoc
	err := v.docs.FindOne(ctx, append(bson.D{KV("_id", id)}, v.where...), options.FindOne().SetProjection(queuedFields())).Decode(&found)
	return found.work(), WrapOp("read work", err)
}

// Unpark puts parked work back, all of it where no ids are given, to be done from now on
// as if it had never failed. It returns how much that was; what is not parked is left
// alone. The fence stays: a worker that hangs on its lost lease since then is still
// refused.
func (v WorkView) Unpark(ctx context.Context, ids []string, now time.Time) (int64, error) {
	where := v.in(models.StateParked)
	if len(ids) > 0 {
		where = append(where, IDIn(ids))
	}
	result, err := v.docs.UpdateMany(ctx, where, bson.D{
		KV("$set", bson.D{KV("state", v.openState), KV("due", now), KV("tries", 0), KV("faults", 0)}),
		KV("$unset", bson.D{KV("fault", "")}),
	})
	if err != nil {
		return 0, WrapOp("put back parked work", err)
	}
	return result.ModifiedCount, nil
}
