package store

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"example.org/tocsin/models"
)

// The states of an ask. It is never deleted: asked again, it opens again, and
// looks only at the exposures since.
const (
	fanOutJobOpen = "open"
	fanOutJobDone = "done"
)

// askDoc is an ask as it is kept.
type fanOutJobDoc struct {
	Job   models.FanOutJob `bson:",inline"`
	State string           `bson:"state"`
	Due   time.Time        `bson:"due"`
	Lease LeaseFields      `bson:",inline"`
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
		upserts[i] = mongo.NewUpdateOneModel().SetFilter(bson.D{KV("_id", j.ID)}).SetUpsert(true).SetUpdate(bson.D{
			KV("$inc", bson.D{KV("asks", 1)}),
			KV("$setOnInsert", bson.D{
				KV("sig", j.Signature), KV("rev", j.Rev), KV("since", j.Since),
				KV("state", fanOutJobOpen), KV("due", now), KV("fence", 0), KV("tries", 0),
			}),
		})
	}
	if len(upserts) == 0 {
		return nil
	}
	if err := UpsertAll(ctx, s.fanOutJobs, upserts); err != nil {
		return WrapOp("put asks", err)
	}
	_, err := s.fanOutJobs.UpdateMany(ctx, bson.D{IDIn(ids), KV("state", fanOutJobDone)},
		bson.D{KV("$set", bson.D{KV("state", fanOutJobOpen), KV("due", now), KV("tries", 0)})})
	return WrapOp("put asks", err)
}

// ClaimAsks leases up to n asks that are due, the longest due first.
func (s *Store) ClaimFanOutJobs(ctx context.Context, n int, lease time.Duration, now time.Time) ([]models.Claimed[models.FanOutJob], error) {
	claimed, err := s.fanOutQueue.Claim(ctx, nil, n, lease, now)
	return claimed, WrapOp("claim asks", err)
}

// FinishAsk ends a round: the ask is done if it was not asked again since the
// round was claimed, with asks at its count; else it stays open and is due at
// once. Either way the next round looks at exposures since the given time. A lost lease is Stale.
func (s *Store) FinishFanOutJob(ctx context.Context, l models.Lease, jobs int64, since time.Time) error {
	result, err := s.fanOutJobs.UpdateOne(ctx, append(LeaseFilter(l), KV("asks", jobs)),
		ReleaseUpdate(bson.D{KV("state", fanOutJobDone), KV("since", since)}))
	if err == nil && result.MatchedCount == 0 {
		err = s.fanOutQueue.Complete(ctx, l, bson.D{KV("since", since), KV("due", time.Now()), KV("tries", 0)})
	}
	return WrapOp("finish ask", err)
}
