package match

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
