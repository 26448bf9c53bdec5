package verdictlog

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"example.org/tocsin/match"
	"example.org/tocsin/models"
)

// IndexFollower keeps one node's index equal to the verdict log. Fill the exported
// fields, call Load once, then Run and RunSnapshots. Sync may be called at any time,
// by any number of goroutines.
type IndexFollower struct {
	History   History
	Index     *match.Index
	Snapshots Snapshots // nil: none
	Logger    *slog.Logger

	once             sync.Once    // sets up reader
	reader           Follower     // its position is that of the last entry in the index
	snapshotPosition atomic.Int64 // the entry at which the last snapshot was taken
	syncedAt         atomic.Int64 // when the index was last known to be equal to the log, Unix milliseconds
	chainBreaks      atomic.Int64 // entries that did not follow the one before
	runsStarted      atomic.Int64 // runs through the log that have begun

	mu           sync.Mutex   // held for one run
	lastEntry    models.Entry // the last entry applied, its number and hash
	lastComplete int64        // the last run that reached the head
}

// follower returns the Follower that reads the log. It has no cursor in the store:
// each node has an index of its own, and starts it anew.
func (f *IndexFollower) follower() *Follower {
	f.once.Do(func() {
		f.reader.Name, f.reader.Log, f.reader.Watch = "index", f.History, f.History.WatchLog
		f.reader.Apply, f.reader.Logger = f.apply, f.Logger
	})
	return &f.reader
}

// History is what an IndexFollower reads: the signatures once, and the verdict log
// from then on. Head returns the last entry, the zero one of an empty log; WatchLog
// is Follower.Watch.
type History interface {
	ListSignatures(ctx context.Context, filter models.SignatureFilter, after string, limit int) ([]models.Signature, error)
	Head(ctx context.Context) (models.Entry, error)
	Entries(ctx context.Context, after int64, limit int) ([]models.Entry, error)
	WatchLog(ctx context.Context, changed func()) error
}

// Run follows the verdict log until ctx ends; see Follower.Run.
func (f *IndexFollower) Run(ctx context.Context) error {
	return f.follower().run(ctx, func(ctx context.Context) (bool, error) { return false, f.Sync(ctx) })
}

// Wake makes Run look at the log at once.
func (f *IndexFollower) Wake() { f.follower().Wake() }

// Sync returns when every entry that was in the verdict log when it was called
// is in the index. Calls that wait for each other share one run through the log
// (TestSyncsThatWaitForEachOtherShareAReading).
func (f *IndexFollower) Sync(ctx context.Context) error {
	before := f.runsStarted.Load()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lastComplete > before {
		return nil // a run that began after this call has reached the head
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return f.runOnce(ctx)
}

// runOnce applies every entry behind the last one. The caller holds f.mu.
func (f *IndexFollower) runOnce(ctx context.Context) error {
	number := f.runsStarted.Add(1)
	for {
		more, err := f.follower().step(ctx)
		if err != nil {
			return err
		}
		if !more {
			f.lastComplete = number
			f.syncedAt.Store(time.Now().UnixMilli())
			return nil
		}
	}
}

// apply puts one entry into the index. An entry that does not follow the one before
// it (models.Entry.Follows) shows that the log was altered. That is logged and
// counted, and the entry is applied all the same: an index that stops would miss
// every later warning (TestABreakInTheLogIsCountedAndTheLogFollowedStill).
func (f *IndexFollower) apply(ctx context.Context, e models.Entry) error {
	if !e.Follows(f.lastEntry) {
		f.chainBreaks.Add(1)
		f.Logger.ErrorContext(ctx, "verdict log is broken", "entry", e.Seq, "after", f.lastEntry.Seq)
	}
	f.Index.Apply(e.Changes)
	f.lastEntry = models.Entry{Seq: e.Seq, Hash: e.Hash}
	return nil
}

// Position returns the number of the last entry of the verdict log that is in the index.
func (f *IndexFollower) Position() int64 { return f.follower().Position() }

// Staleness returns the time since the index was last known to be equal to the
// verdict log: so old may its answers be.
func (f *IndexFollower) Staleness() time.Duration {
	return time.Since(time.UnixMilli(f.syncedAt.Load()))
}

// ChainBreaks returns how many entries did not follow the one before them.
func (f *IndexFollower) ChainBreaks() int64 { return f.chainBreaks.Load() }
