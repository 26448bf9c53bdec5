package verdictlog

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/work"
)

const (
	// entryPageSize is how many entries are read at a time. An entry holds up to
	// models.MaxEntryChanges changes, and a page of them must arrive within the
	// store's timeout on a busy machine too.
	entryPageSize = 5
	// maxPause is the longest wait before an entry whose apply panics is tried again.
	maxPause = time.Minute
)

// Follower passes each entry of the verdict log, in order, to a function, and goes on
// after a restart from its cursor. No entry is skipped
// (TestNoEntryIsSkippedOverPages). Log.Follow makes it, Log.Run runs it.
type Follower struct {
	log     *Log
	name    string
	apply   func(ctx context.Context, e models.Entry) error
	options FollowOptions

	wake        work.Signal
	position    atomic.Int64 // number of the last entry known to be applied
	panics      atomic.Int64 // calls of apply that panicked
	completedAt atomic.Int64 // when the head was last reached, Unix milliseconds
	runsStarted atomic.Int64 // runs through the log that have begun

	mu           sync.Mutex // held for one run
	lastComplete int64      // the last run that reached the head
}

// Name returns the name of the follower's cursor.
func (f *Follower) Name() string { return f.name }

// Position returns the number of the last entry that this process has applied, or at
// which it has found the cursor.
func (f *Follower) Position() int64 { return f.position.Load() }

// Panics returns how often the function that applies entries has panicked.
func (f *Follower) Panics() int64 { return f.panics.Load() }

// Lag returns how many entries of the log, as far as this node knows it, are not yet
// applied. Below 0, the cursor is beyond the log: see Restore in docs/operations.md.
func (f *Follower) Lag() int64 { return f.log.head.Load() - f.position.Load() }

// run follows the log until ctx ends. An error is logged, and the same entry tried
// again a second later; after panics in a row, later each time, up to a minute, so
// that an entry that no version of this program can apply does not flood the log.
func (f *Follower) run(ctx context.Context) {
	var pause work.Signal // never woken: a wake does not shorten the wait after a panic
	panicked := 0
	for ctx.Err() == nil {
		err := f.catchUp(ctx)
		if err != nil && ctx.Err() == nil {
			f.log.Logger.ErrorContext(ctx, "verdict log not followed", "follower", f.name, "error", err)
		}
		if work.Panicked(err) {
			pause.Wait(ctx, min(work.PollInterval<<panicked, maxPause))
			panicked = min(panicked+1, 6) // 2^6 seconds are above maxPause
			continue
		}
		panicked = 0
		f.wake.Wait(ctx, work.PollInterval)
	}
}

// catchUp returns when every entry that was in the log when it was called, and is old
// enough, has been applied. Calls that wait for each other share one run through the
// log (TestSyncsThatWaitForEachOtherShareAReading).
func (f *Follower) catchUp(ctx context.Context) error {
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
func (f *Follower) runOnce(ctx context.Context) error {
	number := f.runsStarted.Add(1)
	for ctx.Err() == nil {
		more, err := f.step(ctx)
		if err != nil {
			return err
		}
		if !more {
			f.lastComplete = number
			f.completedAt.Store(time.Now().UnixMilli())
			return nil
		}
	}
	return ctx.Err()
}

// step applies one page of entries, and reports whether there may be more. The
// cursor moves after each entry, not after the page, so that an entry that fails
// does not make the ones before it be applied again.
func (f *Follower) step(ctx context.Context) (more bool, err error) {
	at, err := f.start(ctx)
	if err != nil {
		return false, fmt.Errorf("read cursor %s: %w", f.name, err)
	}
	entries, err := f.log.Entries.Entries(ctx, at, entryPageSize)
	if err != nil {
		return false, fmt.Errorf("read the verdict log after entry %d: %w", at, err)
	}
	if len(entries) > 0 {
		f.log.noteHead(entries[len(entries)-1].Seq)
	}
	for _, e := range entries {
		if f.options.MinAge > 0 && f.log.Clock().Sub(e.At) < f.options.MinAge {
			return false, nil // those behind it are younger still
		}
		if err := f.pass(ctx, e); err != nil {
			return false, fmt.Errorf("apply entry %d: %w", e.Seq, err)
		}
		err := f.move(ctx, at, e.Seq)
		if errors.Is(err, models.Conflict) {
			return true, nil // another node has moved the cursor: go on from there
		}
		if err != nil {
			return false, fmt.Errorf("move cursor %s: %w", f.name, err)
		}
		at = e.Seq
	}
	return len(entries) == entryPageSize, nil
}

// pass calls apply. A panic in it is an error: one bad entry must end neither the
// process nor the other followers (TestAPanicIsTriedAgainAndEndsNothing).
func (f *Follower) pass(ctx context.Context, e models.Entry) error {
	if !f.options.Redacted {
		e.Changes = withValues(e)
	}
	err := work.Safely(func() error { return f.apply(ctx, e) })
	if work.Panicked(err) {
		f.panics.Add(1)
	}
	return err
}

// start returns the number of the last entry that was applied.
func (f *Follower) start(ctx context.Context) (int64, error) {
	if f.options.Own {
		return f.position.Load(), nil
	}
	at, err := f.log.Cursors.Cursor(ctx, f.name)
	if err == nil {
		f.position.Store(at)
	}
	return at, err //nolint:wrapcheck // step says what was tried
}

// move sets the cursor, if it is at from, to the entry that was applied.
func (f *Follower) move(ctx context.Context, from, to int64) error {
	if !f.options.Own {
		if err := f.log.Cursors.MoveCursor(ctx, f.name, from, to); err != nil {
			return err //nolint:wrapcheck // step says what was tried
		}
	}
	f.position.Store(to)
	return nil
}
