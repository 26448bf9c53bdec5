package store

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/work"
)

// slowDB is a database on which every write takes a second and odd numbers fail.
type slowDB struct {
	mu      sync.Mutex
	batches [][]int
}

func (s *slowDB) write(_ context.Context, items []int) []error {
	s.mu.Lock()
	s.batches = append(s.batches, slices.Clone(items))
	s.mu.Unlock()
	<-time.After(time.Second)
	out := make([]error, len(items))
	for i, n := range items {
		if n%2 == 1 {
			out[i] = models.NewInvalid("", "odd", "")
		}
	}
	return out
}

func (s *slowDB) sizes() []int {
	var out []int
	for _, b := range s.batches {
		out = append(out, len(b))
	}
	return out
}

func TestABatcherSendsTheFirstAtOnceAndGathersTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := &slowDB{}
		b := newBatcher(t.Context(), db.write)
		began := time.Now()
		var wg sync.WaitGroup
		for n := range maxInFlight + 10 {
			wg.Go(func() {
				if err := b.Do(t.Context(), n); errors.Is(err, models.Invalid) != (n%2 == 1) {
					t.Errorf("item %d got %v, another one's result", n, err)
				}
			})
			synctest.Wait()
		}
		wg.Wait()
		want := append(slices.Repeat([]int{1}, maxInFlight), 10)
		if got := db.sizes(); !slices.Equal(got, want) {
			t.Errorf("batches of %v, want %v", got, want)
		}
		if got := time.Since(began); got != 2*time.Second {
			t.Errorf("took %v, want two round trips", got)
		}
		synctest.Wait()
		if b.inFlight != 0 {
			t.Errorf("%d writes are still under way", b.inFlight)
		}
	})
}

func TestABatchIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := &slowDB{}
		b := newBatcher(t.Context(), db.write)
		var wg sync.WaitGroup
		for range maxInFlight + maxBatchSize + 1 {
			wg.Go(func() { _ = b.Do(t.Context(), 0) })
			synctest.Wait()
		}
		wg.Wait()
		if got, want := slices.Max(db.sizes()), maxBatchSize; got != want {
			t.Errorf("the largest batch holds %d, want %d", got, want)
		}
	})
}

func TestWhoeverHasLeftIsNotTakenAlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := &slowDB{}
		b := newBatcher(t.Context(), db.write)
		for range maxInFlight {
			go func() { _ = b.Do(t.Context(), 0) }()
			synctest.Wait()
		}
		short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if err := b.Do(short, 2); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the deadline", err)
		}
		if err := b.close(t.Context()); err != nil {
			t.Error(err)
		}
		if got := slices.Concat(db.batches...); slices.Contains(got, 2) {
			t.Errorf("wrote %v, with the item that nobody waits for", got)
		}
	})
}

func TestAClosedBatcherFinishesAndRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBatcher(t.Context(), (&slowDB{}).write)
		done := make(chan error, 1)
		go func() { done <- b.Do(t.Context(), 0) }()
		synctest.Wait()
		if err := b.close(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // no time passes here
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("the write under way got %v", err)
			}
		default:
			t.Error("close did not wait for the write under way")
		}
		if err := b.Do(t.Context(), 0); !errors.Is(err, models.Unavailable) {
			t.Errorf("a write after close got %v, want unavailable", err)
		}
	})
}

func TestTooManyWaitingAreRefused(t *testing.T) {
	b := newBatcher(t.Context(), (&slowDB{}).write)
	b.inFlight = maxInFlight
	b.waiting = make([]*waiter[int], maxWaiting)
	if err := b.Do(t.Context(), 0); !errors.Is(err, models.Unavailable) {
		t.Errorf("got %v, want unavailable", err)
	}
}

func TestAPanicInABatchIsTheErrorOfEachItem(t *testing.T) {
	b := newBatcher(t.Context(), func(_ context.Context, items []int) []error {
		if items[0] == 1 {
			panic("one bad value")
		}
		return make([]error, len(items))
	})
	if err := b.Do(t.Context(), 1); !work.Panicked(err) {
		t.Errorf("the item that panics got %v", err)
	}
	if err := b.Do(t.Context(), 2); err != nil {
		t.Errorf("the next item got %v", err)
	}
}
