package verdictlog

import "context"

// What the tests of this room look at from within.
const (
	FollowInterval = followInterval
	SweepMinAge    = sweepMinAge
)

func (f *IndexFollower) WriteSnapshot(ctx context.Context) { f.writeSnapshot(ctx) }

func (f *IndexFollower) SnapshotPosition() int64 { return f.snapshotPosition.Load() }
