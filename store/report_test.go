package store_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/models"
	"example.org/tocsin/store/storetest"
)

var epoch = time.Date(2026, 3, 4, 5, 6, 7, 890_000_000, time.UTC)

// report returns a made-up report with everything filled in.
func report(n int) models.Report {
	return models.Report{
		ID: models.ReportID("dev_1", fmt.Sprint(n)), Body: "digest", Reporter: "pseudonym", Witness: "pseudonym",
		Channel: models.ChannelApp, Agent: "Ada", At: epoch.Add(123 * time.Microsecond), Received: epoch, Region: "GB", Language: "en",
		Findings: []models.Finding{
			{Indicator: models.Indicator{Kind: models.Phone, Value: "+12025550100"}, Where: "indicators/0"},
			{Indicator: models.Indicator{Kind: models.URL, Value: "evil.example/pay"}, Where: "message", Span: &models.Span{Start: 3, End: 20}},
		},
		Message: &models.Message{Text: "Pay at evil.example/pay", Sender: "BANK", Via: "sms"},
		Story:   "They called me.",
		Harm:    &models.Harm{Stage: models.StagePaid, Amount: &models.Money{Minor: 1234, Currency: "GBP"}},
		Verdict: models.Verdict{
			Level: models.Danger, Category: models.CategoryPhishing, Advice: models.Advice{Code: "stop", Text: "Stop."},
			Reasons: []models.Hit{{Signature: "sig_1", Rule: models.Exact, Kind: models.Phone, Level: models.Danger, Rev: 2, Where: "indicators/0"}},
		},
		Due: epoch.Add(time.Duration(n) * time.Second),
	}
}

func TestAReportSentOftenIsStoredOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		const senders = 32
		got := make([]models.Report, senders)
		repeated := make([]bool, senders)
		var wg sync.WaitGroup
		for i := range senders {
			wg.Go(func() {
				var err error
				if got[i], repeated[i], err = s.PutReport(t.Context(), report(1)); err != nil {
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
		stored, err := s.Report(t.Context(), report(1).ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(got[0], stored); diff != "" {
			t.Errorf("stored is not what was answered: %s", diff)
		}
		if n := count(t, s, "reports"); n != 1 {
			t.Errorf("%d reports are stored, want one", n)
		}
	})
}

func TestAnotherReportUnderTheSameKeyIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		if _, _, err := s.PutReport(t.Context(), report(1)); err != nil {
			t.Fatal(err)
		}
		other := report(1)
		other.Body = "another digest"
		_, _, err := s.PutReport(t.Context(), other)
		if !errors.Is(err, models.Invalid) || code(err) != "idempotency_key_reused" {
			t.Errorf("got %v, want invalid: idempotency_key_reused", err)
		}
	})
}

func TestABatchOfReportsHasOneOutcomeEach(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		if _, _, err := s.PutReport(t.Context(), report(1)); err != nil {
			t.Fatal(err)
		}
		other, huge := report(1), report(3)
		other.Body = "another digest"
		huge.Story = strings.Repeat("x", 2<<20)
		got, err := s.PutReports(t.Context(), []models.Report{report(0), report(1), other, report(2), report(2), huge})
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
		if n := count(t, s, "reports"); n != 3 {
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

func count(t *testing.T, s *storetest.Database, collection string) int64 {
	t.Helper()
	n, err := s.Database().Collection(collection).CountDocuments(t.Context(), struct{}{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
