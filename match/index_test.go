package match

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.org/tocsin/canon/words"
	"example.org/tocsin/models"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// change returns a change of the signature "rule kind value", which serves as its id.
func change(rule models.Rule, kind models.IndicatorKind, value string, to models.Level, rev int64) models.Change {
	return models.Change{
		Signature: models.Recogniser(rule, kind, value), Rule: rule, Kind: kind, Value: value,
		From: models.Unknown, To: to, Category: models.CategoryPhishing, Reason: "list", Rev: rev,
	}
}

func danger(rule models.Rule, kind models.IndicatorKind, value string) models.Change {
	return change(rule, kind, value, models.Danger, 1)
}

func index(changes ...models.Change) *Index {
	x := New()
	x.Apply(changes)
	return x
}

func ids(hits []models.Hit) []string {
	var out []string
	for _, h := range hits {
		out = append(out, h.Signature)
	}
	return out
}

func TestLookupFindsEverySignatureThatAnIndicatorTouches(t *testing.T) {
	x := index(
		danger(models.Exact, models.Phone, "+12025550123"),
		danger(models.Exact, models.Phone, "CN:95588"),
		danger(models.Range, models.Phone, "+12025550000-+12025559999"),
		danger(models.Range, models.Phone, "+12025550100-+12025550199"),
		danger(models.Exact, models.Domain, "evil.example"),
		danger(models.Exact, models.Domain, "pay.evil.example"),
		danger(models.Exact, models.Domain, "victim.github.io"),
		danger(models.Exact, models.Domain, "bit.ly"),
		danger(models.Exact, models.Domain, "github.io"),
		danger(models.Exact, models.Domain, "co.uk"),
		danger(models.Exact, models.URL, "bit.ly/abc"),
		danger(models.Expression, models.URL, "shop.example/pay/"),
		danger(models.Exact, models.Email, "mule@mail.example"),
		danger(models.Exact, models.Account, "iban:DE89370400440532013000"),
		danger(models.Exact, models.Wallet, "eth:0x01"),
	)
	for _, tt := range []struct {
		name  string
		kind  models.IndicatorKind
		value string
		want  []string
	}{
		{"a number by itself and by its ranges, the narrowest first", models.Phone, "+12025550123", []string{
			"exact phone +12025550123", "range phone +12025550100-+12025550199", "range phone +12025550000-+12025559999",
		}},
		{"the first of a range", models.Phone, "+12025550000", []string{"range phone +12025550000-+12025559999"}},
		{"the last of a range", models.Phone, "+12025559999", []string{"range phone +12025550000-+12025559999"}},
		{"not the number behind a range", models.Phone, "+12025560000", nil},
		{"not a longer number that begins like a range", models.Phone, "+120255501234", nil},
		{"a short code", models.Phone, "CN:95588", []string{"exact phone CN:95588"}},
		{"not another country's short code", models.Phone, "US:95588", nil},
		{"a domain and its parents", models.Domain, "pay.evil.example", []string{
			"exact domain pay.evil.example", "exact domain evil.example",
		}},
		{"a name below a domain", models.Domain, "www.evil.example", []string{"exact domain evil.example"}},
		{"not a name that only ends like a domain", models.Domain, "notevil.example", nil},
		{"a link by its host's parents", models.URL, "www.pay.evil.example/x?y=z", []string{
			"exact domain pay.evil.example", "exact domain evil.example",
		}},
		{"a link by an expression", models.URL, "www.shop.example/pay/now?x=1", []string{"expression url shop.example/pay/"}},
		{"not a link beside an expression", models.URL, "shop.example/about/", nil},
		{"a link at a hub by itself, not by the hub", models.URL, "bit.ly/abc", []string{"exact url bit.ly/abc"}},
		{"not another link at a hub", models.URL, "bit.ly/other", nil},
		{"a name below a public suffix, not the suffix", models.URL, "victim.github.io/", []string{"exact domain victim.github.io"}},
		{"not a name below a public suffix by the suffix", models.URL, "shop.co.uk/", nil},
		{"not its neighbour", models.URL, "other.github.io/", nil},
		{"an address by itself", models.Email, "mule@mail.example", []string{"exact email mule@mail.example"}},
		{"an address by its host", models.Email, "a@mx.evil.example", []string{"exact domain evil.example"}},
		{"an account", models.Account, "iban:DE89370400440532013000", []string{"exact account iban:DE89370400440532013000"}},
		{"a wallet", models.Wallet, "eth:0x01", []string{"exact wallet eth:0x01"}},
		{"not a wallet with an account's value", models.Wallet, "iban:DE89370400440532013000", nil},
		{"nothing for nothing", models.Phone, "", nil},
		{"nothing for an empty host", models.URL, "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ids(x.Lookup(models.Indicator{Kind: tt.kind, Value: tt.value}, noon))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Lookup(%s %s): %s", tt.kind, tt.value, diff)
			}
		})
	}
}

