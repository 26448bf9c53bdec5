package verdictlog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"example.org/tocsin/match"
	"example.org/tocsin/models"
	"example.org/tocsin/work"
)

const (
	loadPageSize   = 5_000
	loadLogEvery   = 100_000
	entryPageSize  = 5 // entries of up to models.EntryChanges changes: a page must arrive in time on a busy machine too
	followInterval = time.Second
)

// Follower keeps one node's index equal to the verdict log. Fill the exported
// fields; call Load once, then Run. Sync may be called by anybody at any time.
type IndexFollower struct {
	History   History
	Index     *match.Index
	Snapshots Snapshots // nil: none
	Logger    *slog.Logger

	wake             work.Signal
	position         atomic.Int64 // number of the last entry applied
	snapshotPosition atomic.Int64 // the position at which the last snapshot was taken
	syncedAt         atomic.Int64 // when the index was last known to be equal to the log, Unix milliseconds
	chainBreaks      atomic.Int64
	runsStarted      atomic.Int64 // rounds of reading the log that have begun

	mu           sync.Mutex   // held for one round
	lastEntry    models.Entry // the last entry applied, without its changes
	lastComplete int64        // the last round that reached the head
}

// History is what a follower reads: the signatures once, and the verdict log
// from then on.
type History interface {
	ListSignatures(ctx context.Context, filter models.SignatureFilter, after string, limit int) ([]models.Signature, error)
	Head(ctx context.Context) (models.Entry, error)
	Entries(ctx context.Context, after int64, limit int) ([]models.Entry, error)
	WatchLog(ctx context.Context, changed func()) error
}

// Load fills the index from the snapshot, or else with every signature, and then with what the verdict
// log says since. The head is remembered before the first page is read, so a
// change made meanwhile is applied twice rather than never.
func (f *IndexFollower) Load(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.loadSnapshot(ctx) {
		return f.runOnce(ctx)
	}
	head, err := f.History.Head(ctx)
	if err != nil {
		return fmt.Errorf("read the head of the verdict log: %w", err)
	}
	loaded, err := f.loadAll(ctx)
	if err != nil {
		return err
	}
	f.lastEntry = head
	f.position.Store(head.Seq)
	f.Logger.InfoContext(ctx, "signatures loaded", "signatures", loaded, "position", head.Seq)
	return f.runOnce(ctx)
}

// loadAll reads all signatures in four parts side by side, so that the database
// reads while this process decodes. Ids are spread evenly over 2-7 and a-z
// behind their prefix; should they ever not be, the parts only differ in size.
func (f *IndexFollower) loadAll(ctx context.Context) (int64, error) {
	bounds := []string{"", "sig_c", "sig_k", "sig_s", ""}
	failed := make([]error, len(bounds)-1)
	var loaded atomic.Int64
	var loading sync.WaitGroup
	for i := range failed {
		loading.Go(func() { failed[i] = f.loadPart(ctx, bounds[i], bounds[i+1], &loaded) })
	}
	loading.Wait()
	return loaded.Load(), errors.Join(failed...)
}

// loadPart applies the signatures with ids behind after and up to last; "" has no end.
func (f *IndexFollower) loadPart(ctx context.Context, after, last string, loaded *atomic.Int64) error {
	for {
		page, err := f.History.ListSignatures(ctx, models.SignatureFilter{}, after, loadPageSize)
		if err != nil {
			return fmt.Errorf("load signatures: %w", err)
		}
		changes := make([]models.Change, 0, len(page))
		for _, s := range page {
			if last == "" || s.ID <= last {
				changes = append(changes, s.Change(models.Unknown))
			}
		}
		f.Index.Apply(changes)
		if n := loaded.Add(int64(len(changes))); n/loadLogEvery != (n-int64(len(changes)))/loadLogEvery {
			f.Logger.InfoContext(ctx, "loading signatures", "signatures", n)
		}
		if len(changes) < loadPageSize {
			return nil
		}
		after = page[len(page)-1].ID
	}
}

// Run follows the verdict log until ctx ends: at once when woken by this
// process or, where there is one, by the database's change stream, and every
// second in any case.
func (f *IndexFollower) Run(ctx context.Context) error {
	var watching sync.WaitGroup
	defer watching.Wait()
	watching.Go(func() { f.watch(ctx) })
	tick := time.NewTicker(followInterval)
	defer tick.Stop()
	for {
		if err := f.Sync(ctx); err != nil && ctx.Err() == nil {
			f.Logger.ErrorContext(ctx, "verdict log not read", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-f.wake.C():
		case <-tick.C:
		}
	}
}

// watch rings the bell when the database says that the log has grown. A
// database that has no such signal, or loses it, is polled by Run.
func (f *IndexFollower) watch(ctx context.Context) {
	for ctx.Err() == nil {
		err := f.History.WatchLog(ctx, f.wake.Wake)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			return // no change stream here
		}
		f.Logger.WarnContext(ctx, "verdict log not watched, polling", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(10 * followInterval):
		}
	}
}

// Wake makes Run look at the log at once.
func (f *IndexFollower) Wake() { f.wake.Wake() }

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

// round applies every entry behind the last one. f.reading is held.
func (f *IndexFollower) runOnce(ctx context.Context) error {
	run := f.runsStarted.Add(1)
	for {
		entries, err := f.History.Entries(ctx, f.lastEntry.Seq, entryPageSize)
		if err != nil {
			return fmt.Errorf("read the verdict log after entry %d: %w", f.lastEntry.Seq, err)
		}
		for _, e := range entries {
			f.apply(ctx, e)
		}
		if len(entries) < entryPageSize {
			f.lastComplete = run
			f.syncedAt.Store(time.Now().UnixMilli())
			return nil
		}
	}
}

// apply puts one entry into the index. An entry that does not follow the one
// before it says that the log was altered: that is told and counted, and the
// entry is applied, since an old index helps nobody.
func (f *IndexFollower) apply(ctx context.Context, e models.Entry) {
	if !e.Follows(f.lastEntry) {
		f.chainBreaks.Add(1)
		f.Logger.ErrorContext(ctx, "verdict log is broken", "entry", e.Seq, "after", f.lastEntry.Seq)
	}
	f.Index.Apply(e.Changes)
	f.lastEntry = models.Entry{Seq: e.Seq, Hash: e.Hash}
	f.position.Store(e.Seq)
}

// Position returns the number of the last entry of the verdict log that is in the index.
func (f *IndexFollower) Position() int64 { return f.position.Load() }

// Age returns for how long the index may have been behind the verdict log: since it was last equal to it.
func (f *IndexFollower) Staleness() time.Duration {
	return time.Since(time.UnixMilli(f.syncedAt.Load()))
}

// Broken returns how many entries did not follow the one before them.
func (f *IndexFollower) ChainBreaks() int64 { return f.chainBreaks.Load() }
