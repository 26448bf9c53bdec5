package intake

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"example.org/tocsin/models"
	"example.org/tocsin/store"
)

// The states of a review. One that is closed is kept, so that its fence goes on growing
// when the signature is to be reviewed again.
const (
	reviewOpen   = "open"
	reviewClosed = "closed"
)

// reviewDoc is a review as it is stored.
type reviewDoc struct {
	Review models.Review     `bson:",inline"`
	State  string            `bson:"state"`
	Lease  store.LeaseFields `bson:",inline"`
}

func claimedReview(d reviewDoc) models.Claimed[models.Review] {
	return models.Claimed[models.Review]{Lease: d.Lease.Next(d.Review.ID), Work: d.Review}
}

// PutReviews queues reviews, of a signature that has one already at the earlier of the two
// times. The fence grows: a review of the same signature that is under way has read it as
// it was before, and what it finishes with is thrown away
// (TestAReviewThatIsPutDuringAReviewIsNotLost).
func (s *Store) PutReviews(ctx context.Context, reviews []models.Review) error {
	writes := make([]mongo.WriteModel, len(reviews))
	for i, r := range reviews {
		writes[i] = mongo.NewUpdateOneModel().SetUpsert(true).SetFilter(bson.D{store.KV("_id", r.ID)}).SetUpdate(bson.D{
			store.KV("$min", bson.D{store.KV("due", r.Due)}),
			store.KV("$set", bson.D{store.KV("state", reviewOpen), store.KV("tries", 0), store.KV("faults", 0)}),
			store.KV("$inc", bson.D{store.KV("fence", int64(1))}),
		})
	}
	return store.WrapOp("put reviews", s.db.UpsertAll(ctx, "put reviews", s.reviews, writes))
}

// ClaimReviews leases up to n reviews that are due at now until now plus lease, the
// longest due first.
func (s *Store) ClaimReviews(ctx context.Context, n int, lease time.Duration, now time.Time) ([]models.Claimed[models.Review], error) {
	claimed, err := s.reviewQueue.Claim(ctx, nil, n, lease, now)
	return claimed, store.WrapOp("claim reviews", err)
}

// ReleaseReview gives a review back to the queue, or parks it. A lost lease is Stale.
func (s *Store) ReleaseReview(ctx context.Context, l models.Lease, r models.Release) error {
	return store.WrapOp("release review", s.reviewQueue.Release(ctx, l, r))
}

// FinishReviews ends the leases of reviews: one with a next time is due again then, the
// others are closed. It fails with Stale when some of the leases are lost; the others are
// finished all the same.
func (s *Store) FinishReviews(ctx context.Context, done []models.Reviewed) error {
	if len(done) == 0 {
		return nil
	}
	writes := make([]mongo.WriteModel, len(done))
	for i, d := range done {
		update := store.ReleaseUpdate(bson.D{store.KV("due", d.Next), store.KV("tries", d.Tries), store.KV("faults", 0)})
		if d.Next.IsZero() {
			update = bson.D{
				store.KV("$set", bson.D{store.KV("state", reviewClosed)}),
				store.KV("$unset", bson.D{store.KV("owner", ""), store.KV("due", "")}),
			}
		}
		writes[i] = mongo.NewUpdateOneModel().SetFilter(store.LeaseFilter(d.Lease)).SetUpdate(update)
	}
	result, err := s.reviews.BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false))
	if err == nil && result.MatchedCount < int64(len(done)) {
		err = store.RevisionPassed()
	}
	return store.WrapOp("finish reviews", err)
}