func TestHitCarriesWhatTheSignatureSays(t *testing.T) {
	c := change(models.Exact, models.Phone, "+12025550123", models.Confirmed, 7)
	c.Category, c.Reason = models.CategoryLoan, "analyst"
	got := index(c).Lookup(models.Indicator{Kind: models.Phone, Value: "+12025550123"}, noon)
	want := []models.Hit{{
		Signature: "exact phone +12025550123", Rule: models.Exact, Kind: models.Phone, Level: models.Confirmed,
		Category: models.CategoryLoan, Reason: "analyst", Rev: 7, MatchType: models.MatchSame,
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSignatureStopsHittingAtItsEnd(t *testing.T) {
	c := danger(models.Exact, models.Phone, "+12025550123")
	c.Ends = noon
	x, i := index(c), models.Indicator{Kind: models.Phone, Value: "+12025550123"}
	if got := x.Lookup(i, noon.Add(-time.Millisecond)); len(got) != 1 {
		t.Errorf("before its end: %d hits, want 1", len(got))
	}
	if got := x.Lookup(i, noon); len(got) != 0 {
		t.Errorf("at its end: %d hits, want 0", len(got))
	}
}

func TestLateChangeDoesNotBringBackARemovedSignature(t *testing.T) {
	for _, rule := range []struct {
		rule  models.Rule
		kind  models.IndicatorKind
		value string
	}{
		{models.Exact, models.Phone, "+12025550123"},
		{models.Range, models.Phone, "+12025550100-+12025550199"},
		{models.Phrase, models.Text, "safe account"},
	} {
		q := models.MatchQuery{
			Findings: []models.Finding{{Indicator: models.Indicator{Kind: models.Phone, Value: "+12025550123"}}},
			Text:     "move it to a safe account",
		}
		x := index(change(rule.rule, rule.kind, rule.value, models.Unknown, 2))
		x.Apply([]models.Change{danger(rule.rule, rule.kind, rule.value)})
		if got := x.Match(q, noon); len(got) != 0 {
			t.Errorf("%s: revision 1 after 2 hits: %v", rule.rule, ids(got))
		}
		x.Apply([]models.Change{change(rule.rule, rule.kind, rule.value, models.Watch, 3)})
		if got := x.Match(q, noon); len(got) != 1 || got[0].Level != models.Watch {
			t.Errorf("%s: revision 3 does not hit: %v", rule.rule, ids(got))
		}
	}
}

func TestCoveredIsWhatLiesUnderAProtectedSignature(t *testing.T) {
	ended := change(models.Exact, models.Phone, "+12025550190", models.Imitated, 1)
	ended.Ends = noon.Add(-time.Hour)
	x := index(
		change(models.Exact, models.Domain, "bank.example", models.Imitated, 1),
		change(models.Exact, models.Phone, "CN:95588", models.Imitated, 1),
		change(models.Range, models.Phone, "+12025550100-+12025550109", models.Imitated, 1),
		change(models.Exact, models.Domain, "bit.ly", models.Imitated, 1),
		danger(models.Exact, models.Domain, "evil.example"),
		ended,
	)
	for _, tt := range []struct {
		kind  models.IndicatorKind
		value string
		want  string
	}{
		{models.Phone, "CN:95588", "exact phone CN:95588"},
		{models.Phone, "+12025550105", "range phone +12025550100-+12025550109"},
		{models.Phone, "+12025550190", ""},
		{models.Domain, "bank.example", "exact domain bank.example"},
		{models.Domain, "login.bank.example", "exact domain bank.example"},
		{models.URL, "www.bank.example/login", "exact domain bank.example"},
		{models.Email, "desk@bank.example", "exact domain bank.example"},
		{models.Domain, "bank.example.evil.example", ""},
		{models.Domain, "bit.ly", "exact domain bit.ly"},
		{models.URL, "bit.ly/abc", ""},
		{models.Domain, "evil.example", ""},
	} {
		got, ok := x.Covered(models.Indicator{Kind: tt.kind, Value: tt.value}, noon)
		if got.Signature != tt.want || ok != (tt.want != "") {
			t.Errorf("Covered(%s %s) = %q, %v, want %q", tt.kind, tt.value, got.Signature, ok, tt.want)
		}
	}
}

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
	const letter = "Dear customer, your account 4711 at Northbank is frozen. Unlock it within 24 hours at https://a.example/x or call us."
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
		{"letters of another script", models.MatchQuery{Text: "Move it to a s\u0430fe acc\u043eunt."}, []string{"confusables 0 s\u0430fe acc\u043eunt"}},
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

func TestAWordedSignatureIsFoundOnlyWhileItHolds(t *testing.T) {
	const script = "your parcel # is held at customs pay the fee at @ today"
	x := New()
	for rev, level := range []models.Level{models.Danger, models.Unknown, models.Caution} {
		x.Apply([]models.Change{
			change(models.Phrase, models.Text, "held at customs", level, int64(rev+1)),
			change(models.Script, models.Text, script, level, int64(rev+1)),
			change(models.Exact, models.Domain, "northbank.example", map[bool]models.Level{true: models.Unknown, false: models.Imitated}[level == models.Unknown], int64(rev+1)),
		})
		want := 3
		if level == models.Unknown {
			want = 0
		}
		q := models.MatchQuery{
			Text:     "Your parcel 17 is held at customs, pay the fee at x.example/y today",
			Findings: []models.Finding{{Indicator: models.Indicator{Kind: models.Domain, Value: "northbank-login.test"}}},
		}
		if hits := x.Match(q, noon); len(hits) != want {
			t.Errorf("at %s: %v, want %d hits", level, ids(hits), want)
		}
	}
}

func TestStatsCountByLevel(t *testing.T) {
	x := index(
		danger(models.Exact, models.Phone, "+12025550123"),
		danger(models.Exact, models.Phone, "+12025550124"),
		change(models.Exact, models.Phone, "+12025550124", models.Cleared, 2),
		danger(models.Exact, models.Phone, "+12025550125"),
		change(models.Exact, models.Phone, "+12025550125", models.Unknown, 2),
		change(models.Exact, models.Domain, "bank.example", models.Imitated, 1),
	)
	got := x.Stats()
	want := map[models.Level]int{models.Danger: 1, models.Cleared: 1, models.Imitated: 1} //nolint:exhaustive // those that are there
	if diff := cmp.Diff(want, got.ByLevel); diff != "" || got.Signatures != 3 || got.Bytes <= 0 {
		t.Errorf("Stats: %d signatures, %d bytes, %s", got.Signatures, got.Bytes, diff)
	}
}

// The log may be read twice, by two followers at once, and after a load that
// was ahead of it: the index must come out the same.
func TestAnyOrderOfChangesLeavesTheSameIndex(t *testing.T) {
	probes := models.MatchQuery{Text: "pay to the safe account 安全账户 now"}
	for _, i := range []models.Indicator{
		{Kind: models.Phone, Value: "+12025550123"},
		{Kind: models.Phone, Value: "+12025550199"},
		{Kind: models.URL, Value: "pay.evil.example/in/?x=1"},
		{Kind: models.Domain, Value: "evil.example"},
	} {
		probes.Findings = append(probes.Findings, models.Finding{Indicator: i, Where: i.Value})
	}
	signatures := []models.Change{
		danger(models.Exact, models.Phone, "+12025550123"),
		danger(models.Range, models.Phone, "+12025550100-+12025550199"),
		danger(models.Range, models.Phone, "+12025550120-+12025550129"),
		danger(models.Expression, models.URL, "evil.example/in/"),
		danger(models.Exact, models.Domain, "evil.example"),
		danger(models.Phrase, models.Text, "safe account"),
		danger(models.Phrase, models.Text, "安全账户"),
	}
	rapid.Check(t, func(t *rapid.T) {
		var log []models.Change
		for _, s := range signatures {
			for rev := range int64(rapid.IntRange(0, 5).Draw(t, "revisions")) {
				c := s
				c.Rev = rev + 1
				c.To = rapid.SampledFrom(models.Levels()).Draw(t, "level")
				c.Category = rapid.SampledFrom(models.Categories()).Draw(t, "category")
				if rapid.Bool().Draw(t, "ends") {
					c.Ends = noon.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "hours")) * time.Hour)
				}
				log = append(log, c)
			}
		}
		inOrder := index(log...)
		shuffled := rapid.Permutation(append(log, log...)).Draw(t, "shuffled")
		other := New()
		for len(shuffled) > 0 {
			n := rapid.IntRange(1, len(shuffled)).Draw(t, "batch")
			other.Apply(shuffled[:n])
			shuffled = shuffled[n:]
		}
		if diff := cmp.Diff(inOrder.Match(probes, noon), other.Match(probes, noon)); diff != "" {
			t.Fatalf("hits differ: %s", diff)
		}
		want, got := inOrder.Stats(), other.Stats()
		want.Bytes, got.Bytes = 0, 0
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("stats differ: %s", diff)
		}
	})
}

