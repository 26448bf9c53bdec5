package verdictlog

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"example.org/tocsin/match"
	"example.org/tocsin/models"
)

// IndexFollower keeps one node's index equal to the verdict log. Make it with
// FollowIndex, call Load once, then Log.Run, RunSnapshots and RunHeadChecks. Sync may be
// called at any time, by any number of goroutines.
type IndexFollower struct {
	Index     *match.Index
	Snapshots Snapshots      // nil: none
	Signer    *models.Signer // of this deployment; nil: none, and statements of restores are unsigned

	log     *Log
	history History
	reader  *Follower // its position is that of the last entry in the index

	snapshotPosition atomic.Int64 // the entry at which the last snapshot was taken
	chainBreaks      atomic.Int64 // how often the log was found broken
	fault            atomic.Pointer[string]

	// Guarded by reader.mu. Of entries, all but the changes.
	lastEntry models.Entry // the last one applied
	seen      models.Entry // the last one of a log without fault
	foreign   bool         // the index is that of a log that does not hold seen
	rereadAt  int64        // the signatures were last read from the store when the log had so many entries
}

// History is what an IndexFollower reads beside the entries: the signatures; the last
// entry, the zero one of an empty log; and the newest statement that the log was
// restored, the zero one if there is none.
type History interface {
	ListSignatures(ctx context.Context, filter models.SignatureFilter, after string, limit int) ([]models.Signature, error)
	Head(ctx context.Context) (models.Entry, error)
	LastRestored(ctx context.Context) (models.Restored, error)
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
//
// What a redacted change has changed is read from the signatures themselves: a node
// that starts from an older snapshot has never seen its value.
func (f *IndexFollower) apply(ctx context.Context, e models.Entry) error {
	if e.Redacted > 0 && e.Seq > f.rereadAt {
		if _, err := f.loadAll(ctx); err != nil {
			return err
		}
	}
	if !e.Follows(f.lastEntry) {
		f.setFault(ctx, fmt.Sprintf("entry %d does not follow entry %d", e.Seq, f.lastEntry.Seq))
	}
	f.Index.Apply(withValues(e))
	f.lastEntry = e.Head()
	if f.fault.Load() == nil {
		f.seen = f.lastEntry
	}
	return nil
}

// withValues returns the changes of an entry that are not redacted.
func withValues(e models.Entry) []models.Change {
	if e.Redacted == 0 {
		return e.Changes
	}
	return slices.DeleteFunc(slices.Clone(e.Changes), models.Change.Redacted)
}

// Position returns the number of the last entry of the verdict log that is in the index.
func (f *IndexFollower) Position() int64 { return f.reader.Position() }

// Staleness returns the time since the index was last known to be equal to the
// verdict log: so old may its answers be.
func (f *IndexFollower) Staleness() time.Duration {
	return time.Since(time.UnixMilli(f.reader.completedAt.Load()))
}

// ChainBreaks returns how often the verdict log was found broken: an entry that did not
// follow the one before it, or a log without an entry that this node has seen.
func (f *IndexFollower) ChainBreaks() int64 { return f.chainBreaks.Load() }
