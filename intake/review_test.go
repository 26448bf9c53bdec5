package intake_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/desktest"
	"example.org/tocsin/models"
	"example.org/tocsin/store/storetest"
)

const (
	reviewed = "+12025550100"
	aDay     = 24 * time.Hour
)

// reviewAll does the reviews that are due at the node's time.
func reviewAll(t *testing.T, n desktest.Node) {
	t.Helper()
	for {
		done, err := n.ReviewOnce(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if done == 0 {
			return
		}
	}
}

// livesThrough lets the days pass, and does each day what is due.
func livesThrough(t *testing.T, n desktest.Node, days int) {
	t.Helper()
	for range days {
		n.Advance(aDay)
		reviewAll(t, n)
	}
}

// dangerous brings a number to danger by reports.
func dangerous(t *testing.T, n desktest.Node) {
	t.Helper()
	for _, name := range []string{"a", "b", "c"} {
		n.File(t, desktest.Device(name), reviewed)
	}
	n.File(t, desktest.Agent("centre", "mary"), reviewed)
	n.WeighAll(t)
}

// loggedLevels returns the levels that the verdict log has told of the number.
func loggedLevels(t *testing.T, n desktest.Node) []models.Level {
	t.Helper()
	var levels []models.Level
	for _, e := range n.Entries(t) {
		for _, c := range e.Changes {
			if c.From != c.To {
				levels = append(levels, c.To)
			}
		}
	}
	return levels
}

func indexLevel(t *testing.T, n desktest.Node) models.Level {
	t.Helper()
	v, err := n.CheckOne(models.Phone, reviewed, "")
	if err != nil {
		t.Fatal(err)
	}
	return v.Level
}

// TestALevelFallsByItselfWhenNobodyReportsAnyMore lets a year and then five pass.
func TestALevelFallsByItselfWhenNobodyReportsAnyMore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		n := desktest.New(t, s)
		dangerous(t, n)
		if got := n.StoredSignature(t, models.Phone, reviewed); got.Level != models.Danger || !got.ReviewAt.After(n.Now()) {
			t.Fatalf("%s, to be reviewed at %v, want danger and a time to come", got.Level, got.ReviewAt)
		}
		livesThrough(t, n, 360)
		want := []models.Level{models.Danger, models.Caution, models.Watch, models.Unknown}
		if diff := cmp.Diff(want, loggedLevels(t, n)); diff != "" {
			t.Errorf("the verdict log (-want +got):\n%s", diff)
		}
		if got := indexLevel(t, n); got != models.Unknown {
			t.Errorf("the index says %s, want unknown", got)
		}
		entries := len(n.Entries(t))
		n.Advance(4 * 365 * aDay)
		reviewAll(t, n)
		if got := n.StoredSignature(t, models.Phone, reviewed); !got.ReviewAt.IsZero() || len(n.Entries(t)) != entries {
			t.Errorf("it is to be reviewed at %v after it has fallen to unknown", got.ReviewAt)
		}
		for _, name := range []string{"d", "e", "f"} { // its next owner is a scammer too
			n.File(t, desktest.Device(name), reviewed)
		}
		n.WeighAll(t)
		if got := indexLevel(t, n); got != models.Caution {
			t.Errorf("after fresh reports: %s, want caution", got)
		}
	})
}

// TestFiveYearsAtOnceAreFiveYears: the node was down meanwhile.
func TestFiveYearsAtOnceAreFiveYears(t *testing.T) {
	n := desktest.Fresh(t)
	dangerous(t, n)
	n.Advance(5 * 365 * aDay)
	reviewAll(t, n)
	if got := indexLevel(t, n); got != models.Unknown {
		t.Errorf("the index says %s, want unknown", got)
	}
}

func TestAReportPutsOffTheFall(t *testing.T) {
	n := desktest.Fresh(t)
	dangerous(t, n)
	first := n.StoredSignature(t, models.Phone, reviewed).ReviewAt
	n.Advance(10 * aDay)
	n.File(t, desktest.Agent("centre", "mary"), reviewed, func(d *models.Draft) { d.IdempotencyKey = "again" })
	n.WeighAll(t)
	second := n.StoredSignature(t, models.Phone, reviewed).ReviewAt
	if !second.After(first) {
		t.Fatalf("it falls at %v after a report, and at %v without", second, first)
	}
	n.Advance(first.Sub(n.Now()) + time.Hour)
	reviewAll(t, n) // the one that was queued first
	if got := n.StoredSignature(t, models.Phone, reviewed); got.Level != models.Danger {
		t.Errorf("it has fallen to %s at the time of before", got.Level)
	}
	n.Advance(second.Sub(n.Now()) + time.Hour)
	reviewAll(t, n)
	if got := n.StoredSignature(t, models.Phone, reviewed); got.Level != models.Caution {
		t.Errorf("it is at %s after the time of now, want caution", got.Level)
	}
}

