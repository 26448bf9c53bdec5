package notify_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/store/storetest"
)

func putFanOutJob(t *testing.T, s *storetest.Database) {
	t.Helper()
	if err := s.PutFanOutJobs(t.Context(), []models.FanOutJob{storetest.FanOutJob(1)}); err != nil {
		t.Fatal(err)
	}
}

// claimFanOutJob claims at a time when every job is due that no lease holds.
func claimFanOutJob(t *testing.T, s *storetest.Database) (models.Claimed[models.FanOutJob], bool) {
	t.Helper()
	got, err := s.ClaimFanOutJobs(t.Context(), 10, storetest.Lease, time.Now().Add(time.Second))
	if err != nil || len(got) > 1 {
		t.Fatalf("claimed %d, %v", len(got), err)
	}
	if len(got) == 0 {
		return models.Claimed[models.FanOutJob]{}, false
	}
	return got[0], true
}

func TestAFanOutJobThatNobodyRepeatedIsDone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		putFanOutJob(t, s)
		putFanOutJob(t, s) // before the run: one run does for both
		run, ok := claimFanOutJob(t, s)
		if !ok || run.Work.Requests != 2 || run.Work.Signature != "sig_1" || run.Work.Rev != 1 || !run.Work.Since.IsZero() {
			t.Fatalf("claimed %+v", run)
		}
		if err := s.FinishFanOutJob(t.Context(), run.Lease, run.Work.Requests, models.FanOutProgress{Since: storetest.Epoch()}); err != nil {
			t.Fatal(err)
		}
		if again, ok := claimFanOutJob(t, s); ok {
			t.Errorf("claimed %+v, which is done", again)
		}
	})
}

func TestAFanOutJobRepeatedDuringItsRunStaysOpenFromWhereItIs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		putFanOutJob(t, s)
		run, _ := claimFanOutJob(t, s)
		putFanOutJob(t, s)
		if again, ok := claimFanOutJob(t, s); ok {
			t.Fatalf("claimed %+v while it is being run", again)
		}
		if err := s.FinishFanOutJob(t.Context(), run.Lease, run.Work.Requests, models.FanOutProgress{Since: storetest.Epoch()}); err != nil {
			t.Fatal(err)
		}
		second, ok := claimFanOutJob(t, s)
		if !ok || second.Work.Requests != 2 || !second.Work.Since.Equal(storetest.Epoch()) || second.Lease.Tries != 1 {
			t.Fatalf("the second run is %+v, want one since the first", second)
		}
		if err := s.FinishFanOutJob(t.Context(), run.Lease, 2, models.FanOutProgress{Since: storetest.Epoch()}); !errors.Is(err, models.Stale) {
			t.Errorf("the first run's late finish got %v, want stale", err)
		}
	})
}

func TestAFanOutJobThatIsDoneOpensAgainFromWhereItWas(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		putFanOutJob(t, s)
		run, _ := claimFanOutJob(t, s)
		if err := s.FinishFanOutJob(t.Context(), run.Lease, run.Work.Requests, models.FanOutProgress{Since: storetest.Epoch()}); err != nil {
			t.Fatal(err)
		}
		putFanOutJob(t, s)
		second, ok := claimFanOutJob(t, s)
		if !ok || !second.Work.Since.Equal(storetest.Epoch()) || second.Lease.Fence != run.Lease.Fence+1 {
			t.Errorf("claimed %+v, %v, want a run since the first", second, ok)
		}
	})
}

// TestNoFanOutJobIsLostBetweenPuttingAndFinishing holds the promise of
// PutFanOutJobs: after every request a run begins.
func TestNoFanOutJobIsLostBetweenPuttingAndFinishing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		var put, requested atomic.Int64 // requested: the last count that a run began with
		stop := make(chan struct{})
		var worker, producers sync.WaitGroup
		work := func() bool {
			got, err := s.ClaimFanOutJobs(t.Context(), 1, storetest.Lease, time.Now().Add(time.Second))
			if err != nil || len(got) == 0 {
				return false
			}
			requested.Store(got[0].Work.Requests)
			done := models.FanOutProgress{Since: storetest.Epoch()}
			if err := s.FinishFanOutJob(t.Context(), got[0].Lease, got[0].Work.Requests, done); err != nil {
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
			producers.Go(func() {
				for range 15 {
					if err := s.PutFanOutJobs(t.Context(), []models.FanOutJob{storetest.FanOutJob(1)}); err != nil {
						t.Error(err)
					}
					put.Add(1)
				}
			})
		}
		producers.Wait()
		close(stop)
		worker.Wait()
		for work() {
		}
		if requested.Load() != put.Load() {
			t.Errorf("the last run began at %d requests, %d were put", requested.Load(), put.Load())
		}
	})
}
