package verdictlog

import "context"

// What the tests of this room look at from within.
const (
	FollowInterval = followInterval
	SweepMinAge    = sweepMinAge
)

func (f *Follower) WriteSnapshot(ctx context.Context) { f.writeSnapshot(ctx) }

func (f *Follower) SnapshotPosition() int64 { return f.snapshotPosition.Load() }
