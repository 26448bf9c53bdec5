package handlers

import (
	"encoding/json"
	"testing"

	"example.org/tocsin/models"
)

func fullVerdict() models.Verdict {
	return models.Verdict{
		Level: models.Danger, Category: models.CategoryParcel, NextStep: "We look at it.",
		Reasons: []models.Hit{
			{
				Signature: "sig_a", Rule: models.Exact, Kind: models.Phone, Level: models.Danger, Category: models.CategoryParcel,
				Reason: "list", Rev: 7, Where: "message", Span: &models.Span{Start: 3, End: 12},
			},
			{
				Signature: "sig_b", Rule: models.Phrase, Kind: models.Text, Level: models.Watch, Reason: "reports",
				Where: "indicators/0", MatchType: models.MatchSimilarText, Similarity: 0.83,
			},
		},
		Advice: models.Advice{Code: "do_not_pay", Text: "Do not pay. Call your bank."},
	}
}

func TestAppendVerdictIsWhatJSONWrites(t *testing.T) {
	odd := fullVerdict()
	odd.Advice.Text = "\"quoted\" \\ <b>&amp;</b> \u2028 \x00 caf\u00e9 \xff"
	for name, v := range map[string]models.Verdict{
		"nothing known": {Level: models.Unknown, Advice: models.Advice{Code: "none", Text: "Nothing is known."}},
		"everything":    fullVerdict(),
		"odd text":      odd,
	} {
		want, err := json.Marshal(checkResult{Verdict: verdictOf(v)})
		if err != nil {
			t.Fatal(err)
		}
		if got := appendVerdict(nil, &v); string(got) != string(want) {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
	}
}

func FuzzAppendString(f *testing.F) {
	for _, seed := range []string{"", "plain", "caf\u00e9", "<&>\"\\", "\x00\x1f\x7f", "\xff\xfe", "\u2028"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if got := appendString(nil, s); string(got) != string(want) {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func BenchmarkVerdict(b *testing.B) {
	v := models.Verdict{Level: models.Unknown, Advice: models.Advice{Code: "stay_alert", Text: "Nothing is known about it. Stay alert."}}
	buffer := make([]byte, 0, 1024)
	b.Run("appended", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			buffer = appendVerdict(buffer[:0], &v)
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := json.Marshal(checkResult{Verdict: verdictOf(v)}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
