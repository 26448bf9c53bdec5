package catalogue_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"example.org/tocsin/desktest"
	"example.org/tocsin/models"
)

// create lets the analyst create an exact signature of a phone number.
func create(t testing.TB, n desktest.Node, d models.SignatureDraft) (models.Signature, bool, error) {
	t.Helper()
	d.Kind = models.Phone
	return n.Catalogue.Create(t.Context(), desktest.Analyst(), d)
}

func TestADecisionOverWhatReportsMadeIsApplied(t *testing.T) {
	n := desktest.Fresh(t)
	n.File(t, desktest.Device("one"), "+12025550100")
	n.WeighAll(t)
	reported := n.StoredSignature(t, models.Phone, "+12025550100")
	if reported.Level != models.Watch || reported.Decided {
		t.Fatalf("reports made %s, decided: %v, want watch by reports", reported.Level, reported.Decided)
	}
	for _, level := range []models.Level{models.Watch, models.Danger} { // the same level as that of the reports is a decision too
		n := desktest.Fresh(t)
		n.File(t, desktest.Device("one"), "+12025550100")
		n.WeighAll(t)
		draft := models.SignatureDraft{Value: "+12025550100", Level: level, Category: models.CategoryLoan, Note: "seen"}
		got, created, err := create(t, n, draft)
		if err != nil || created || got.Rev != reported.Rev+1 {
			t.Fatalf("Create = revision %d, %v, %v, want a new revision of the one by reports", got.Rev, created, err)
		}
		stored := n.StoredSignature(t, models.Phone, "+12025550100")
		if stored.Level != level || !stored.Decided || stored.Reason != models.ReasonAnalyst || stored.DecidedBy != "analysts" ||
			stored.Note != "seen" || stored.Reporters != 1 || stored.Created.After(got.Changed) {
			t.Errorf("stored: %+v, want the analyst's decision beside the reports", stored)
		}
		if v, err := n.CheckOne(models.Phone, "+12025550100", ""); err != nil || v.Level != level || v.Category != models.CategoryLoan {
			t.Errorf("the index says %s %s, %v, want %s", v.Level, v.Category, err, level)
		}
		again, created, err := create(t, n, draft)
		if err != nil || created || again.Rev != got.Rev {
			t.Errorf("the same again = revision %d, %v, %v, want %d unchanged", again.Rev, created, err, got.Rev)
		}
	}
}

func TestADecisionOverAnEndedOneIsApplied(t *testing.T) {
	n := desktest.Fresh(t)
	draft := models.SignatureDraft{Value: "+12025550100", Level: models.Danger, Ends: n.Now().Add(time.Hour)}
	first, _, err := create(t, n, draft)
	if err != nil {
		t.Fatal(err)
	}
	n.Advance(2 * time.Hour)
	draft.Ends = time.Time{}
	got, created, err := create(t, n, draft)
	if err != nil || created || got.Rev != first.Rev+1 || !got.Ends.IsZero() || got.LevelRev != got.Rev {
		t.Fatalf("Create over one that has ended = %+v, %v, %v, want it applied", got, created, err)
	}
	if v, err := n.CheckOne(models.Phone, "+12025550100", ""); err != nil || v.Level != models.Danger {
		t.Errorf("the index says %s, %v, want danger", v.Level, err)
	}
}

func TestADecisionOverAnotherLiveOneIsAConflictThatNamesIt(t *testing.T) {
	n := desktest.Fresh(t)
	draft := models.SignatureDraft{Value: "+12025550100", Level: models.Danger, Category: models.CategoryLoan}
	first, _, err := create(t, n, draft)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*models.SignatureDraft){
		"level":    func(d *models.SignatureDraft) { d.Level = models.Cleared },
		"category": func(d *models.SignatureDraft) { d.Category = models.CategoryOther },
		"end":      func(d *models.SignatureDraft) { d.Ends = n.Now().Add(time.Hour) },
	} {
		other := draft
		change(&other)
		_, _, err := create(t, n, other)
		var fault *models.Error
		if !errors.As(err, &fault) || fault.Kind != models.Conflict || fault.Code != "signature_exists" || fault.Existing != first.ID {
			t.Errorf("another %s: %v, want signature_exists with the id", name, err)
		}
	}
	if got := n.StoredSignature(t, models.Phone, "+12025550100"); got.Rev != first.Rev {
		t.Errorf("revision %d, want %d unchanged", got.Rev, first.Rev)
	}
}

func TestAnEndInThePastIsRefused(t *testing.T) {
	n := desktest.Fresh(t)
	past := n.Now().Add(-time.Second)
	_, _, err := create(t, n, models.SignatureDraft{Value: "+12025550100", Ends: past})
	wantPast := func(what string, err error) {
		t.Helper()
		var fault *models.Error
		if !errors.As(err, &fault) || fault.Kind != models.Invalid || fault.Code != "ends_past" || fault.Field != "/ends_at" {
			t.Errorf("%s: %v, want ends_past at /ends_at", what, err)
		}
	}
	wantPast("create", err)
	s := n.Create(t, models.Phone, "+12025550101", models.Danger)
	_, err = n.Catalogue.Amend(t.Context(), desktest.Analyst(), s.ID, s.Rev, models.Amendment{Ends: &past})
	wantPast("amend", err)
	line := listDraft("+12025550102", models.Danger)
	line.Ends = past
	lines := []models.SignatureDraft{line, listDraft("+12025550103", models.Danger)}
	got, err := n.Catalogue.Import(t.Context(), desktest.Analyst(), lines, false)
	if err != nil || got[0].Result != models.ImportRefused || got[1].Result != models.ImportCreated {
		t.Fatalf("the import = %+v, %v, want the first line refused and the second taken", got, err)
	}
	wantPast("import", got[0].Err)
}

func TestANewLevelOfOneThatHasEndedIsInForce(t *testing.T) {
	n := desktest.Fresh(t)
	first, _, err := create(t, n, models.SignatureDraft{Value: "+12025550100", Level: models.Danger, Ends: n.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	n.Advance(2 * time.Hour)
	confirmed := models.Confirmed
	got, err := n.Catalogue.Amend(t.Context(), desktest.Analyst(), first.ID, first.Rev, models.Amendment{Level: &confirmed})
	if err != nil || !got.Ends.IsZero() {
		t.Fatalf("Amend = ends %v, %v, want no end", got.Ends, err)
	}
	if v, err := n.CheckOne(models.Phone, "+12025550100", ""); err != nil || v.Level != models.Confirmed {
		t.Errorf("the index says %s, %v, want confirmed", v.Level, err)
	}
}

// TestADecisionAmongReportsIsNeverLost lets an analyst decide while reports of the same number are weighed.
func TestADecisionAmongReportsIsNeverLost(t *testing.T) {
	for round := range 5 {
		n := desktest.Fresh(t)
		var wg sync.WaitGroup
		wg.Go(func() {
			for i := range 10 {
				n.File(t, desktest.Device(fmt.Sprint(i)), "+12025550100")
				if _, err := n.RunOnce(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			if _, _, err := create(t, n, models.SignatureDraft{Value: "+12025550100", Level: models.Cleared}); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		if got := n.StoredSignature(t, models.Phone, "+12025550100"); got.Level != models.Cleared || !got.Decided {
			t.Fatalf("round %d: %s, decided: %v, want the analyst's decision", round, got.Level, got.Decided)
		}
	}
}
