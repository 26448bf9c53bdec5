package match

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.org/tocsin/canon/link"
	"example.org/tocsin/models"
)

func TestHitsSayHowTheyMatched(t *testing.T) {
	x := index(
		danger(models.Exact, models.Phone, "+12025550123"),
		danger(models.Range, models.Phone, "+12025550100-+12025550199"),
		danger(models.Exact, models.URL, "a.evil.example/pay/"),
		danger(models.Expression, models.URL, "evil.example/pay/"),
		danger(models.Exact, models.Domain, "evil.example"),
	)
	for _, tt := range []struct {
		kind  models.IndicatorKind
		value string
		want  []models.MatchType
	}{
		{models.Phone, "+12025550123", []models.MatchType{models.MatchSame, models.MatchRange}},
		{models.URL, "a.evil.example/pay/", []models.MatchType{models.MatchSame, models.MatchPrefix, models.MatchUnderDomain}},
		{models.Domain, "evil.example", []models.MatchType{models.MatchSame}},
		{models.Domain, "a.evil.example", []models.MatchType{models.MatchUnderDomain}},
		{models.Email, "x@evil.example", []models.MatchType{models.MatchUnderDomain}},
	} {
		var got []models.MatchType
		for _, h := range x.Lookup(models.Indicator{Kind: tt.kind, Value: tt.value}, noon) {
			got = append(got, h.MatchType)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s %s: %s", tt.kind, tt.value, diff)
		}
	}
}

// A look-up by hashes of parts must find what looking up each expression in full finds.
func TestLinkIsLookedUpByAllItsExpressions(t *testing.T) {
	label := rapid.SampledFrom([]string{"a", "b", "evil", "shop", "example", "x1"})
	segment := rapid.SampledFrom([]string{"", "/", "/pay", "/pay/", "/in/x", "?q=1", "/?", ":8080"})
	url := rapid.Custom(func(t *rapid.T) string {
		host := strings.Join(rapid.SliceOfN(label, 1, 10).Draw(t, "labels"), ".")
		return host + strings.Join(rapid.SliceOfN(segment, 0, 6).Draw(t, "path"), "")
	})
	rapid.Check(t, func(t *rapid.T) {
		queried := url.Draw(t, "queried")
		var changes []models.Change
		want := map[string]bool{}
		for _, other := range append(rapid.SliceOfN(url, 0, 10).Draw(t, "others"), queried) {
			for _, e := range append(link.Expressions(other), other) {
				changes = append(changes, danger(models.Expression, models.URL, e), danger(models.Exact, models.URL, e))
			}
			host := hostOf(other)
			for d := host; d != ""; d = parentDomain(d) {
				changes = append(changes, danger(models.Exact, models.Domain, d))
			}
		}
		x := index(changes...)
		want[models.Recogniser(models.Exact, models.URL, queried)] = true
		for _, e := range link.Expressions(queried) {
			want[models.Recogniser(models.Expression, models.URL, e)] = true
		}
		host := hostOf(queried)
		for d := host; d != "" && !link.CrossesHub(host, d); d = parentDomain(d) {
			want[models.Recogniser(models.Exact, models.Domain, d)] = true
		}
		got := map[string]bool{}
		for _, id := range ids(x.Lookup(models.Indicator{Kind: models.URL, Value: queried}, noon)) {
			got[id] = true
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%q: %s", queried, diff)
		}
	})
}

func TestNumberInABlockOfBadNumbersIsALead(t *testing.T) {
	x := New()
	lookup := func(number string) string {
		hits := x.Lookup(models.Indicator{Kind: models.Phone, Value: number}, noon)
		if len(hits) == 0 {
			return ""
		}
		return fmt.Sprint(len(hits), " ", hits[0].MatchType, " ", hits[0].Signature)
	}
	ended := danger(models.Exact, models.Phone, "+12025550105")
	ended.Ends = noon.Add(-time.Hour)
	x.Apply([]models.Change{
		danger(models.Exact, models.Phone, "+12025550111"),
		danger(models.Exact, models.Phone, "+12025550122"),
		change(models.Exact, models.Phone, "+12025550133", models.Caution, 1),
		ended,
	})
	const unknown = "+12025550199"
	if got := lookup(unknown); got != "" {
		t.Errorf("two that warn, one that does not, one that has ended: %q", got)
	}
	x.Apply([]models.Change{change(models.Exact, models.Phone, "+12025550133", models.Confirmed, 2)})
	if got, want := lookup(unknown), "1 block exact phone +12025550111"; got != want {
		t.Errorf("three that warn: %q, want %q", got, want)
	}
	if got := lookup("+12025550299"); got != "" {
		t.Errorf("the next block: %q", got)
	}
	if got, want := lookup("+12025550122"), "1 same exact phone +12025550122"; got != want {
		t.Errorf("a number that is known: %q, want %q", got, want)
	}
	if _, covered := x.Covered(models.Indicator{Kind: models.Phone, Value: unknown}, noon); covered {
		t.Error("a lead covers")
	}
	x.Apply([]models.Change{change(models.Exact, models.Phone, "+12025550122", models.Cleared, 2)})
	if got := lookup(unknown); got != "" {
		t.Errorf("two that warn, one that was cleared: %q", got)
	}
}

