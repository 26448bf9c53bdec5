package intake_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/models"
	"example.org/tocsin/store/storetest"
)

func TestAReportSentOftenIsStoredOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		const senders = 32
		got := make([]models.Report, senders)
		repeated := make([]bool, senders)
		var wg sync.WaitGroup
		for i := range senders {
			wg.Go(func() {
				var err error
				if got[i], repeated[i], err = s.PutReport(t.Context(), storetest.Report(1)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		first := 0
		for i := range senders {
			if !repeated[i] {
				first++
			}
			if diff := cmp.Diff(got[0], got[i]); diff != "" {
				t.Fatalf("two senders got different reports: %s", diff)
			}
		}
		if first != 1 {
			t.Errorf("%d senders were the first, want one", first)
		}
		stored, err := s.Report(t.Context(), storetest.Report(1).ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(got[0], stored); diff != "" {
			t.Errorf("stored is not what was answered: %s", diff)
		}
		if n := storetest.Count(t, s, "reports"); n != 1 {
			t.Errorf("%d reports are stored, want one", n)
		}
	})
}

func TestAnotherReportUnderTheSameKeyIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		if _, _, err := s.PutReport(t.Context(), storetest.Report(1)); err != nil {
			t.Fatal(err)
		}
		other := storetest.Report(1)
		other.Body = "another digest"
		_, _, err := s.PutReport(t.Context(), other)
		if !errors.Is(err, models.Invalid) || code(err) != "idempotency_key_reused" {
			t.Errorf("got %v, want invalid: idempotency_key_reused", err)
		}
	})
}

func TestABatchOfReportsHasOneOutcomeEach(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		if _, _, err := s.PutReport(t.Context(), storetest.Report(1)); err != nil {
			t.Fatal(err)
		}
		other, huge := storetest.Report(1), storetest.Report(3)
		other.Body = "another digest"
		huge.Story = strings.Repeat("x", 2<<20)
		got, err := s.PutReports(t.Context(), []models.Report{
			storetest.Report(0), storetest.Report(1), other, storetest.Report(2), storetest.Report(2), huge,
		})
		if err != nil {
			t.Fatal(err)
		}
		var words []string
		for _, o := range got {
			words = append(words, fmt.Sprintf("%t %t %s", o.Report.ID != "", o.Repeated, code(o.Err)))
		}
		want := []string{
			"true false ", "true true ", "true true idempotency_key_reused", "true false ", "true true ", "false false report_too_large",
		}
		if diff := cmp.Diff(want, words); diff != "" {
			t.Error(diff)
		}
		if n := storetest.Count(t, s, "reports"); n != 3 {
			t.Errorf("%d reports are stored, want 3", n)
		}
	})
}

func TestAReportThatIsNotThereIsNotFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		if _, err := s.Report(t.Context(), "rep_none"); !errors.Is(err, models.NotFound) {
			t.Errorf("got %v, want not found", err)
		}
	})
}

func code(err error) string {
	var e *models.Error
	if errors.As(err, &e) {
		return e.Code
	}
	if err != nil {
		return err.Error()
	}
	return ""
}
