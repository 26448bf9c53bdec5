package verdictlog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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
	// watchInterval is how long the log is only polled after Watch has failed.
	watchInterval = 10 * time.Second
)

// Follower passes each entry of the verdict log, in order, to Apply, and goes on
// after a restart from its cursor. No entry is skipped
// (TestNoEntryIsSkippedOverPages). An entry may be passed again after a crash, or by
// two nodes at once, so what Apply does must be the same the second time. Fill the
// exported fields, then call Run.
type Follower struct {
	Name    string // of the cursor, and in the log
	Log     Entries
	Cursors Cursors // shared by all nodes; nil: the position is this process's own
	Apply   func(ctx context.Context, e models.Entry) error
	MinAge  time.Duration    // entries younger than that are left for later; 0: none
	Clock   func() time.Time // read where MinAge is set
	Logger  *slog.Logger

	// Watch calls grown whenever the database says that the log has grown, until ctx
	// ends; it returns nil at once where the database has no such signal. May be nil.
	Watch func(ctx context.Context, grown func()) error

	wake     work.Signal
	position atomic.Int64 // number of the last entry applied
}

// Entries reads the verdict log.
type Entries interface {
	// Entries returns up to limit entries with numbers above after, in order.
	Entries(ctx context.Context, after int64, limit int) ([]models.Entry, error)
}

// Cursors keeps how far each follower has come: the number of the last entry that
// was applied, 0 before the first. MoveCursor fails with Conflict when the cursor is
// not at from, because another node has moved it.
type Cursors interface {
	Cursor(ctx context.Context, name string) (int64, error)
	MoveCursor(ctx context.Context, name string, from, to int64) error
}

// Wake makes Run look at the log at once.
func (f *Follower) Wake() { f.wake.Wake() }

// Position returns the number of the last entry that this process has applied.
func (f *Follower) Position() int64 { return f.position.Load() }

// Run follows the log until ctx ends, and then returns nil. It looks at the log when
// it is woken, by Wake or by Watch, and every second in any case: a signal may get
// lost. An error is logged, and the same entry tried again a second later.
func (f *Follower) Run(ctx context.Context) error { return f.run(ctx, f.step) }

// run calls step until it reports no more, and again at every signal.
func (f *Follower) run(ctx context.Context, step func(context.Context) (more bool, err error)) error {
	var watching sync.WaitGroup
	defer watching.Wait()
	if f.Watch != nil {
		watching.Go(func() { f.watch(ctx) })
	}
	for ctx.Err() == nil {
		more, err := step(ctx)
		if err != nil && ctx.Err() == nil {
			f.Logger.ErrorContext(ctx, "verdict log not followed", "follower", f.Name, "error", err)
		}
		if !more {
			f.wake.Wait(ctx, work.PollInterval)
		}
	}
	return nil
}

// watch wakes the loop when the database says that the log has grown. While Watch
// fails, the log is polled, and Watch is called again every watchInterval
// (TestALostWatchIsPolledAndBegunAgain).
func (f *Follower) watch(ctx context.Context) {
	var pause work.Signal // never woken: a sleep that ends with ctx
	for ctx.Err() == nil {
		err := f.Watch(ctx, f.wake.Wake)
		if err == nil || ctx.Err() != nil {
			return // the database has no such signal, or ctx has ended
		}
		f.Logger.WarnContext(ctx, "verdict log not watched, polling", "follower", f.Name, "error", err)
		pause.Wait(ctx, watchInterval)
	}
}

// step applies one page of entries, and reports whether there may be more. The
// cursor moves after each entry, not after the page, so that an entry that fails
// does not make the ones before it be applied again.
func (f *Follower) step(ctx context.Context) (more bool, err error) {
	at, err := f.start(ctx)
	if err != nil {
		return false, fmt.Errorf("read cursor %s: %w", f.Name, err)
	}
	entries, err := f.Log.Entries(ctx, at, entryPageSize)
	if err != nil {
		return false, fmt.Errorf("read the verdict log after entry %d: %w", at, err)
	}
	for _, e := range entries {
		if f.MinAge > 0 && f.Clock().Sub(e.At) < f.MinAge {
			return false, nil // those behind it are younger still
		}
		if err := f.Apply(ctx, e); err != nil {
			return false, fmt.Errorf("apply entry %d: %w", e.Seq, err)
		}
		err := f.move(ctx, at, e.Seq)
		if errors.Is(err, models.Conflict) {
			return true, nil // another node has moved the cursor: go on from there
		}
		if err != nil {
			return false, fmt.Errorf("move cursor %s: %w", f.Name, err)
		}
		at = e.Seq
	}
	return len(entries) == entryPageSize, nil
}

// start returns the number of the last entry that was applied.
func (f *Follower) start(ctx context.Context) (int64, error) {
	if f.Cursors == nil {
		return f.position.Load(), nil
	}
	return f.Cursors.Cursor(ctx, f.Name) //nolint:wrapcheck // step says what was tried
}

// move sets the cursor, if it is at from, to the entry that was applied.
func (f *Follower) move(ctx context.Context, from, to int64) error {
	if f.Cursors != nil {
		if err := f.Cursors.MoveCursor(ctx, f.Name, from, to); err != nil {
			return err //nolint:wrapcheck // step says what was tried
		}
	}
	f.position.Store(to)
	return nil
}
