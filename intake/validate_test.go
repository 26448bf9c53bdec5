package intake_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/tocsin/desktest"
	"example.org/tocsin/models"
)

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
		"a long message": {
			func(d *models.Draft) { d.Message = &models.Message{Text: strings.Repeat("a", 10_001)} },
			"text_too_long", "/message/text",
		},
		"a formula as sender": {
			func(d *models.Draft) { d.Message = &models.Message{Text: "x", Sender: "=1+1"} },
			"sender_malformed", "/message/sender",
		},
		"a long reference": {func(d *models.Draft) { d.OnBehalf = strings.Repeat("a", 129) }, "text_too_long", "/on_behalf_of"},
		"an unknown stage": {func(d *models.Draft) { d.Harm = &models.Harm{Stage: "lost"} }, "harm_stage_unknown", "/harm/stage"},
		"a negative amount": {
			func(d *models.Draft) { d.Harm = &models.Harm{Amount: &models.Money{Minor: -1, Currency: "USD"}} },
			"amount_negative", "/harm/amount/minor",
		},
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
