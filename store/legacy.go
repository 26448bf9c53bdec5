package store

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"example.org/tocsin/models"
)

// Store holds all collections that have no package of their own yet.
type Store struct {
	db     *DB
	owners Owners

	warnings, fanOutJobs *mongo.Collection

	warnQueue   *Queue[warningDoc, models.Warning]
	fanOutQueue *Queue[fanOutJobDoc, models.FanOutJob]
}

// New returns the store on db.
func New(conn *DB, owners Owners) *Store {
	db := conn.Database()
	s := &Store{
		db: conn, owners: owners,
		warnings: db.Collection("warnings"), fanOutJobs: db.Collection("asks"),
	}
	s.warnQueue = NewQueue(conn, s.warnings, string(models.WarningDue), claimedWarning)
	s.fanOutQueue = NewQueue(conn, s.fanOutJobs, fanOutJobOpen, claimedFanOutJob)
	return s
}

// Depth counts the work that is due and that nobody has claimed: "reports",
// "warnings_urgent", "warnings_campaign" and "asks".
func (s *Store) Depth(ctx context.Context) (map[string]int64, error) {
	now := time.Now()
	out := map[string]int64{}
	for name, count := range map[string]func() (int64, error){
		"warnings_urgent":   func() (int64, error) { return s.warnQueue.Depth(ctx, laneFilter(models.LaneUrgent), now) },
		"warnings_campaign": func() (int64, error) { return s.warnQueue.Depth(ctx, laneFilter(models.LaneCampaign), now) },
		"asks":              func() (int64, error) { return s.fanOutQueue.Depth(ctx, nil, now) },
	} {
		n, err := count()
		if err != nil {
			return nil, WrapOp("count the due "+name, err)
		}
		out[name] = n
	}
	return out, nil
}

// Indexes is every index that the queries need. The comment of each says which.
func Indexes() []Index {
	return []Index{
		// Warnings, EraseDevice
		{Collection: "warnings", Name: "inbox", Keys: bson.D{KV("device", 1), KV("created_at", -1), KV("_id", -1)}},
		// ClaimWarnings
		{Collection: "warnings", Name: "due", Keys: bson.D{KV("lane", 1), KV("due", 1)}, Partial: bson.D{KV("state", string(models.WarningDue))}},
		// retention
		{Collection: "warnings", Name: "expires", Keys: bson.D{KV("expires_at", 1)}, TTL: true},
		// ClaimAsks
		{Collection: "asks", Name: "due", Keys: bson.D{KV("due", 1)}, Partial: bson.D{KV("state", fanOutJobOpen)}},
	}
}

// EraseDevice deletes the warnings of a device.
func (s *Store) EraseDevice(ctx context.Context, device, _ string) error {
	_, err := s.warnings.DeleteMany(ctx, bson.D{KV("device", device)})
	return WrapOp("erase warnings", err)
}
