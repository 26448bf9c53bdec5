package intake_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/store/storetest"
)

// claimReviews claims the reviews that are due a time after Epoch.
func claimReviews(t *testing.T, s *storetest.Database, after time.Duration) []models.Claimed[models.Review] {
	t.Helper()
	got, err := s.ClaimReviews(t.Context(), 100, storetest.Lease, storetest.Epoch().Add(after))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func putReview(t *testing.T, s *storetest.Database, id string, after time.Duration) {
	t.Helper()
	if err := s.PutReviews(t.Context(), []models.Review{{ID: id, Due: storetest.Epoch().Add(after)}}); err != nil {
		t.Fatal(err)
	}
}

func TestAReviewIsDueAtTheEarliestOfItsTimes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		var putting sync.WaitGroup
		for n := range 8 {
			putting.Go(func() { putReview(t, s, "sig_1", time.Duration(3+n*5%8)*time.Hour) })
		}
		putting.Wait()
		if got := claimReviews(t, s, 2*time.Hour); len(got) != 0 {
			t.Errorf("%d reviews are due before the first of its times", len(got))
		}
		got := claimReviews(t, s, 3*time.Hour)
		if len(got) != 1 || got[0].Work.ID != "sig_1" {
			t.Fatalf("claimed %+v, want the review", got)
		}
		next := storetest.Epoch().Add(100 * time.Hour)
		if err := s.FinishReviews(t.Context(), []models.Reviewed{{Lease: got[0].Lease, Next: next}}); err != nil {
			t.Fatal(err)
		}
		if got := claimReviews(t, s, 99*time.Hour); len(got) != 0 {
			t.Errorf("%d reviews are due before the next time", len(got))
		}
		again := claimReviews(t, s, 100*time.Hour)
		if len(again) != 1 || again[0].Lease.Tries != 1 {
			t.Fatalf("claimed %+v, want the review at its first try", again)
		}
		if err := s.FinishReviews(t.Context(), []models.Reviewed{{Lease: again[0].Lease}}); err != nil {
			t.Fatal(err)
		}
		if got := claimReviews(t, s, 1e6*time.Hour); len(got) != 0 {
			t.Errorf("a closed review is claimed")
		}
		putReview(t, s, "sig_1", 2e6*time.Hour) // opened again, later than before
		if got := claimReviews(t, s, 1e6*time.Hour); len(got) != 0 {
			t.Errorf("a review is due before its time")
		}
		if got := claimReviews(t, s, 2e6*time.Hour); len(got) != 1 {
			t.Errorf("claimed %d reviews, want the one that was opened again", len(got))
		}
	})
}

func TestAReviewThatIsPutDuringAReviewIsNotLost(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		for n := range 3 {
			putReview(t, s, fmt.Sprint("sig_", n), 0)
		}
		claimed := claimReviews(t, s, 0)
		putReview(t, s, "sig_1", time.Hour)
		done := make([]models.Reviewed, len(claimed))
		for i, c := range claimed {
			done[i].Lease = c.Lease
		}
		if err := s.FinishReviews(t.Context(), done); !errors.Is(err, models.Stale) {
			t.Errorf("finished with %v, want stale", err)
		}
		if got := claimReviews(t, s, 2*time.Hour); len(got) != 1 || got[0].Work.ID != "sig_1" {
			t.Errorf("claimed %+v, want the one that was put meanwhile", got)
		}
	})
}
