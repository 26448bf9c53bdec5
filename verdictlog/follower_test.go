package verdictlog_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/models"
	"example.org/tocsin/verdictlog"
	"example.org/tocsin/work"
)

// cursors keeps one cursor in memory, as the store keeps it.
type cursors struct {
	mu    sync.Mutex
	at    int64
	fails []error // of the next calls, in order; nil: that call succeeds
}

func (c *cursors) nextFailure() error {
	if len(c.fails) == 0 {
		return nil
	}
	err := c.fails[0]
	c.fails = c.fails[1:]
	return err
}

func (c *cursors) Cursor(context.Context, string) (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at, c.nextFailure()
}

func (c *cursors) MoveCursor(_ context.Context, _ string, from, to int64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.nextFailure(); err != nil {
		return err
	}
	if c.at != from {
		return &models.Error{Kind: models.Conflict, Code: "cursor_moved"}
	}
	c.at = to
	return nil
}

// set moves the cursor as another node does.
func (c *cursors) set(at int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

func (c *cursors) position() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// recorder records the entries that are passed to its apply.
type recorder struct {
	mu   sync.Mutex
	seqs []int64
	do   func(seq int64) error // nil: nothing
}

func (r *recorder) apply(_ context.Context, e models.Entry) error {
	r.mu.Lock()
	r.seqs = append(r.seqs, e.Seq)
	r.mu.Unlock()
	if r.do == nil {
		return nil
	}
	return r.do(e.Seq)
}

// want checks which entries were passed so far.
func (r *recorder) want(t *testing.T, when string, seqs ...int64) {
	t.Helper()
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	if diff := cmp.Diff(seqs, r.seqs); diff != "" {
		t.Errorf("entries applied %s (-want +got):\n%s", when, diff)
	}
}

// grow adds n entries to a log.
func (h *history) grow(n int) {
	for range n {
		h.add(changeTo("+12025550100", 1, models.Danger))
	}
}

// numbers returns 1 to n.
func numbers(n int) []int64 {
	all := make([]int64, n)
	for i := range all {
		all[i] = int64(i + 1)
	}
	return all
}

// start runs a follower of h until the test ends; change may alter the log and the options. Without cursors its position is
// its own.
func start(
	t *testing.T, h *history, c verdictlog.Cursors, r *recorder, change ...func(*verdictlog.Log, *verdictlog.FollowOptions),
) (*verdictlog.Log, *verdictlog.Follower) {
	t.Helper()
	l := &verdictlog.Log{Entries: h, Cursors: c, Clock: time.Now, Logger: slog.New(slog.DiscardHandler)}
	options := verdictlog.FollowOptions{Own: c == nil}
	for _, set := range change {
		set(l, &options)
	}
	f := l.Follow("test", r.apply, options)
	run(t, l)
	return l, f
}

// run runs a log until the test ends.
func run(t *testing.T, l *verdictlog.Log) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- l.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("Run = %v, want nil at the end", err)
		}
	})
}

// pass lets d of the bubble's time pass.
func pass(d time.Duration) { <-time.After(d) }

func TestNoEntryIsSkippedOverPages(t *testing.T) {
	for _, entries := range []int{0, 1, verdictlog.EntryPageSize, 3*verdictlog.EntryPageSize + 2} {
		synctest.Test(t, func(t *testing.T) {
			h, c, r := &history{}, &cursors{}, &recorder{}
			h.grow(entries)
			l, f := start(t, h, c, r)
			var want []int64
			if entries > 0 {
				want = numbers(entries)
			}
			r.want(t, "at once", want...) // no time passes: pages wait for no poll
			if f.Position() != int64(entries) || c.position() != int64(entries) {
				t.Errorf("position %d, cursor %d, want %d", f.Position(), c.position(), entries)
			}
			again := &recorder{}
			start(t, h, c, again)
			again.want(t, "by one that starts at the same cursor")
			h.grow(1)
			l.Wake()
			r.want(t, "when woken", numbers(entries+1)...)
		})
	}
}

