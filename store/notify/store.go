// Package notify keeps what is owed to devices: the fan-out jobs, which find who
// must be warned, and the warnings, which are outbox and inbox at once. Both are
// queues.
package notify

import (
	"context"
	"time"

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
	owners store.Owners

	warnings, fanOutJobs *mongo.Collection

	warnQueue   *store.Queue[warningDoc, models.Warning]
	fanOutQueue *store.Queue[fanOutJobDoc, models.FanOutJob]
}

// New returns the store in db. The owners say whose warnings may not be kept.
func New(db *store.DB, owners store.Owners) *Store {
	s := &Store{
		owners:   owners,
		warnings: db.Database().Collection(warningsName), fanOutJobs: db.Database().Collection(fanOutJobsName),
	}
	s.warnQueue = store.NewQueue(db, s.warnings, string(models.WarningDue), claimedWarning)
	s.fanOutQueue = store.NewQueue(db, s.fanOutJobs, fanOutJobOpen, claimedFanOutJob)
	return s
}

// Indexes is what the queries need, besides _id. The comment of each names the query.
func Indexes() []store.Index {
	return []store.Index{
		// Warnings, EraseDevice
		{
			Collection: warningsName, Name: "inbox",
			Keys: bson.D{store.KV("device", 1), store.KV("created_at", -1), store.KV("_id", -1)},
		},
		// ClaimWarnings
		{
			Collection: warningsName, Name: "due", Keys: bson.D{store.KV("lane", 1), store.KV("due", 1)},
			Partial: bson.D{store.KV("state", string(models.WarningDue))},
		},
		// WarningsListing, AnyWarned
		{
			Collection: warningsName, Name: "listing", Keys: bson.D{store.KV("signatures", 1), store.KV("_id", 1)},
		},
		// none: the server deletes what has expired
		{Collection: warningsName, Name: "expires", Keys: bson.D{store.KV("expires_at", 1)}, TTL: true},
		// ClaimFanOutJobs
		{
			Collection: fanOutJobsName, Name: "due", Keys: bson.D{store.KV("due", 1)},
			Partial: bson.D{store.KV("state", fanOutJobOpen)},
		},
	}
}

// Depth counts the work that is due and that nobody has claimed:
// "warnings_urgent", "warnings_campaign" and "fanout_jobs".
func (s *Store) Depth(ctx context.Context) (map[string]int64, error) {
	now := time.Now()
	out := map[string]int64{}
	for name, count := range map[string]func() (int64, error){
		"warnings_urgent":   func() (int64, error) { return s.warnQueue.Depth(ctx, laneFilter(models.LaneUrgent), now) },
		"warnings_campaign": func() (int64, error) { return s.warnQueue.Depth(ctx, laneFilter(models.LaneCampaign), now) },
		"fanout_jobs":       func() (int64, error) { return s.fanOutQueue.Depth(ctx, nil, now) },
	} {
		n, err := count()
		if err != nil {
			return nil, store.WrapOp("count the due "+name, err)
		}
		out[name] = n
	}
	return out, nil
}

// EraseDevice deletes the warnings of a device.
func (s *Store) EraseDevice(ctx context.Context, device, _ string) error {
	_, err := s.warnings.DeleteMany(ctx, bson.D{store.KV("device", device)})
	return store.WrapOp("erase warnings", err)
}
