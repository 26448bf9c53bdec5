package notify

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"example.org/tocsin/models"
	"example.org/tocsin/store"
)

// The states of an ask. It is never deleted: asked again, it opens again, and
// looks only at the exposures since.
const (
	fanOutJobOpen = "open"
	fanOutJobDone = "done"
)

// askDoc is an ask as it is kept.
type fanOutJobDoc struct {
	Job   models.FanOutJob  `bson:",inline"`
	State string            `bson:"state"`
	Due   time.Time         `bson:"due"`
	Lease store.LeaseFields `bson:",inline"`
}

func claimedFanOutJob(d fanOutJobDoc) models.Claimed[models.FanOutJob] {
	return models.Claimed[models.FanOutJob]{Lease: d.Lease.Next(d.Job.ID), Work: d.Job}
}

// PutAsks queues asks. One that is queued already, or being worked, only counts
// that it was asked again; whoever works it sees that at the end (FinishAsk).
//
// First all are counted, then those that are done are opened. In this order an
// ask cannot be lost: a round that ends before the count has its ask opened
// again, and one that ends after it finds that the count has moved.
func (s *Store) PutFanOutJobs(ctx context.Context, jobs []models.FanOutJob) error {
	now := time.Now()
	upserts := make([]mongo.WriteModel, len(jobs))
	ids := make(bson.A, len(jobs))
	for i, j := range jobs {
		ids[i] = j.ID
		upserts[i] = mongo.NewUpdateOneModel().SetFilter(bson.D{store.KV("_id", j.ID)}).SetUpsert(true).SetUpdate(bson.D{
			store.KV("$inc", bson.D{store.KV("asks", 1)}),
			store.KV("$setOnInsert", bson.D{
				store.KV("sig", j.Signature), store.KV("rev", j.Rev), store.KV("since", j.Since),
				store.KV("state", fanOutJobOpen), store.KV("due", now), store.KV("fence", 0), store.KV("tries", 0),
			}),
		})
	}
	if len(upserts) == 0 {
		return nil
	}
	if err := store.UpsertAll(ctx, s.fanOutJobs, upserts); err != nil {
		return store.WrapOp("put asks", err)
	}
	_, err := s.fanOutJobs.UpdateMany(ctx, bson.D{store.IDIn(ids), store.KV("state", fanOutJobDone)},
		bson.D{store.KV("$set", bson.D{store.KV("state", fanOutJobOpen), store.KV("due", now), store.KV("tries", 0)})})
	return store.WrapOp("put asks", err)
}

// ClaimAsks leases up to n asks that are due, the longest due first.
func (s *Store) ClaimFanOutJobs(ctx context.Context, n int, lease time.Duration, now time.Time) ([]models.Claimed[models.FanOutJob], error) {
	claimed, err := s.fanOutQueue.Claim(ctx, nil, n, lease, now)
	return claimed, store.WrapOp("claim asks", err)
}

// FinishAsk ends a round: the ask is done if it was not asked again since the
// round was claimed, with asks at its count; else it stays open and is due at
// once. Either way the next round looks at exposures since the given time. A lost lease is Stale.
func (s *Store) FinishFanOutJob(ctx context.Context, l models.Lease, jobs int64, since time.Time) error {
	result, err := s.fanOutJobs.UpdateOne(ctx, append(store.LeaseFilter(l), store.KV("asks", jobs)),
		store.ReleaseUpdate(bson.D{store.KV("state", fanOutJobDone), store.KV("since", since)}))
	if err == nil && result.MatchedCount == 0 {
		err = s.fanOutQueue.Complete(ctx, l, bson.D{store.KV("since", since), store.KV("due", time.Now()), store.KV("tries", 0)})
	}
	return store.WrapOp("finish ask", err)
}
