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
	askOpen = "open"
	askDone = "done"
)

// askDoc is an ask as it is kept.
type askDoc struct {
	Ask   models.Ask `bson:",inline"`
	State string     `bson:"state"`
	Due   time.Time  `bson:"due"`
	Held  held       `bson:",inline"`
}

func claimedAsk(d askDoc) models.Claimed[models.Ask] {
	return models.Claimed[models.Ask]{Lease: d.Held.lease(d.Ask.ID), Work: d.Ask}
}

// PutAsks queues asks. One that is queued already, or being worked, only counts
// that it was asked again; whoever works it sees that at the end (FinishAsk).
//
// First all are counted, then those that are done are opened. In this order an
// ask cannot be lost: a round that ends before the count has its ask opened
// again, and one that ends after it finds that the count has moved.
func (s *Store) PutAsks(ctx context.Context, asks []models.Ask) error {
	now := time.Now()
	count := make([]mongo.WriteModel, len(asks))
	ids := make(bson.A, len(asks))
	for i, a := range asks {
		ids[i] = a.ID
		count[i] = mongo.NewUpdateOneModel().SetFilter(bson.D{kv("_id", a.ID)}).SetUpsert(true).SetUpdate(bson.D{
			kv("$inc", bson.D{kv("asks", 1)}),
			kv("$setOnInsert", bson.D{
				kv("sig", a.Signature), kv("rev", a.Rev), kv("since", a.Since),
				kv("state", askOpen), kv("due", now), kv("fence", 0), kv("tries", 0),
			}),
		})
	}
	if len(count) == 0 {
		return nil
	}
	if err := upsertAll(ctx, s.asks, count); err != nil {
		return fail("put asks", err)
	}
	_, err := s.asks.UpdateMany(ctx, bson.D{in(ids), kv("state", askDone)},
		bson.D{kv("$set", bson.D{kv("state", askOpen), kv("due", now), kv("tries", 0)})})
	return fail("put asks", err)
}

// ClaimAsks leases up to n asks that are due, the longest due first.
func (s *Store) ClaimAsks(ctx context.Context, n int, lease time.Duration, now time.Time) ([]models.Claimed[models.Ask], error) {
	claimed, err := s.askQueue.claim(ctx, nil, n, lease, now)
	return claimed, fail("claim asks", err)
}

// FinishAsk ends a round: the ask is done if it was not asked again since the
// round was claimed, with asks at its count; else it stays open and is due at
// once. Either way the next round looks at exposures since the given time. A lost lease is Stale.
func (s *Store) FinishAsk(ctx context.Context, l models.Lease, asks int64, since time.Time) error {
	done, err := s.asks.UpdateOne(ctx, append(fenced(l), kv("asks", asks)),
		released(bson.D{kv("state", askDone), kv("since", since)}))
	if err == nil && done.MatchedCount == 0 {
		err = s.askQueue.settle(ctx, l, bson.D{kv("since", since), kv("due", time.Now()), kv("tries", 0)})
	}
	return fail("finish ask", err)
}
