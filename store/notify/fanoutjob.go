package notify

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"example.org/tocsin/models"
	"example.org/tocsin/store"
)

// The states of a fan-out job. A job is never deleted: requested again, it opens
// again, and looks only at the exposures since its last run.
const (
	fanOutJobOpen = "open"
	fanOutJobDone = "done"
)

// fanOutJobDoc is a fan-out job as it is stored.
type fanOutJobDoc struct {
	Job   models.FanOutJob  `bson:",inline"`
	State string            `bson:"state"`
	Due   time.Time         `bson:"due"`
	Lease store.LeaseFields `bson:",inline"`
}

func claimedFanOutJob(d fanOutJobDoc) models.Claimed[models.FanOutJob] {
	return models.Claimed[models.FanOutJob]{Lease: d.Lease.Next(d.Job.ID), Work: d.Job}
}

// PutFanOutJobs queues fan-out jobs. For one that is open already, or being run,
// only the count of its requests grows; whoever runs it sees that at the end
// (FinishFanOutJob).
//
// First all requests are counted, then those jobs that are done are opened. In
// this order no request is lost: a run that ends before the count has its job
// opened again, and one that ends after it finds that the count has grown
// (TestNoFanOutJobIsLostBetweenPuttingAndFinishing).
func (s *Store) PutFanOutJobs(ctx context.Context, jobs []models.FanOutJob) error {
	now := time.Now()
	upserts := make([]mongo.WriteModel, len(jobs))
	ids := make(bson.A, len(jobs))
	for i, j := range jobs {
		ids[i] = j.ID
		due := now
		if j.Due.After(now) {
			due = j.Due
		}
		upserts[i] = mongo.NewUpdateOneModel().SetFilter(bson.D{store.KV("_id", j.ID)}).SetUpsert(true).SetUpdate(bson.D{
			store.KV("$inc", bson.D{store.KV("requests", 1)}),
			store.KV("$setOnInsert", bson.D{
				store.KV("sig", j.Signature), store.KV("rev", j.Rev), store.KV("since", j.Since), store.KV("reviewed", j.Reviewed),
				store.KV("state", fanOutJobOpen), store.KV("due", due), store.KV("fence", 0), store.KV("tries", 0), store.KV("faults", 0),
			}),
		})
	}
	if len(upserts) == 0 {
		return nil
	}
	if err := s.db.UpsertAll(ctx, "put fan-out jobs", s.fanOutJobs, upserts); err != nil {
		return store.WrapOp("put fan-out jobs", err)
	}
	_, err := s.fanOutJobs.UpdateMany(ctx, bson.D{store.IDIn(ids), store.KV("state", fanOutJobDone)},
		bson.D{store.KV("$set", bson.D{store.KV("state", fanOutJobOpen), store.KV("due", now), store.KV("tries", 0), store.KV("faults", 0)})})
	return store.WrapOp("put fan-out jobs", err)
}

// ClaimFanOutJobs leases up to n fan-out jobs that are due at now until now plus
// lease, the longest due first.
func (s *Store) ClaimFanOutJobs(
	ctx context.Context, n int, lease time.Duration, now time.Time,
) ([]models.Claimed[models.FanOutJob], error) {
	claimed, err := s.fanOutQueue.Claim(ctx, nil, n, lease, now)
	return claimed, store.WrapOp("claim fan-out jobs", err)
}

// ReleaseFanOutJob gives a fan-out job back to the queue, or parks it. A lost lease is Stale.
func (s *Store) ReleaseFanOutJob(ctx context.Context, l models.Lease, r models.Release) error {
	return store.WrapOp("release fan-out job", s.fanOutQueue.Release(ctx, l, r))
}

// FinishFanOutJob ends a run. The job is done if the count of its requests is still
// the given one, which is that of the claim; else it stays open and is due at
// once. Either way the next run goes on from the given progress. A lost lease is
// Stale.
func (s *Store) FinishFanOutJob(ctx context.Context, l models.Lease, requests int64, p models.FanOutProgress) error {
	progress := bson.D{store.KV("since", p.Since), store.KV("reviewed", p.Reviewed)}
	result, err := s.fanOutJobs.UpdateOne(ctx, append(store.LeaseFilter(l), store.KV("requests", requests)),
		store.ReleaseUpdate(append(progress, store.KV("state", fanOutJobDone))))
	if err == nil && result.MatchedCount == 0 {
		again := append(progress, store.KV("due", time.Now()), store.KV("tries", 0), store.KV("faults", 0))
		err = s.fanOutQueue.Complete(ctx, l, again)
	}
	return store.WrapOp("finish fan-out job", err)
}