// The counters are estimates that must never be too low, whatever was counted up, down and anew.
func TestBlocksAreCountedThroughGrowth(t *testing.T) {
	x := New()
	for n := range 20_000 {
		number := fmt.Sprintf("+1202%07d", n/4*100+n%4)
		x.Apply([]models.Change{
			change(models.Exact, models.Phone, number, models.Danger, 1),
			change(models.Exact, models.Phone, number, models.Watch, 2),
			change(models.Exact, models.Phone, number, models.Danger, 3),
		})
	}
	found := 0
	for n := range 5000 {
		hits := x.Lookup(models.Indicator{Kind: models.Phone, Value: fmt.Sprintf("+1202%07d", n*100+50)}, noon)
		if len(hits) == 1 && hits[0].MatchType == models.MatchBlock {
			found++
		}
	}
	if found != 5000 {
		t.Errorf("%d blocks are found, want 5000", found)
	}
}

func TestLinkOfASeriesOnAnotherDomainIsALead(t *testing.T) {
	x := New()
	lookup := func(url string) string {
		hits := x.Lookup(models.Indicator{Kind: models.URL, Value: url}, noon)
		if len(hits) == 0 {
			return ""
		}
		return fmt.Sprint(len(hits), " ", hits[0].MatchType, " ", hits[0].Signature)
	}
	x.Apply([]models.Change{
		danger(models.Exact, models.URL, "kiwis.one.example/parcel/track/fee"),
		danger(models.Expression, models.URL, "kiwis.one.example/parcel/track/fee?x=1"),
		change(models.Exact, models.URL, "kiwis.two.example/parcel/track/fee", models.Watch, 1),
	})
	const unknown = "kiwis.three.example/parcel/track/fee"
	if got := lookup(unknown); got != "" {
		t.Errorf("one domain that warns: %q", got)
	}
	x.Apply([]models.Change{change(models.Exact, models.URL, "kiwis.two.example/parcel/track/fee", models.Danger, 2)})
	if got, want := lookup(unknown), "1 series exact url kiwis.one.example/parcel/track/fee"; got != want {
		t.Errorf("two domains that warn: %q, want %q", got, want)
	}
	if got := lookup("kiwis.two.example/parcel/track/fee?y=2"); got != "" {
		t.Errorf("one of the two domains itself: %q", got)
	}
	if got := lookup("kiwis.three.example/parcel/other/fee"); got != "" {
		t.Errorf("another path: %q", got)
	}
	for n := range 5000 { // a series that many join keeps a few of them
		x.Apply([]models.Change{danger(models.Exact, models.URL, fmt.Sprintf("kiwis.d%d.example/parcel/track/fee", n))})
	}
	used := 0
	for _, n := range x.signatures.leads.series.used {
		used += n
	}
	if used > maxSeriesLinks {
		t.Errorf("%d links kept of one series, want %d at most", used, maxSeriesLinks)
	}
	moved := danger(models.Exact, models.URL, "kiwis.two.example/parcel/track/fee")
	moved.Rev, moved.Ends = 3, noon.Add(time.Hour)
	x.Apply([]models.Change{moved, change(models.Exact, models.URL, "kiwis.one.example/parcel/track/fee", models.Cleared, 2)})
	if got := lookup(unknown); !strings.HasPrefix(got, "1 series exact url kiwis.") {
		t.Errorf("after one has moved and one was cleared: %q", got)
	}
}

func TestMissAllocatesNothing(t *testing.T) {
	x := index(
		danger(models.Exact, models.Phone, "+12025550123"),
		danger(models.Range, models.Phone, "+12025550100-+12025550199"),
		danger(models.Phrase, models.Text, "safe account"),
		danger(models.Exact, models.URL, "evil.example/"),
		danger(models.Exact, models.Domain, "evil.example"),
	)
	for _, i := range []models.Indicator{
		{Kind: models.Phone, Value: "+12025550999"},
		{Kind: models.Phone, Value: "CN:95588"},
		{Kind: models.URL, Value: "www.shop.example/"},
		{Kind: models.URL, Value: "a.b.c.d.e.f.g.shop.example:80/a/b/c/?q=1"},
		{Kind: models.Domain, Value: "www.shop.example"},
		{Kind: models.Email, Value: "a@shop.example"},
		{Kind: models.Account, Value: "iban:DE89370400440532013000"},
		{Kind: models.Wallet, Value: "eth:0x02"},
		{Kind: models.Handle, Value: "telegram:somebody"},
		{Kind: models.App, Value: "android:com.example.pay"},
	} {
		if got := testing.AllocsPerRun(100, func() { x.Lookup(i, noon) }); got != 0 {
			t.Errorf("Lookup(%s %s) allocates %v times, want 0", i.Kind, i.Value, got)
		}
	}
}
