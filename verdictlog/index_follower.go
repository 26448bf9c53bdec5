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

// Follower keeps one node's index equal to the verdict log. Fill the exported
// fields; call Load once, then Run. Sync may be called by anybody at any time.
type IndexFollower struct {
	History   History
	Index     *match.Index
	Snapshots Snapshots // nil: none
	Logger    *slog.Logger

	once             sync.Once
	reader           Follower     // its position is that of the last entry in the index
	snapshotPosition atomic.Int64 // the position at which the last snapshot was taken
	syncedAt         atomic.Int64 // when the index was last known to be equal to the log, Unix milliseconds
	chainBreaks      atomic.Int64
	runsStarted      atomic.Int64 // runs through the log that have begun

	mu           sync.Mutex   // held for one run
	lastEntry    models.Entry // the last entry applied, without its changes
	lastComplete int64        // the last run that reached the head
}

// follower returns the reader of the log.
func (f *IndexFollower) follower() *Follower {
	f.once.Do(func() {
		f.reader.Name, f.reader.Log, f.reader.Watch = "index", f.History, f.History.WatchLog
		f.reader.Apply, f.reader.Logger = f.apply, f.Logger
	})
	return &f.reader
}

// History is what a follower reads: the signatures once, and the verdict log
// from then on.
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
// is in the index. Calls that wait for each other share one reading.
func (f *IndexFollower) Sync(ctx context.Context) error {
	before := f.runsStarted.Load()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lastComplete > before {
		return nil // a round that began after this call has reached the head
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return f.runOnce(ctx)
}

// runOnce applies every entry behind the last one. f.mu is held.
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

// apply puts one entry into the index. An entry that does not follow the one
// before it says that the log was altered: that is logged and counted, and the
// entry is applied, since an old index helps nobody
// (TestABrokenLogIsToldAndFollowedStill).
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

// Age returns for how long the index may have been behind the verdict log: since it was last equal to it.
func (f *IndexFollower) Staleness() time.Duration {
	return time.Since(time.UnixMilli(f.syncedAt.Load()))
}

// Broken returns how many entries did not follow the one before them.
func (f *IndexFollower) ChainBreaks() int64 { return f.chainBreaks.Load() }