func TestADecisionWithoutAnEndNeverFalls(t *testing.T) {
	n := desktest.Fresh(t)
	n.Create(t, models.Phone, reviewed, models.Danger)
	n.File(t, desktest.Device("a"), reviewed)
	n.WeighAll(t)
	livesThrough(t, n, 3)
	n.Advance(5 * 365 * aDay)
	reviewAll(t, n)
	if got := n.StoredSignature(t, models.Phone, reviewed); got.Level != models.Danger || !got.ReviewAt.IsZero() {
		t.Errorf("%s, to be reviewed at %v, want danger and no review", got.Level, got.ReviewAt)
	}
}

// TestADecisionFallsAtItsEndToWhatEvidenceSays for one with reports, and for one without.
func TestADecisionFallsAtItsEndToWhatEvidenceSays(t *testing.T) {
	for _, reports := range []bool{false, true} {
		n := desktest.Fresh(t)
		want := models.Unknown
		if reports {
			n.File(t, desktest.Device("a"), reviewed)
			n.WeighAll(t)
			want = models.Watch
		}
		draft := models.SignatureDraft{Kind: models.Phone, Value: reviewed, Level: models.Danger, Ends: n.Now().Add(aDay)}
		if _, _, err := n.Catalogue.Create(t.Context(), desktest.Analyst(), draft); err != nil {
			t.Fatal(err)
		}
		n.Advance(aDay - time.Minute)
		reviewAll(t, n)
		if got := indexLevel(t, n); got != models.Danger {
			t.Errorf("before its end: %s, want danger", got)
		}
		n.Advance(time.Hour)
		reviewAll(t, n)
		got := n.StoredSignature(t, models.Phone, reviewed)
		if got.Level != want || got.Decided || got.DecidedBy != "" || !got.Ends.IsZero() || got.Reason != models.ReasonReports {
			t.Errorf("after its end: %+v, want %s by reports", got, want)
		}
		if got := indexLevel(t, n); got != want {
			t.Errorf("the index says %s after its end, want %s", got, want)
		}
	}
}

func TestALevelRaisedByReportsFallsBackToTheDecision(t *testing.T) {
	n := desktest.Fresh(t)
	n.Create(t, models.Phone, reviewed, models.Caution)
	dangerous(t, n)
	if got := indexLevel(t, n); got != models.Danger {
		t.Fatalf("the index says %s, want danger by reports", got)
	}
	draft := models.SignatureDraft{Kind: models.Phone, Value: reviewed, Level: models.Caution}
	if _, created, err := n.Catalogue.Create(t.Context(), desktest.Analyst(), draft); err != nil || created {
		t.Errorf("the same decision again: created %v, %v, want it unchanged", created, err)
	}
	livesThrough(t, n, 360)
	got := n.StoredSignature(t, models.Phone, reviewed)
	if got.Level != models.Caution || got.Reason != models.ReasonAnalyst || got.Raised() || !got.ReviewAt.IsZero() {
		t.Errorf("%+v, want the analyst's caution", got)
	}
	want := []models.Level{models.Caution, models.Danger, models.Caution}
	if levels := loggedLevels(t, n); !slices.Equal(levels, want) {
		t.Errorf("the verdict log tells %v, want %v", levels, want)
	}
}

// TestACrashDuringAReviewIsRepaired lets the node die at each write, before and after it took effect.
func TestACrashDuringAReviewIsRepaired(t *testing.T) {
	for step := 1; ; step++ {
		n := desktest.Fresh(t)
		dangerous(t, n)
		n.Advance(30 * aDay)
		crashed, _ := n.Crashing((step+1)/2, step%2 == 0)
		_, crash := crashed.ReviewOnce(t.Context())

		next := desktest.New(t, n.DB)
		next.Advance(30*aDay + time.Hour)
		reviewAll(t, next)
		if err := next.Publisher.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := []models.Level{models.Danger, models.Caution}
		if got := slices.Compact(loggedLevels(t, next)); !slices.Equal(got, want) {
			t.Errorf("step %d: the verdict log tells %v, want %v", step, got, want)
		}
		livesThrough(t, next, 330)
		if got := next.StoredSignature(t, models.Phone, reviewed); got.Level != models.Unknown {
			t.Errorf("step %d: %s at the end, want unknown", step, got.Level)
		}
		if crash == nil {
			if step < 7 {
				t.Errorf("only %d writes were tried", step/2)
			}
			return
		}
	}
}
