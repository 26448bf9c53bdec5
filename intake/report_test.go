package intake_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

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

func TestADraftThatBreaksARuleIsRefusedWithAPointer(t *testing.T) {
	n := desktest.Fresh(t)
	phone := models.DraftIndicator{Kind: models.Phone, Value: "+12025550100"}
	for name, tt := range map[string]struct {
		change      func(*models.Draft)
		code, field string
	}{
		"nothing in it":   {func(d *models.Draft) { d.Indicators = nil }, "report_empty", ""},
		"a blank message": {func(d *models.Draft) { d.Indicators, d.Message = nil, &models.Message{Text: " \n"} }, "report_empty", ""},
		"a bad indicator": {func(d *models.Draft) {
			d.Indicators = []models.DraftIndicator{phone, {Kind: models.Phone, Value: "12"}}
		}, "", "/indicators/1/value"},
		"too many":           {func(d *models.Draft) { d.Indicators = slices.Repeat(d.Indicators, 21) }, "indicators_too_many", "/indicators"},
		"the future":         {func(d *models.Draft) { d.At = n.Now().Add(11 * time.Minute) }, "at_in_future", "/at"},
		"long ago":           {func(d *models.Draft) { d.At = n.Now().Add(-401 * 24 * time.Hour) }, "at_too_old", "/at"},
		"an unknown country": {func(d *models.Draft) { d.Region = "ZZ" }, "region_malformed", "/region"},
		"a long story":       {func(d *models.Draft) { d.Story = strings.Repeat("a", 5001) }, "text_too_long", "/story"},
		"a long message":     {func(d *models.Draft) { d.Message = &models.Message{Text: strings.Repeat("a", 10_001)} }, "text_too_long", "/message/text"},
		"a formula":          {func(d *models.Draft) { d.Message = &models.Message{Text: "x", Sender: "=1+1"} }, "sender_malformed", "/message/sender"},
		"a long reference":   {func(d *models.Draft) { d.OnBehalf = strings.Repeat("a", 129) }, "text_too_long", "/on_behalf_of"},
		"an unknown stage":   {func(d *models.Draft) { d.Harm = &models.Harm{Stage: "lost"} }, "harm_stage_unknown", "/harm/stage"},
		"a negative amount":  {func(d *models.Draft) { d.Harm = &models.Harm{Amount: &models.Money{Minor: -1, Currency: "USD"}} }, "amount_negative", "/harm/amount/minor"},
		"a currency in words": {
			func(d *models.Draft) { d.Harm = &models.Harm{Amount: &models.Money{Currency: "dollar"}} },
			"currency_malformed", "/harm/amount/currency",
		},
		"no key": {func(d *models.Draft) { d.IdempotencyKey = "" }, "idempotency_key_missing", ""},
	} {
		t.Run(name, func(t *testing.T) {
			draft := models.Draft{IdempotencyKey: "k", Body: "b", Indicators: []models.DraftIndicator{phone}}
			tt.change(&draft)
			_, _, err := n.Report(t.Context(), desktest.Device("a"), draft)
			var fault *models.Error
			if !errors.As(err, &fault) {
				t.Fatalf("Report = %v, want a refusal", err)
			}
			if tt.code != "" && fault.Code != tt.code || fault.Field != tt.field {
				t.Errorf("refused with %s at %q, want %s at %q", fault.Code, fault.Field, tt.code, tt.field)
			}
		})
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

func TestASecondReadingOfANumberAsksForCareAndAccusesNobody(t *testing.T) {
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

func TestTheOwnerSeesHowAReportGetsOn(t *testing.T) {
	n := desktest.Fresh(t)
	n.Create(t, models.Phone, "+12025550190", models.Imitated)
	n.Create(t, models.Phone, "+12025550191", models.Cleared)
	n.Create(t, models.Phone, "+12025550192", models.Confirmed)
	n.Create(t, models.Phone, "+12025550193", models.Caution)
	progress := func(caller models.Caller, id string) (models.Progress, string) {
		t.Helper()
		status, err := n.Status(t.Context(), caller, id)
		if err != nil {
			t.Fatal(err)
		}
		return status.Progress, status.Reason
	}
	open := n.File(t, desktest.Device("a"), "+12025550192")
	if got, _ := progress(desktest.Device("a"), open.ID); got != models.ProgressReceived {
		t.Errorf("before weighing: %s, want received", got)
	}
	empty := n.File(t, desktest.Device("a"), "x", func(d *models.Draft) {
		d.Indicators, d.Message = nil, &models.Message{Text: "hello, it is me, your grandson"}
	})
	lone := n.File(t, desktest.Device("a"), "+12025550194")
	shared := n.File(t, desktest.Device("a"), "+12025550195")
	n.File(t, desktest.Device("b"), "+12025550195")
	protected, cleared := n.File(t, desktest.Device("a"), "+12025550190"), n.File(t, desktest.Device("a"), "+12025550191")
	matched := n.File(t, desktest.Device("a"), "+12025550193")
	n.WeighAll(t)
	for _, tt := range []struct {
		report   models.Report
		progress models.Progress
		reason   string
	}{
		{open, models.ProgressConfirmed, ""},
		{empty, models.ProgressClosed, "no_indicator"},
		{lone, models.ProgressReceived, ""},
		{shared, models.ProgressCorroborated, ""},
		{protected, models.ProgressClosed, "protected"},
		{cleared, models.ProgressClosed, "cleared"},
		{matched, models.ProgressMatched, ""},
	} {
		if got, reason := progress(desktest.Device("a"), tt.report.ID); got != tt.progress || reason != tt.reason {
			t.Errorf("status = %s %q, want %s %q", got, reason, tt.progress, tt.reason)
		}
	}
	for _, stranger := range []models.Caller{desktest.Device("b"), desktest.Agent("centre", "mary"), {}} {
		if _, err := n.Status(t.Context(), stranger, open.ID); !errors.Is(err, models.NotFound) {
			t.Errorf("a stranger reads %v, want not found", err)
		}
	}
}
