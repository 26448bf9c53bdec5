package match

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/canon/words"
	"example.org/tocsin/models"
)

func TestMatchTellsWhereEachHitStood(t *testing.T) {
	x := index(
		danger(models.Exact, models.Phone, "+12025550123"),
		danger(models.Phrase, models.Text, "safe account"),
		danger(models.Phrase, models.Text, "安全账户"),
	)
	text := "Call +1 202 555 0123: your SAFE\u00a0 Ａccount (安全账户), the safe account"
	span := models.Span{Start: 5, End: 20}
	number := models.Indicator{Kind: models.Phone, Value: "+12025550123"}
	got := x.Match(models.MatchQuery{Text: text, Findings: []models.Finding{
		{Indicator: number, Where: "indicators/0"},
		{Indicator: number, Where: "message", Span: &span},
	}}, noon)
	var places []string
	for _, h := range got {
		words := ""
		if h.Span != nil {
			words = text[h.Span.Start:h.Span.End]
		}
		places = append(places, fmt.Sprintf("%s|%s|%s", h.Signature, h.Where, words))
	}
	want := []string{
		"exact phone +12025550123|indicators/0|",
		"exact phone +12025550123|message|+1 202 555 0123",
		"phrase text safe account|message|SAFE\u00a0 Ａccount",
		"phrase text 安全账户|message|安全账户",
	}
	if diff := cmp.Diff(want, places); diff != "" {
		t.Error(diff)
	}
}

func TestEveryHitTellsHowItMatched(t *testing.T) {
	const letter = "Dear customer, your account 4711 at Northbank is frozen. " +
		"Unlock it within 24 hours at https://a.example/x or call us."
	x := index(
		danger(models.Phrase, models.Text, "safe account"),
		danger(models.PhraseSet, models.Text, `"gift card" "police officer" -"never ask"`),
		danger(models.Pattern, models.Text, "parcel [0-9]{4,} is held"),
		change(models.Script, models.Text, words.Script(letter), models.Confirmed, 1),
		change(models.Exact, models.Domain, "northbank.example", models.Imitated, 1),
		danger(models.Exact, models.Domain, "evil.example"),
		danger(models.Exact, models.Phone, "+12025550110"),
		danger(models.Exact, models.Phone, "+12025550111"),
		danger(models.Exact, models.Phone, "+12025550112"),
	)
	domain := func(host string) []models.Finding {
		return []models.Finding{{Indicator: models.Indicator{Kind: models.Domain, Value: host}, Where: "indicators/0"}}
	}
	for _, tt := range []struct {
		name string
		q    models.MatchQuery
		want []string // how, weight, and what is shown
	}{
		{"words", models.MatchQuery{Text: "Move it to a  SAFE\u200b account."}, []string{"words 0 SAFE\u200b account"}},
		{
			"letters of another script",
			models.MatchQuery{Text: "Move it to a s\u0430fe acc\u043eunt."},
			[]string{"confusables 0 s\u0430fe acc\u043eunt"},
		},
		{"digits for letters", models.MatchQuery{Text: "Move it to a s4fe acc0unt."}, []string{"digits 0 s4fe acc0unt"}},
		{
			"a set of phrases",
			models.MatchQuery{Text: "The police officer wants a gift card."},
			[]string{"words 0 police officer wants a gift card"},
		},
		{"a set with what excludes it", models.MatchQuery{Text: "A police officer will never ask for a gift card."}, nil},
		{"a pattern", models.MatchQuery{Text: "Your Parcel 88123 is held."}, []string{"words 0 Parcel 88123 is held"}},
		{
			"a script with other numbers",
			models.MatchQuery{Text: strings.NewReplacer("4711", "0815", "24", "12", "a.example/x", "b.example/y").Replace(letter)},
			[]string{"text 1 Dear customer"},
		},
		{
			"a similar script",
			models.MatchQuery{Text: strings.NewReplacer("4711", "0815", "Dear customer", "Attention").Replace(letter)},
			[]string{"similar 0.7 Attention"},
		},
		{"the domain itself", models.MatchQuery{Findings: domain("www.evil.example")}, []string{"under 0 "}},
		{"a look-alike", models.MatchQuery{Findings: domain("n0rthbank.test")}, []string{"skeleton 0.6 "}},
		{"the owner's own domain", models.MatchQuery{Findings: domain("www.northbank.example")}, []string{"under 0 "}},
		{"another number of a block", models.MatchQuery{Findings: []models.Finding{
			{Indicator: models.Indicator{Kind: models.Phone, Value: "+12025550199"}, Where: "indicators/0"},
		}}, []string{"block 0 "}},
		{"a guess", models.MatchQuery{Findings: []models.Finding{
			{Indicator: models.Indicator{Kind: models.Phone, Value: "+12025550110"}, Where: "indicators/0", Guess: true},
		}}, []string{"guessed 0 "}},
	} {
		var got []string
		for _, h := range x.Match(tt.q, noon) {
			shown := ""
			if h.Span != nil {
				shown = tt.q.Text[h.Span.Start:h.Span.End]
			}
			if h.Rule == models.Script {
				shown, _, _ = strings.Cut(shown, ",")
			}
			got = append(got, fmt.Sprint(h.MatchType, " ", math.Floor(h.Similarity*10)/10, " ", shown))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestASignatureOfWordsHitsOnlyWhileItIsActive(t *testing.T) {
	const script = "your parcel # is held at customs pay the fee at @ today"
	x := New()
	for rev, level := range []models.Level{models.Danger, models.Unknown, models.Caution} {
		want, brandLevel := 3, models.Imitated
		if level == models.Unknown {
			want, brandLevel = 0, models.Unknown
		}
		x.Apply([]models.Change{
			change(models.Phrase, models.Text, "held at customs", level, int64(rev+1)),
			change(models.Script, models.Text, script, level, int64(rev+1)),
			change(models.Exact, models.Domain, "northbank.example", brandLevel, int64(rev+1)),
		})
		q := models.MatchQuery{
			Text:     "Your parcel 17 is held at customs, pay the fee at x.example/y today",
			Findings: []models.Finding{{Indicator: models.Indicator{Kind: models.Domain, Value: "northbank-login.test"}}},
		}
		if hits := x.Match(q, noon); len(hits) != want {
			t.Errorf("at %s: %v, want %d hits", level, ids(hits), want)
		}
	}
}
