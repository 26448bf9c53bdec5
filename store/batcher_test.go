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
)

// slow is a database on which every write takes a second and odd numbers fail.
type slow struct {
	mu      sync.Mutex
	batches [][]int
}

func (s *slow) write(_ context.Context, items []int) []error {
	s.mu.Lock()
	s.batches = append(s.batches, slices.Clone(items))
	s.mu.Unlock()
	<-time.After(time.Second)
	out := make([]error, len(items))
	for i, n := range items {
		if n%2 == 1 {
			out[i] = models.Bad("", "odd", "")
		}
	}
	return out
}

func (s *slow) sizes() []int {
	var out []int
	for _, b := range s.batches {
		out = append(out, len(b))
	}
	return out
}

func TestABatcherSendsTheFirstAtOnceAndGathersTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := &slow{}
		b := newBatcher(t.Context(), db.write)
		began := time.Now()
		var all sync.WaitGroup
		for n := range batchFlights + 10 {
			all.Go(func() {
				if err := b.do(t.Context(), n); errors.Is(err, models.Invalid) != (n%2 == 1) {
					t.Errorf("item %d got %v, another one's result", n, err)
				}
			})
			synctest.Wait()
		}
		all.Wait()
		want := append(slices.Repeat([]int{1}, batchFlights), 10)
		if got := db.sizes(); !slices.Equal(got, want) {
			t.Errorf("batches of %v, want %v", got, want)
		}
		if got := time.Since(began); got != 2*time.Second {
			t.Errorf("took %v, want two round trips", got)
		}
		synctest.Wait()
		if b.flights != 0 {
			t.Errorf("%d flights are left", b.flights)
		}
	})
}

func TestABatchIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := &slow{}
		b := newBatcher(t.Context(), db.write)
		var all sync.WaitGroup
		for range batchFlights + batchSize + 1 {
			all.Go(func() { _ = b.do(t.Context(), 0) })
			synctest.Wait()
		}
		all.Wait()
		if got, want := slices.Max(db.sizes()), batchSize; got != want {
			t.Errorf("the largest batch holds %d, want %d", got, want)
		}
	})
}

func TestWhoeverHasLeftIsNotTakenAlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := &slow{}
		b := newBatcher(t.Context(), db.write)
		for range batchFlights {
			go func() { _ = b.do(t.Context(), 0) }()
			synctest.Wait()
		}
		short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if err := b.do(short, 2); !errors.Is(err, context.DeadlineExceeded) {
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
		b := newBatcher(t.Context(), (&slow{}).write)
		done := make(chan error, 1)
		go func() { done <- b.do(t.Context(), 0) }()
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
		if err := b.do(t.Context(), 0); !errors.Is(err, models.Unavailable) {
			t.Errorf("a write after close got %v, want unavailable", err)
		}
	})
}

func TestTooManyWaitingAreRefused(t *testing.T) {
	b := newBatcher(t.Context(), (&slow{}).write)
	b.flights = batchFlights
	b.waiting = make([]*passenger[int], batchWaiting)
	if err := b.do(t.Context(), 0); !errors.Is(err, models.Unavailable) {
		t.Errorf("got %v, want unavailable", err)
	}
}