func TestAFollowerWithoutCursorsStartsAtTheFirstEntry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &history{}
		h.grow(2)
		for range 2 {
			r := &recorder{}
			_, f := start(t, h, nil, r)
			r.want(t, "at the start", 1, 2)
			if f.Position() != 2 {
				t.Errorf("position %d, want 2", f.Position())
			}
		}
	})
}

func TestAFailedApplyIsTriedAgainAndTheCursorStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, c, left := &history{}, &cursors{}, 2
		r := &recorder{do: func(seq int64) error {
			if seq == 3 && left > 0 {
				left--
				return errors.New("the store is unavailable")
			}
			return nil
		}}
		h.grow(4)
		start(t, h, c, r)
		r.want(t, "at once", 1, 2, 3)
		if c.position() != 2 {
			t.Errorf("cursor %d after the first failure, want 2", c.position())
		}
		pass(work.PollInterval)
		r.want(t, "a second later", 1, 2, 3, 3)
		if c.position() != 2 {
			t.Errorf("cursor %d after the second failure, want 2", c.position())
		}
		pass(work.PollInterval)
		r.want(t, "two seconds later", 1, 2, 3, 3, 3, 4)
		if c.position() != 4 {
			t.Errorf("cursor %d at the end, want 4", c.position())
		}
	})
}

func TestACursorThatCannotBeReadOrMovedIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		unavailable := &models.Error{Kind: models.Unavailable}
		h, r := &history{}, &recorder{}
		c := &cursors{fails: []error{unavailable, nil, unavailable}} // a read; a read, and a move
		h.grow(2)
		start(t, h, c, r)
		r.want(t, "while the cursor cannot be read")
		pass(work.PollInterval)
		r.want(t, "while it cannot be moved", 1)
		if c.position() != 0 {
			t.Errorf("cursor %d, want 0", c.position())
		}
		pass(work.PollInterval)
		r.want(t, "when all is well", 1, 1, 2)
	})
}

func TestAConflictGoesOnWhereTheOtherNodeStands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, c := &history{}, &cursors{}
		r := &recorder{do: func(seq int64) error {
			if seq == 1 {
				c.set(4) // another node applies entries 1 to 4 meanwhile
			}
			return nil
		}}
		h.grow(6)
		_, f := start(t, h, c, r)
		r.want(t, "at once", 1, 5, 6)
		if f.Position() != 6 || c.position() != 6 {
			t.Errorf("position %d, cursor %d, want 6", f.Position(), c.position())
		}
	})
}

func TestTwoNodesOnOneCursorSkipNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const entries = 40
		h, c := &history{}, &cursors{}
		h.grow(entries)
		var nodes []*recorder
		for i := range 2 {
			r := &recorder{do: func(seq int64) error {
				pass(time.Duration(1+(seq+int64(i))%3) * time.Millisecond) // now one is faster, now the other
				return nil
			}}
			nodes = append(nodes, r)
			start(t, h, c, r)
		}
		pass(time.Minute)
		synctest.Wait()
		if c.position() != entries {
			t.Errorf("cursor %d, want %d", c.position(), entries)
		}
		var all []int64
		for i, r := range nodes {
			if !slices.IsSorted(r.seqs) {
				t.Errorf("node %d has applied %v, want them in order", i, r.seqs)
			}
			all = append(all, r.seqs...)
		}
		slices.Sort(all)
		if diff := cmp.Diff(numbers(entries), slices.Compact(all)); diff != "" {
			t.Errorf("entries applied by either (-want +got):\n%s", diff)
		}
	})
}

func TestAnEntryYoungerThanTheMinimumAgeIsLeftForLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, c, r := &history{}, &cursors{}, &recorder{}
		h.grow(1)
		start(t, h, c, r, func(_ *verdictlog.Log, o *verdictlog.FollowOptions) { o.MinAge = 30 * time.Second })
		pass(20 * time.Second)
		h.grow(1)
		pass(9 * time.Second)
		r.want(t, "before either is old enough")
		pass(2 * time.Second)
		r.want(t, "when the first is old enough", 1)
		if c.position() != 1 {
			t.Errorf("cursor %d, want 1", c.position())
		}
		pass(20 * time.Second)
		r.want(t, "when both are", 1, 2)
	})
}
