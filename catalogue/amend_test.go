package catalogue_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/desktest"
	"example.org/tocsin/models"
)

func TestAHubOfTheRegisterCannotBeAccused(t *testing.T) {
	n := desktest.Fresh(t)
	s := n.Create(t, models.Domain, "facebook.com", models.Imitated)
	danger := models.Danger
	_, err := n.Catalogue.Amend(t.Context(), desktest.Analyst(), s.ID, s.Rev, models.Amendment{Level: &danger})
	var fault *models.Error
	if !errors.As(err, &fault) || fault.Code != "signature_too_broad" || fault.Field != "/level" {
		t.Errorf("accused: %v, want signature_too_broad at the level", err)
	}
	cleared := models.Cleared
	if _, err := n.Catalogue.Amend(t.Context(), desktest.Analyst(), s.ID, s.Rev, models.Amendment{Level: &cleared}); err != nil {
		t.Errorf("cleared: %v", err)
	}
}

func TestAHelplineOfTheRegisterCannotBeAccused(t *testing.T) {
	n := desktest.Fresh(t)
	s := n.Create(t, models.Phone, "GB:999", models.Imitated)
	danger := models.Danger
	_, err := n.Catalogue.Amend(t.Context(), desktest.Analyst(), s.ID, s.Rev, models.Amendment{Level: &danger})
	var fault *models.Error
	if !errors.As(err, &fault) || fault.Code != "helpline" || fault.Field != "/level" {
		t.Errorf("accused: %v, want helpline at the level", err)
	}
}

func TestAmendNeedsTheRevisionThatWasRead(t *testing.T) {
	n := desktest.Fresh(t)
	s := n.Create(t, models.Phone, "+12025550100", models.Danger)
	cleared := models.Cleared
	_, err := n.Catalogue.Amend(t.Context(), desktest.Analyst(), s.ID, s.Rev+1, models.Amendment{Level: &cleared})
	if !errors.Is(err, models.Stale) {
		t.Errorf("another revision: %v, want stale", err)
	}
	_, err = n.Catalogue.Amend(t.Context(), desktest.Analyst(), "sig_none", 1, models.Amendment{Level: &cleared})
	if !errors.Is(err, models.NotFound) {
		t.Errorf("no such signature: %v, want not found", err)
	}
	amended, err := n.Catalogue.Amend(t.Context(), desktest.Analyst(), s.ID, s.Rev, models.Amendment{Level: &cleared})
	if err != nil || amended.Level != models.Cleared || amended.Rev != s.Rev+1 {
		t.Fatalf("Amend = %+v, %v, want cleared", amended, err)
	}
	if v, err := n.CheckOne(models.Phone, s.Value, ""); err != nil || v.Level != models.Cleared {
		t.Errorf("the index says %s, %v, want cleared", v.Level, err)
	}
	same, err := n.Catalogue.Amend(t.Context(), desktest.Analyst(), s.ID, amended.Rev, models.Amendment{Level: &cleared})
	if err != nil || same.Rev != amended.Rev {
		t.Errorf("an amendment to the same = revision %d, %v, want %d", same.Rev, err, amended.Rev)
	}
}

func TestAnotherEndOrCategoryWarnsNobodyAgain(t *testing.T) {
	n := desktest.Fresh(t)
	s := n.Create(t, models.Phone, "+12025550100", models.Danger)
	ends, loan, note := n.Now().Add(time.Hour), models.CategoryLoan, "seen before"
	amended, err := n.Catalogue.Amend(t.Context(), desktest.Analyst(), s.ID, s.Rev, models.Amendment{Ends: &ends, Category: &loan})
	if err != nil || amended.LevelRev != s.LevelRev {
		t.Fatalf("level revision = %d, %v, want %d as before", amended.LevelRev, err, s.LevelRev)
	}
	if v, err := n.CheckOne(models.Phone, s.Value, ""); err != nil || v.Category != loan {
		t.Errorf("the index says %s, %v, want the new category", v.Category, err)
	}
	log := n.Entries(t)
	if c := log[len(log)-1].Changes[0]; c.From != c.To {
		t.Errorf("the log has a change from %s to %s, want none of level", c.From, c.To)
	}
	if _, err := n.Catalogue.Amend(t.Context(), desktest.Analyst(), s.ID, amended.Rev, models.Amendment{Note: &note}); err != nil {
		t.Fatal(err)
	}
	if got := len(n.Entries(t)); got != len(log) {
		t.Error("a note went into the verdict log")
	}
	cold := desktest.New(t, n.DB)
	want, err := n.CheckOne(models.Phone, s.Value, "")
	if err != nil {
		t.Fatal(err)
	}
	got, err := cold.CheckOne(models.Phone, s.Value, "")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("a node that starts now answers otherwise (-running +started):\n%s", diff)
	}
	n.Advance(2 * time.Hour)
	back, err := n.Catalogue.Import(t.Context(), desktest.Analyst(), []models.SignatureDraft{listDraft(s.Value, models.Danger)}, false)
	if err != nil || back[0].Result != models.ImportUpdated {
		t.Fatalf("the import of one that has ended = %v, %v", back, err)
	}
	if got := n.StoredSignature(t, models.Phone, s.Value); got.LevelRev <= s.LevelRev || !got.Ends.IsZero() {
		t.Errorf("level revision = %d, ends %v, want a new one without an end", got.LevelRev, got.Ends)
	}
}

// TestAnAmendmentCannotTakeWhatOnlyTheServerSets: level unknown would list nothing and
// forbid nothing, and by the reasons list and reports an analyst's decision would count as none.
func TestAnAmendmentCannotTakeWhatOnlyTheServerSets(t *testing.T) {
	n := desktest.Fresh(t)
	s := n.Create(t, models.Phone, "+12025550100", models.Danger)
	unknown, cleared := models.Unknown, models.Cleared
	for want, a := range map[string]models.Amendment{
		"level_unknown":   {Level: &unknown},
		"reason_reserved": {Level: &cleared, Reason: models.ReasonList},
	} {
		_, err := n.Catalogue.Amend(t.Context(), desktest.Analyst(), s.ID, s.Rev, a)
		if got := models.CodeOf(err); got != want || !errors.Is(err, models.Invalid) {
			t.Errorf("%+v: %v, want %s", a, err, want)
		}
	}
	if got := n.StoredSignature(t, models.Phone, s.Value); got.Level != models.Danger || got.Rev != s.Rev {
		t.Errorf("the signature is at %s, revision %d, want it unchanged", got.Level, got.Rev)
	}
}
