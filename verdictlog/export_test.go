package verdictlog

import "context"

// What the tests of this package use of its inside.
const (
	EntryPageSize = entryPageSize
	WatchInterval = watchInterval
	SweepMinAge   = sweepMinAge
	HeadInterval  = headInterval
)

// WriteSnapshot is writeSnapshot.
func (f *IndexFollower) WriteSnapshot(ctx context.Context) { f.writeSnapshot(ctx) }

// SnapshotPosition returns the entry at which the last snapshot was taken.
func (f *IndexFollower) SnapshotPosition() int64 { return f.snapshotPosition.Load() }
