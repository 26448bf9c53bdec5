package verdictlog

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/work"
)

// watchInterval is how long the log is only polled after Watch has failed.
const watchInterval = 10 * time.Second

// Log is the verdict log as one node follows it. Fill the exported fields, call
// Follow for everything that must hear of changes, then Run. It is also the collector
// of the followers' metrics.
type Log struct {
	Entries Entries
	Cursors Cursors // may be nil where every follower has a position of its own
	Logger  *slog.Logger
	Clock   func() time.Time

	// Watch calls grown whenever the database says that the log has grown, until ctx
	// ends; it returns nil at once where the database has no such signal. May be nil.
	// There is one for all followers (TestOneWatchWakesEveryFollower).
	Watch func(ctx context.Context, grown func()) error

	followers []*Follower
	head      atomic.Int64 // the highest number that was read
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

// FollowOptions says how a follower reads the log. The zero value: every entry at
// once, without its redacted changes, from a cursor that all nodes share.
type FollowOptions struct {
	Own      bool          // the position is this process's own, 0 at its start; else the cursor of the follower's name
	MinAge   time.Duration // entries younger than that are left for later; 0: none
	Redacted bool          // pass changes without their value too (models.Change.Redacted): the hash is over them all
}

// Follow adds a follower: from Run on, apply is called with each entry of the log, in
// order, by one goroutine at a time. The name is that of the cursor, in the log and in
// the metrics; it is stored, so it never changes. Call it before Run.
//
// An entry may be passed again after a crash, or by two nodes at once, so what apply
// does must be the same the second time. One that fails or panics is passed again.
func (l *Log) Follow(name string, apply func(ctx context.Context, e models.Entry) error, o FollowOptions) *Follower {
	f := &Follower{log: l, name: name, apply: apply, options: o}
	l.followers = append(l.followers, f)
	return f
}

// Wake makes every follower look at the log at once.
func (l *Log) Wake() {
	for _, f := range l.followers {
		f.wake.Wake()
	}
}

// Run runs every follower until ctx ends, and then returns nil. They look at the log
// when they are woken, by Wake or by Watch, and every second in any case: a signal may
// get lost.
func (l *Log) Run(ctx context.Context) error {
	var running sync.WaitGroup
	if l.Watch != nil {
		running.Go(func() { l.watch(ctx) })
	}
	for _, f := range l.followers {
		running.Go(func() { f.run(ctx) })
	}
	running.Wait()
	return nil
}

// watch wakes the followers when the database says that the log has grown. While Watch
// fails, the log is polled, and Watch is called again every watchInterval
// (TestALostWatchIsPolledAndBegunAgain).
func (l *Log) watch(ctx context.Context) {
	var pause work.Signal // never woken: a sleep that ends with ctx
	for ctx.Err() == nil {
		err := work.Safely(func() error { return l.Watch(ctx, l.Wake) })
		if err == nil || ctx.Err() != nil {
			return // the database has no such signal, or ctx has ended
		}
		l.Logger.WarnContext(ctx, "verdict log not watched, polling", "error", err)
		pause.Wait(ctx, watchInterval)
	}
}

// noteHead remembers that the log has an entry of that number.
func (l *Log) noteHead(seq int64) {
	for known := l.head.Load(); seq > known; known = l.head.Load() {
		if l.head.CompareAndSwap(known, seq) {
			return
		}
	}
}
