// Package notify keeps what is owed to devices: the fan-out jobs, which find who
// must be warned, and the warnings, which are outbox and inbox at once. Both are
// queues.
package notify

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"example.org/tocsin/models"
	"example.org/tocsin/store"
)

// The collections of this package.
const (
	warningsName   = "warnings"
	fanOutJobsName = "fanout_jobs"
)

// Store is the collections of the warnings and the fan-out jobs. It is safe for
// concurrent use.
type Store struct {
	db     *store.DB
	owners store.Owners

	warnings, fanOutJobs *mongo.Collection

	warnQueue   *store.Queue[warningDoc, models.Warning]
	fanOutQueue *store.Queue[fanOutJobDoc, models.FanOutJob]
}

// New returns the store in db. The owners say whose warnings may not be kept.
func New(db *store.DB, owners store.Owners) *Store {
	s := &Store{
		db: db, owners: owners,
		warnings: db.Database().Collection(warningsName), fanOutJobs: db.Database().Collection(fanOutJobsName),
	}
	s.warnQueue = store.NewQueue(db, s.warnings, string(models.WarningDue), claimedWarning)
	s.fanOutQueue = store.NewQueue(db, s.fanOutJobs, fanOutJobOpen, claimedFanOutJob)
	return s
}

// Indexes is what the queries need, besides _id. The comment of each names the query.
func Indexes() []store.Index {
	queues := append(store.QueueIndexes(warningsName, string(models.WarningDue), "lane"), store.QueueIndexes(fanOutJobsName, fanOutJobOpen)...)
	return append(queues, []store.Index{
		// Warnings, PushedSince, EraseDevice
		{
			Collection: warningsName, Name: "inbox",
			Keys: bson.D{store.KV("device", 1), store.KV("created_at", -1), store.KV("_id", -1)},
		},
		// WarningsListing, AnyWarned
		{Collection: warningsName, Name: "listing", Keys: bson.D{store.KV("signatures", 1), store.KV("_id", 1)}},
		// none: the server deletes what has expired
		{Collection: warningsName, Name: "expires", Keys: bson.D{store.KV("expires_at", 1)}, TTL: true},
	}...)
}

// FanOutQueue is the queue of the fan-out jobs, as an operator sees it.
func (s *Store) FanOutQueue() store.WorkView { return s.fanOutQueue.View(nil) }

// WarningQueue is the queue of the warnings of a lane, as an operator sees it.
func (s *Store) WarningQueue(l models.Lane) store.WorkView { return s.warnQueue.View(laneFilter(l)) }

// EraseDevice deletes the warnings of a device.
func (s *Store) EraseDevice(ctx context.Context, device, _ string) error {
	_, err := s.warnings.DeleteMany(ctx, bson.D{store.KV("device", device)})
	return store.WrapOp("erase warnings", err)
}
