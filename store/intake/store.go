// Package intake keeps what comes in: reports, which are the queue of what is to
// be weighed, the evidence that they give, the queue of signatures that are to be weighed
// again by themselves, and what devices have met.
package intake

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"example.org/tocsin/models"
	"example.org/tocsin/store"
)

// The collections of this package.
const (
	reportsName   = "reports"
	evidenceName  = "evidence"
	exposuresName = "exposures"
	reviewsName   = "reviews"
)

// Store is the collections of the reports, the evidence, the reviews and the exposures.
// It is safe for concurrent use.
type Store struct {
	db     *store.DB
	owners store.Owners

	reports, evidence, exposures, reviews *mongo.Collection

	inserts     *store.Batcher[bson.Raw] // into reports
	reportQueue *store.Queue[reportDoc, models.Report]
	reviewQueue *store.Queue[reviewDoc, models.Review]
}

// New returns the store in db. The owners say whose exposures may not be kept.
func New(db *store.DB, owners store.Owners) *Store {
	s := &Store{
		db: db, owners: owners, reports: db.Database().Collection(reportsName),
		evidence: db.Database().Collection(evidenceName), exposures: db.Database().Collection(exposuresName),
		reviews: db.Database().Collection(reviewsName),
	}
	s.inserts = store.NewBatcher(db, s.insertReports)
	s.reportQueue = store.NewQueue(db, s.reports, string(models.ReportOpen), claimedReport)
	s.reviewQueue = store.NewQueue(db, s.reviews, reviewOpen, claimedReview)
	return s
}

// Indexes is what the queries need, besides _id. The comment of each names the query.
func Indexes() []store.Index {
	queues := append(store.QueueIndexes(reportsName, string(models.ReportOpen)), store.QueueIndexes(reviewsName, reviewOpen)...)
	return append(queues, []store.Index{
		// EraseDevice
		{Collection: reportsName, Name: "reporter", Keys: bson.D{store.KV("reporter", 1)}},
		// Evidence
		{
			Collection: evidenceName, Name: "weight",
			Keys: bson.D{store.KV("sig", 1), store.KV("witness", 1), store.KV("at", -1)},
		},
		// Exposures, DeleteExposures, EraseDevice
		{Collection: exposuresName, Name: "device", Keys: bson.D{store.KV("device", 1)}},
		// Exposed, AnyExposed
		{
			Collection: exposuresName, Name: "exposed",
			Keys: bson.D{store.KV("keys", 1), store.KV("recorded_at", 1), store.KV("_id", 1)},
		},
		// none: the server deletes what has expired
		{Collection: exposuresName, Name: "expires", Keys: bson.D{store.KV("expires_at", 1)}, TTL: true},
	}...)
}

// ReportQueue is the queue of the reports that are still to be weighed, as an operator sees it.
func (s *Store) ReportQueue() store.WorkView { return s.reportQueue.View(nil) }

// ReviewQueue is the queue of the reviews of signatures, as an operator sees it.
func (s *Store) ReviewQueue() store.WorkView { return s.reviewQueue.View(nil) }

// EraseDevice deletes the exposures of a device, and takes story, message and
// agent out of the reports of its pseudonym (none when that is "").
func (s *Store) EraseDevice(ctx context.Context, device, pseudonym string) error {
	if _, err := s.exposures.DeleteMany(ctx, bson.D{store.KV("device", device)}); err != nil {
		return store.WrapOp("erase exposures", err)
	}
	if pseudonym == "" {
		return nil
	}
	texts := bson.D{store.KV("$unset", bson.D{store.KV("story", ""), store.KV("message", ""), store.KV("agent", "")})}
	_, err := s.reports.UpdateMany(ctx, bson.D{store.KV("reporter", pseudonym)}, texts)
	return store.WrapOp("erase the texts of reports", err)
}
