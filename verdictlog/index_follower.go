package verdictlog

import (
	"context"
	"sync/atomic"
	"time"

	"example.org/tocsin/match"
	"example.org/tocsin/models"
)

// IndexFollower keeps one node's index equal to the verdict log. Make it with
// FollowIndex, call Load once, then Log.Run and RunSnapshots. Sync may be called at
// any time, by any number of goroutines.
type IndexFollower struct {
	Index     *match.Index
	Snapshots Snapshots // nil: none

	log     *Log
	history History
	reader  *Follower // its position is that of the last entry in the index

	snapshotPosition atomic.Int64 // the entry at which the last snapshot was taken
	chainBreaks      atomic.Int64 // entries that did not follow the one before
	lastEntry        models.Entry // the last entry applied, without its changes; guarded by reader.mu
}

// History is what an IndexFollower reads beside the entries: the signatures once, and
// the last entry, the zero one of an empty log.
type History interface {
	ListSignatures(ctx context.Context, filter models.SignatureFilter, after string, limit int) ([]models.Signature, error)
	Head(ctx context.Context) (models.Entry, error)
}

// FollowIndex adds the follower that keeps an index equal to the log. Its position is
// this process's own: each node has an index, and starts it anew.
func FollowIndex(l *Log, history History, index *match.Index) *IndexFollower {
	f := &IndexFollower{Index: index, log: l, history: history}
	f.reader = l.Follow("index", f.apply, FollowOptions{Own: true, Redacted: true})
	return f
}

// Sync returns when every entry that was in the verdict log when it was called
// is in the index. Calls that wait for each other share one run through the log
// (TestSyncsThatWaitForEachOtherShareAReading).
func (f *IndexFollower) Sync(ctx context.Context) error { return f.reader.catchUp(ctx) }

// apply puts one entry into the index. An entry that does not follow the one before
// it (models.Entry.Follows) shows that the log was altered. That is logged and
// counted, and the entry is applied all the same: an index that stops would miss
// every later warning (TestABreakInTheLogIsCountedAndTheLogFollowedStill).
func (f *IndexFollower) apply(ctx context.Context, e models.Entry) error {
	if !e.Follows(f.lastEntry) {
		f.chainBreaks.Add(1)
		f.log.Logger.ErrorContext(ctx, "verdict log is broken", "entry", e.Seq, "after", f.lastEntry.Seq)
	}
	f.Index.Apply(e.Changes)
	f.lastEntry = e.Head()
	return nil
}

// Position returns the number of the last entry of the verdict log that is in the index.
func (f *IndexFollower) Position() int64 { return f.reader.Position() }

// Staleness returns the time since the index was last known to be equal to the
// verdict log: so old may its answers be.
func (f *IndexFollower) Staleness() time.Duration {
	return time.Since(time.UnixMilli(f.reader.completedAt.Load()))
}

// ChainBreaks returns how many entries did not follow the one before them.
func (f *IndexFollower) ChainBreaks() int64 { return f.chainBreaks.Load() }
