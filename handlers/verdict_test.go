package handlers

import (
	"encoding/json"
	"strings"
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
			{Signature: "sig_b", Rule: models.Phrase, Kind: models.Text, Level: models.Watch, Reason: "reports", Where: "indicators/0", MatchType: models.MatchSimilarText, Similarity: 0.83},
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
		want, err := json.Marshal(answer{Verdict: verdictOf(v)})
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
			if _, err := json.Marshal(answer{Verdict: verdictOf(v)}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func TestCursorOpensOnlyWhatItSealed(t *testing.T) {
	signer := CursorSigner{Secret: []byte("0123456789abcdef")}
	signed := signer.sign("signatures", "sig_abc")
	if strings.Contains(signed, "sig_abc") {
		t.Errorf("the cursor %q is not opaque", signed)
	}
	for _, tt := range []struct {
		name, list, cursor, want string
		ok                       bool
	}{
		{"its own", "signatures", signed, "sig_abc", true},
		{"none", "signatures", "", "", true},
		{"another list's", "warnings dev_1", signed, "", false},
		{"cut short", "signatures", signed[:len(signed)-2], "", false},
		{"nothing but a sum", "signatures", signed[:21], "", false},
		{"altered", "signatures", "A" + signed[1:], "", false},
		{"no base64", "signatures", "!!", "", false},
		{"another server's", "signatures", CursorSigner{Secret: []byte("x")}.sign("signatures", "sig_abc"), "", false},
	} {
		got, err := signer.verify(tt.list, tt.cursor)
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("%s: got %q, %v; want %q, ok %v", tt.name, got, err, tt.want, tt.ok)
		}
	}
	if got := signer.sign("signatures", ""); got != "" {
		t.Errorf("the end of a list has the cursor %q", got)
	}
}

func FuzzCursor(f *testing.F) {
	signer := CursorSigner{Secret: []byte("k")}
	f.Add(signer.sign("l", "a"))
	f.Add("")
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, cursor string) {
		after, err := signer.verify("l", cursor)
		if err == nil && after != "" && signer.sign("l", after)[:21] != cursor[:21] {
			t.Errorf("%q opened as %q, which it does not seal", cursor, after)
		}
	})
}