// A reader must never see a state that was not: each signature goes up in
// level with its revision, and every reader checks that it never comes down.
func TestReadersSeeEachSignatureOnlyMoveForward(t *testing.T) {
	const numbers, revisions, readers = 300, 20, 3
	value := func(n int) string { return fmt.Sprintf("+1202555%04d", n) }
	phraseOf := func(n int) string { return fmt.Sprintf("word%04d", n) }
	x, done := New(), make(chan struct{})
	var wg sync.WaitGroup
	for range readers {
		wg.Go(func() {
			seen := map[string]int64{}
			for {
				select {
				case <-done:
					return
				default:
				}
				for n := range numbers {
					hits := x.Match(models.MatchQuery{
						Findings: []models.Finding{{Indicator: models.Indicator{Kind: models.Phone, Value: value(n)}}},
						Text:     "a " + phraseOf(n) + " b",
					}, noon)
					for _, h := range hits {
						if h.Rev < seen[h.Signature] || !strings.HasSuffix(string(h.Category), fmt.Sprint(h.Rev)) {
							t.Errorf("%s: revision %d, category %q after revision %d", h.Signature, h.Rev, h.Category, seen[h.Signature])
							return
						}
						seen[h.Signature] = h.Rev
					}
				}
			}
		})
	}
	for rev := range int64(revisions) {
		for n := range numbers {
			changes := []models.Change{
				danger(models.Exact, models.Phone, value(n)),
				danger(models.Range, models.Phone, value(n)+"-"+value(n+5)),
				danger(models.Phrase, models.Text, phraseOf(n)),
			}
			for i := range changes {
				changes[i].Rev = rev + 1
				changes[i].Category = models.Category(fmt.Sprint("c", rev+1))
			}
			x.Apply(changes)
		}
	}
	close(done)
	wg.Wait()
	if got := x.Stats().Signatures; got != 3*numbers {
		t.Errorf("%d signatures, want %d", got, 3*numbers)
	}
}
