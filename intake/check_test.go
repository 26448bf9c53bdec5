package intake_test

import (
	"errors"
	"testing"

	"example.org/tocsin/desktest"
	"example.org/tocsin/models"
)

func TestACheckKeepsNothing(t *testing.T) {
	n := desktest.Fresh(t)
	n.Create(t, models.Phone, "+12025550100", models.Danger)
	v, err := n.Check(t.Context(), models.CheckRequest{Text: "call (202) 555-0100 now", Region: "US"})
	if err != nil || v.Level != models.Danger {
		t.Errorf("Check of a message = %s, %v, want danger", v.Level, err)
	}
	v, err = n.CheckOne(models.Phone, "202-555-0100", "US")
	if err != nil || v.Level != models.Danger {
		t.Errorf("CheckOne = %s, %v, want danger", v.Level, err)
	}
	if _, err := n.Check(t.Context(), models.CheckRequest{Text: "  "}); !errors.Is(err, models.Invalid) {
		t.Errorf("an empty check: %v, want invalid", err)
	}
	if _, err := n.CheckOne(models.Phone, "x", "US"); !errors.Is(err, models.Invalid) {
		t.Errorf("a check of nonsense: %v, want invalid", err)
	}
	if weighed, err := n.RunOnce(t.Context()); err != nil || weighed != 0 {
		t.Errorf("a check left %d reports, %v", weighed, err)
	}
}

func TestASecondReadingOfANumberMeansCautionAndAccusesNobody(t *testing.T) {
	n := desktest.Fresh(t)
	n.Create(t, models.Phone, "+12025550110", models.Confirmed)
	v, err := n.CheckOne(models.Phone, "+1 202 555 O1IO", "")
	if err != nil || v.Level != models.Caution || v.Reasons[0].MatchType != models.MatchGuess {
		t.Errorf("check: %+v, %v, want caution by a guess", v, err)
	}
	report, _, err := n.Report(t.Context(), desktest.Device("a"), models.Draft{
		IdempotencyKey: "k1", Body: "b1", Indicators: []models.DraftIndicator{{Kind: models.Phone, Value: "+1 202 555 O1II"}},
	})
	if err != nil || len(report.Findings) != 1 || !report.Findings[0].Guess {
		t.Fatalf("report: %+v, %v, want one guess", report.Findings, err)
	}
	n.WeighAll(t)
	if s := n.StoredSignature(t, models.Phone, "+12025550111"); s.ID != "" {
		t.Errorf("a guess has made a signature at %s", s.Level)
	}
	if _, err := n.CheckOne(models.Phone, "call me", "US"); err == nil {
		t.Error("words without a number are a number")
	}
}
