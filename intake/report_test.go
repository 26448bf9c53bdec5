package intake_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/desktest"
	"example.org/tocsin/models"
)

func TestAReportIsCanonicalJudgedAndKept(t *testing.T) {
	n := desktest.Fresh(t)
	n.Create(t, models.Domain, "evil.example", models.Danger)
	draft := models.Draft{
		IdempotencyKey: "k1", Body: "b1", Region: "US", Language: "en",
		Indicators: []models.DraftIndicator{{Kind: models.Phone, Value: "(202) 555-0100"}, {Kind: models.Phone, Value: "+1 202 555 0100"}},
		Message:    &models.Message{Text: "Your parcel waits: https://pay.evil.example/x", Sender: "+12025550143", Via: "sms"},
		Story:      "I typed my card 4111 1111 1111 1111 and my number +12025550188.",
		Harm:       &models.Harm{Stage: models.StagePaid, Amount: &models.Money{Minor: 12_00, Currency: "USD"}},
	}
	first, repeated, err := n.Report(t.Context(), desktest.Device("a"), draft)
	if err != nil || repeated {
		t.Fatalf("Report = repeated %v, %v", repeated, err)
	}
	want := []models.Finding{
		{Indicator: models.Indicator{Kind: models.Phone, Value: "+12025550100"}, Where: "indicators/0"},
		{Indicator: models.Indicator{Kind: models.URL, Value: "pay.evil.example/x"}, Where: "message", Span: &models.Span{Start: 19, End: 45}},
		{Indicator: models.Indicator{Kind: models.Phone, Value: "+12025550143"}, Where: "message/sender"},
	}
	if diff := cmp.Diff(want, first.Findings); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if first.Verdict.Level != models.Danger || first.Verdict.NextStep == "" || first.Verdict.Advice.Code == "" {
		t.Errorf("verdict = %+v, want danger with advice and what happens next", first.Verdict)
	}
	if strings.Contains(first.Story, "4111") {
		t.Error("the story still holds the card number")
	}
	for _, f := range first.Findings {
		if f.Value == "+12025550188" {
			t.Error("the victim's own number, from the story, is a finding")
		}
	}
	stored, err := n.DB.Report(t.Context(), first.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, stored); diff != "" {
		t.Errorf("the reply is not what is stored (-reply +stored):\n%s", diff)
	}

	n.Create(t, models.Phone, "+12025550100", models.Confirmed)
	again, repeated, err := n.Report(t.Context(), desktest.Device("a"), draft)
	if err != nil || !repeated {
		t.Fatalf("second Report = repeated %v, %v, want a repeat", repeated, err)
	}
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("a retry reads another answer (-first +again):\n%s", diff)
	}
	draft.Body = "b2"
	if _, _, err := n.Report(t.Context(), desktest.Device("a"), draft); !errors.Is(err, models.Invalid) {
		t.Errorf("the key used for another body: %v, want invalid", err)
	}
}

func TestNothingStoredTellsWhoReported(t *testing.T) {
	n := desktest.Fresh(t)
	report := n.File(t, desktest.Device("canary"), "+12025550100")
	called := n.File(t, desktest.Agent("centre", "mary"), "+12025550101", func(d *models.Draft) { d.OnBehalf = "citizen-canary" })
	n.WeighAll(t)
	evidence, err := n.DB.Evidence(t.Context(), models.SignatureID(models.Exact, models.Phone, "+12025550101"), 10)
	if err != nil || len(evidence) != 1 {
		t.Fatalf("evidence = %v, %v, want one", evidence, err)
	}
	written, err := json.Marshal([]any{report, called, evidence})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(written), "canary") {
		t.Error("the device's or the citizen's name is stored")
	}
}

func TestOneCallCentreSpeaksForManyCitizens(t *testing.T) {
	n := desktest.Fresh(t)
	for i := range 3 {
		n.File(t, desktest.Agent("centre", "mary"), "+12025550100", func(d *models.Draft) {
			d.IdempotencyKey, d.OnBehalf = fmt.Sprint(i), fmt.Sprint("citizen", i%2)
		})
	}
	n.WeighAll(t)
	if got := n.StoredSignature(t, models.Phone, "+12025550100"); got.Reporters != 2 || got.Level != models.Caution {
		t.Errorf("reporters = %d at %s, want 2 citizens at caution: they are one call centre's", got.Reporters, got.Level)
	}
}

func TestABatchAnswersForEachLine(t *testing.T) {
	n := desktest.Fresh(t)
	good := models.Draft{IdempotencyKey: "k1", Body: "b1", Indicators: []models.DraftIndicator{{Kind: models.Phone, Value: "+12025550100"}}}
	bad, other := good, good
	bad.IdempotencyKey, bad.Indicators = "k2", nil
	other.Body = "b2"
	outcomes, err := n.Reports(t.Context(), desktest.Device("a"), []models.Draft{good, bad, good, other})
	if err != nil {
		t.Fatal(err)
	}
	var fault *models.Error
	switch {
	case outcomes[0].Err != nil || outcomes[0].Repeated:
		t.Errorf("first line: %+v, want it stored", outcomes[0])
	case !errors.As(outcomes[1].Err, &fault) || fault.Code != "report_empty":
		t.Errorf("second line: %v, want report_empty", outcomes[1].Err)
	case outcomes[2].Err != nil || !outcomes[2].Repeated || outcomes[2].Report.ID != outcomes[0].Report.ID:
		t.Errorf("third line: %+v, want the first again", outcomes[2])
	case !errors.Is(outcomes[3].Err, models.Invalid):
		t.Errorf("fourth line: %v, want a reused key", outcomes[3].Err)
	}
}
