package store_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/store"
	"example.org/tocsin/store/storetest"
)

func ask(rev int64) models.Ask {
	return models.Ask{ID: models.AskID("sig_1", rev), Signature: "sig_1", Rev: rev}
}

func putAsk(t *testing.T, s *store.Store) {
	t.Helper()
	if err := s.PutAsks(t.Context(), []models.Ask{ask(1)}); err != nil {
		t.Fatal(err)
	}
}

// claimAsk claims at a time when every ask is due that no lease holds.
func claimAsk(t *testing.T, s *store.Store) (models.Claimed[models.Ask], bool) {
	t.Helper()
	got, err := s.ClaimAsks(t.Context(), 10, lease, time.Now().Add(time.Second))
	if err != nil || len(got) > 1 {
		t.Fatalf("claimed %d, %v", len(got), err)
	}
	if len(got) == 0 {
		return models.Claimed[models.Ask]{}, false
	}
	return got[0], true
}

func TestAnAskThatNobodyRepeatedIsDone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		putAsk(t, s)
		putAsk(t, s) // before the round: one round does for both
		round, ok := claimAsk(t, s)
		if !ok || round.Work.Asks != 2 || round.Work.Signature != "sig_1" || round.Work.Rev != 1 || !round.Work.Since.IsZero() {
			t.Fatalf("claimed %+v", round)
		}
		if err := s.FinishAsk(t.Context(), round.Lease, round.Work.Asks, epoch); err != nil {
			t.Fatal(err)
		}
		if again, ok := claimAsk(t, s); ok {
			t.Errorf("claimed %+v, which is done", again)
		}
	})
}

func TestAnAskRepeatedDuringItsRoundStaysOpenFromWhereItIs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		putAsk(t, s)
		round, _ := claimAsk(t, s)
		putAsk(t, s)
		if again, ok := claimAsk(t, s); ok {
			t.Fatalf("claimed %+v while it is worked", again)
		}
		if err := s.FinishAsk(t.Context(), round.Lease, round.Work.Asks, epoch); err != nil {
			t.Fatal(err)
		}
		second, ok := claimAsk(t, s)
		if !ok || second.Work.Asks != 2 || !second.Work.Since.Equal(epoch) || second.Lease.Tries != 1 {
			t.Fatalf("the second round is %+v, want one since the first", second)
		}
		if err := s.FinishAsk(t.Context(), round.Lease, 2, epoch); !errors.Is(err, models.Stale) {
			t.Errorf("the first round's late finish got %v, want stale", err)
		}
	})
}

func TestAnAskThatIsDoneOpensAgainFromWhereItWas(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		putAsk(t, s)
		round, _ := claimAsk(t, s)
		if err := s.FinishAsk(t.Context(), round.Lease, round.Work.Asks, epoch); err != nil {
			t.Fatal(err)
		}
		putAsk(t, s)
		second, ok := claimAsk(t, s)
		if !ok || !second.Work.Since.Equal(epoch) || second.Lease.Fence != round.Lease.Fence+1 {
			t.Errorf("claimed %+v, %v, want a round since the first", second, ok)
		}
	})
}

// TestNoAskIsLostBetweenPuttingAndFinishing holds the promise of PutAsks: after
// every ask a round begins.
func TestNoAskIsLostBetweenPuttingAndFinishing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var put, asked atomic.Int64 // asked: the last count that a round began with
		stop := make(chan struct{})
		var worker, askers sync.WaitGroup
		work := func() bool {
			got, err := s.ClaimAsks(t.Context(), 1, lease, time.Now().Add(time.Second))
			if err != nil || len(got) == 0 {
				return false
			}
			asked.Store(got[0].Work.Asks)
			if err := s.FinishAsk(t.Context(), got[0].Lease, got[0].Work.Asks, epoch); err != nil {
				t.Error(err)
			}
			return true
		}
		worker.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					work()
				}
			}
		})
		for range 4 {
			askers.Go(func() {
				for range 15 {
					if err := s.PutAsks(t.Context(), []models.Ask{ask(1)}); err != nil {
						t.Error(err)
					}
					put.Add(1)
				}
			})
		}
		askers.Wait()
		close(stop)
		worker.Wait()
		for work() {
		}
		if asked.Load() != put.Load() {
			t.Errorf("the last round began at %d asks, %d were put", asked.Load(), put.Load())
		}
	})
}
