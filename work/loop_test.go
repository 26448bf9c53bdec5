package work

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.org/tocsin/models"
)

// memory is a queue in memory with the rules of the store's: leases, fences, faults.
type memory struct {
	mu    sync.Mutex
	items map[string]*item
}

type item struct {
	lease  models.Lease
	due    time.Time
	done   bool
	parked bool
	reason string
}

func queueOf(ids ...string) *memory {
	m := &memory{items: map[string]*item{}}
	for _, id := range ids {
		m.items[id] = &item{lease: models.Lease{ID: id}}
	}
	return m
}

func (m *memory) claim(_ context.Context, n int, lease time.Duration, now time.Time) ([]models.Claimed[string], error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []models.Claimed[string]
	ids := make([]string, 0, len(m.items))
	for id := range m.items {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		i := m.items[id]
		if len(out) == n || i.done || i.parked || i.due.After(now) {
			continue
		}
		i.lease.Fence, i.lease.Tries, i.lease.Faults, i.due = i.lease.Fence+1, i.lease.Tries+1, i.lease.Faults+1, now.Add(lease)
		out = append(out, models.Claimed[string]{Lease: i.lease, Work: id})
	}
	return out, nil
}

func (m *memory) release(_ context.Context, l models.Lease, r models.Release) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := m.items[l.ID]
	if i.lease.Fence != l.Fence {
		return &models.Error{Kind: models.Stale}
	}
	i.due, i.parked, i.reason, i.lease.Faults = r.Due, r.Park, r.Reason, r.Faults
	return nil
}

func (m *memory) finish(batch []models.Claimed[string]) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range batch {
		m.items[c.Work].done = true
	}
}

// tries returns how often pieces were claimed.
func (m *memory) tries() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, i := range m.items {
		n += i.lease.Tries
	}
	return n
}

// loop returns a loop over the queue that does each batch by do and then finishes it.
func (m *memory) loop(batch int, do func(ids []string) error) *Loop[string] {
	return &Loop[string]{
		Name: "test", Workers: 1, Batch: batch, Lease: 20 * time.Second, Claim: m.claim, Release: m.release,
		Signal: new(Signal), Totals: new(Totals), Clock: time.Now, Logger: slog.New(slog.DiscardHandler),
		Do: func(_ context.Context, claimed []models.Claimed[string]) error {
			var ids []string
			for _, c := range claimed {
				ids = append(ids, c.Work)
			}
			if err := do(ids); err != nil {
				return err
			}
			m.finish(claimed)
			return nil
		},
	}
}

// runFor runs the loop for a time of the bubble.
func runFor(t *testing.T, l *Loop[string], d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if err := l.Run(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestALoopClaimsWhenWokenAndEverySecondAndFinishesWhatItBegan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := queueOf()
		var done atomic.Int64
		l := m.loop(1, func([]string) error {
			work := time.NewTimer(10 * time.Second)
			<-work.C
			done.Add(1)
			return nil
		})
		l.Workers = 2
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- l.Run(ctx) }()
		synctest.Wait()
		m.mu.Lock()
		for _, id := range []string{"a", "b", "c"} {
			m.items[id] = &item{lease: models.Lease{ID: id}}
		}
		m.mu.Unlock()
		l.Signal.Wake()
		synctest.Wait()
		if begun := m.tries(); begun != 2 {
			t.Errorf("%d begun with two workers as soon as it is woken, want 2", begun)
		}
		time.AfterFunc(10*time.Second+time.Millisecond, cancel)
		if err := <-ended; err != nil || done.Load() != 3 {
			t.Errorf("%d done at the end, %v; want 3: what was begun is finished", done.Load(), err)
		}
	})
}

func TestALoopPollsEverySecondAlsoAfterAFailedClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var claims atomic.Int64
		l := queueOf().loop(1, nil)
		l.Claim = func(context.Context, int, time.Duration, time.Time) ([]models.Claimed[string], error) {
			if claims.Add(1)%2 == 0 {
				panic("a claim panics")
			}
			return nil, errors.New("the store is unavailable")
		}
		runFor(t, l, 10*PollInterval+PollInterval/2)
		if got := claims.Load(); got != 11 {
			t.Errorf("%d claims in ten and a half seconds, want 11", got)
		}
	})
}

func TestALoopClaimsNothingWhileItPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var done atomic.Int64
		ready := time.Now().Add(10 * time.Second)
		l := queueOf("a").loop(1, func([]string) error {
			if time.Now().Before(ready) {
				t.Error("claimed while it pauses")
			}
			done.Add(1)
			return nil
		})
		l.Pause = func() time.Duration { return time.Until(ready) }
		runFor(t, l, 11*time.Second)
		if done.Load() != 1 {
			t.Errorf("%d done after the pause, want 1", done.Load())
		}
	})
}

func TestOnePieceThatCannotBeDoneHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := queueOf("a", "b", "c", "d", "poison", "x", "y")
		l := m.loop(7, func(ids []string) error {
			if slices.Contains(ids, "poison") {
				panic("what somebody wrote")
			}
			return nil
		})
		runFor(t, l, time.Second)
		for id, i := range m.items {
			if i.done != (id != "poison") {
				t.Errorf("%s: done %v after a second", id, i.done)
			}
		}
		runFor(t, l, time.Hour)
		p := m.items["poison"]
		if !p.parked || p.reason != "panic" || p.lease.Tries != MaxFaults {
			t.Errorf("parked %v with reason %q after %d tries, want by panic after %d", p.parked, p.reason, p.lease.Tries, MaxFaults)
		}
		totals := l.Totals.Snapshot()
		if totals[Total{"test", "panicked"}] != MaxFaults || totals[Total{"test", "parked"}] != 1 || totals[Total{"test", "done"}] != 6 {
			t.Errorf("totals are %v", totals)
		}
	})
}

func TestWhatGoesAwayByItselfIsTriedUntilTheLeaseEndsAndCountsAsNoFault(t *testing.T) {
	for _, kind := range []models.ErrorKind{models.Unavailable, models.Conflict, models.RateLimited} {
		synctest.Test(t, func(t *testing.T) {
			m, tries := queueOf("a"), 0
			back := time.Now().Add(5 * time.Minute)
			l := m.loop(1, func([]string) error {
				if tries++; time.Now().Before(back) {
					return fmt.Errorf("put: %w", &models.Error{Kind: kind})
				}
				return nil
			})
			runFor(t, l, 6*time.Minute)
			i := m.items["a"]
			if !i.done || i.parked || i.lease.Faults > 1 {
				t.Errorf("%v: done %v, parked %v, %d faults after five minutes of outage", kind, i.done, i.parked, i.lease.Faults)
			}
			if tries < 250 || i.lease.Tries > 20 {
				t.Errorf("%v: %d tries in %d leases, want one a second and few leases", kind, tries, i.lease.Tries)
			}
		})
	}
}

func TestALostLeaseIsLeftToTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := queueOf("a")
		l := m.loop(1, func([]string) error { return &models.Error{Kind: models.Stale} })
		runFor(t, l, time.Second)
		if i := m.items["a"]; i.parked || i.reason != "" || l.Totals.Snapshot()[Total{"test", "lost"}] != 1 {
			t.Errorf("%+v, %v", *i, l.Totals.Snapshot())
		}
	})
}

func TestWorkThatEndsTheProcessIsParkedAndItsNeighboursAreDone(t *testing.T) {
	m := queueOf("a", "b", "c", "killer", "d", "e")
	now := time.Now()
	for restart := range 40 {
		l := m.loop(10, nil)
		l.Clock = func() time.Time { return now }
		batches, _, err := l.claim(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(batches) == 0 {
			t.Logf("nothing is claimed any more after %d restarts", restart)
		}
		for _, b := range batches { // no recover can help: what follows is as if the process had ended
			if slices.ContainsFunc(b, func(c models.Claimed[string]) bool { return c.Work == "killer" }) {
				break
			}
			m.finish(b)
		}
		now = now.Add(time.Minute) // the leases run out
	}
	for id, i := range m.items {
		if i.parked != (id == "killer") || i.done == i.parked {
			t.Errorf("%s: parked %v, done %v", id, i.parked, i.done)
		}
	}
}

func TestAPanicIsAnErrorThatTellsWhereAndNotWhat(t *testing.T) {
	err := Safely(func() error { panic("my account is 123") })
	if !Panicked(err) || models.CodeOf(err) != "panic" {
		t.Fatalf("the error is %v", err)
	}
	for text, want := range map[string]bool{"loop_test.go": true, "123": false} {
		if got := strings.Contains(err.Error(), text); got != want {
			t.Errorf("the error holds %q: %v, want %v", text, got, want)
		}
	}
}

func TestWhatIsDoneEverySoOftenGoesOnAfterAPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls, totals := 0, new(Totals)
		ctx, cancel := context.WithTimeout(t.Context(), 9*time.Second)
		defer cancel()
		e := Every{Name: "sweep", Interval: 2 * time.Second, Totals: totals, Logger: slog.New(slog.DiscardHandler)}
		e.Do = func(context.Context) error {
			if calls++; calls == 2 {
				panic("once")
			}
			return nil
		}
		if err := e.Run(ctx); err != nil || calls != 5 || totals.Snapshot()[Total{"sweep", "panicked"}] != 1 {
			t.Errorf("%d calls in nine seconds, %v, %v", calls, err, totals.Snapshot())
		}
	})
}
