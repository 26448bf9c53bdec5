package canon

import (
	"bufio"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/canon/link"
	"example.org/tocsin/corpus"
	"example.org/tocsin/models"
)

func TestSignature(t *testing.T) {
	for _, tt := range []struct {
		rule       models.Rule
		kind       models.IndicatorKind
		value, out string
	}{
		{models.Exact, models.Domain, "WWW.Evil.Example", "www.evil.example"},
		{models.Exact, models.Domain, "co.uk", "!signature_too_broad"},
		{models.Exact, models.Domain, "bit.ly", "!signature_too_broad"},
		{models.Exact, models.URL, "https://bit.ly/abc", "bit.ly/abc"},
		{models.Exact, models.URL, "https://bit.ly/", "!signature_too_broad"},
		{models.Expression, models.URL, "https://evil.example/pay/", "evil.example/pay/"},
		{models.Expression, models.URL, "github.io/", "!signature_too_broad"},
		{models.Expression, models.Domain, "evil.example", "!rule_malformed"},
		{models.Range, models.Phone, "+1 202 555 0100 - +1 202 555 0199", "+12025550100-+12025550199"},
		{models.Range, models.Phone, "+12020000000-+12029999999", "!signature_too_broad"}, // its prefix has four digits
		{models.Range, models.Phone, "+442000000000-+442009999999", "+442000000000-+442009999999"},
		{models.Range, models.Phone, "+442000000000-+442010000000", "!signature_too_broad"},
		{models.Range, models.Phone, "+12025550199-+12025550100", "!phone_malformed"},
		{models.Range, models.Phone, "+12025550199-+1202555010", "!phone_malformed"},
		{models.Range, models.Phone, "12025550100", "!phone_malformed"},
		{models.Phrase, models.Text, " Safe  ACCOUNT ", "safe account"},
		{models.Phrase, models.Text, "安全账户", "安全账户"},
		{models.Phrase, models.Text, "the", "!signature_too_broad"},
		{models.Phrase, models.URL, "x", "!rule_malformed"},
		{models.Exact, models.Text, "x", "!rule_malformed"},
		{"regexp", models.Text, "x", "!rule_malformed"},
	} {
		got, err := Signature(tt.rule, tt.kind, tt.value, "")
		if err != nil {
			got = "!" + models.CodeOf(err)
		}
		if got != tt.out {
			t.Errorf("Signature(%s %s %q) = %q, want %q", tt.rule, tt.kind, tt.value, got, tt.out)
		}
	}
}

// TestEverySignatureIsFoundByItsExposures: whatever signature would hit an
// indicator has a recogniser among those of the indicator.
func TestEverySignatureIsFoundByItsExposures(t *testing.T) {
	for _, tt := range []struct {
		i     models.Indicator
		rule  models.Rule
		kind  models.IndicatorKind
		value string
	}{
		{models.Indicator{Kind: models.Phone, Value: "+12025550123"}, models.Exact, models.Phone, "+12025550123"},
		{models.Indicator{Kind: models.Phone, Value: "+12025550123"}, models.Range, models.Phone, "+12025550107-+12025550123"},
		{models.Indicator{Kind: models.Phone, Value: "+442079460958"}, models.Range, models.Phone, "+442070000000-+442079999999"},
		{models.Indicator{Kind: models.URL, Value: "a.b.evil.example/x/y?z=1"}, models.Exact, models.URL, "a.b.evil.example/x/y?z=1"},
		{models.Indicator{Kind: models.URL, Value: "a.b.evil.example/x/y?z=1"}, models.Expression, models.URL, "evil.example/x/"},
		{models.Indicator{Kind: models.URL, Value: "a.b.evil.example/x/y?z=1"}, models.Exact, models.Domain, "evil.example"},
		{models.Indicator{Kind: models.Domain, Value: "a.evil.co.uk"}, models.Exact, models.Domain, "evil.co.uk"},
		{models.Indicator{Kind: models.Email, Value: "x@a.evil.example"}, models.Exact, models.Domain, "evil.example"},
		{models.Indicator{Kind: models.Email, Value: "x@a.evil.example"}, models.Exact, models.Email, "x@a.evil.example"},
		{models.Indicator{Kind: models.Account, Value: "local:CN:1234"}, models.Exact, models.Account, "local:CN:1234"},
	} {
		have := Recognisers(tt.i)
		if !slices.ContainsFunc(models.Recognisers(tt.rule, tt.kind, tt.value), func(r string) bool { return slices.Contains(have, r) }) {
			t.Errorf("%v: %q finds none of %s %s %s", tt.i, have, tt.rule, tt.kind, tt.value)
		}
	}
	want := []string{"exact domain a.evil.co.uk", "exact domain evil.co.uk"}
	if diff := cmp.Diff(want, Recognisers(models.Indicator{Kind: models.Domain, Value: "a.evil.co.uk"})); diff != "" {
		t.Error(diff)
	}
}

func TestSignatureOfASharedHostIsRefused(t *testing.T) {
	for _, host := range []string{
		"co.uk", "github.io", "blogspot.com", "s3.amazonaws.com", "s3.dualstack.us-east-1.amazonaws.com", "pages.dev", "herokuapp.com",
		"duckdns.org", "com.de", "any.compute.amazonaws.com",
		"bit.ly", "www.bit.ly", "linktr.ee", "docs.google.com", "t.me", "chat.whatsapp.com", "wixsite.com", "ngrok-free.app", "mooo.com",
	} {
		if got, err := Signature(models.Exact, models.Domain, host, ""); err == nil || models.CodeOf(err) != "signature_too_broad" {
			t.Errorf("domain %s: got %q, %v", host, got, err)
		}
		got, err := Signature(models.Expression, models.URL, "https://"+host+"/", "")
		if err == nil || models.CodeOf(err) != "signature_too_broad" {
			t.Errorf("link to %s: got %q, %v", host, got, err)
		}
	}
	for _, host := range []string{
		"evil.github.io", "evil.s3.amazonaws.com", "evil.pages.dev", "evil.co.uk", "evil.duckdns.org", "evil.wixsite.com", "evil.example",
	} {
		if got, err := Signature(models.Exact, models.Domain, host, ""); err != nil || got != host {
			t.Errorf("domain %s: got %q, %v", host, got, err)
		}
	}
	for _, host := range []string{
		"wise.com", "paypal.com", "venmo.com", "zoom.us", "whatsapp.com", "google.com", "amazon.com", "microsoft.com", "apple.com",
		"evil.example",
	} {
		if link.IsHub(host) {
			t.Errorf("%s belongs to one owner and is no hub", host)
		}
	}
}

// TestPublicSuffixesOfTheList compares the list of the test data with the
// older one that is built in: what differs was changed in between.
func TestPublicSuffixesOfTheList(t *testing.T) {
	file := corpus.Open(t, "vectors", "psl", "public_suffix_list.dat")
	var newer []string
	known := corpus.PassRate{Name: "rules that the built-in list knows too"}
	refused := corpus.PassRate{Name: "rules refused as the domain of a signature"}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		rule := strings.TrimSpace(lines.Text())
		if rule == "" || strings.HasPrefix(rule, "//") || strings.HasPrefix(rule, "!") {
			continue
		}
		rule = strings.Replace(rule, "*", "any", 1)
		name, ok := link.HostName("evil." + rule)
		if !ok {
			t.Errorf("%q is no host", rule)
			continue
		}
		suffix := strings.TrimPrefix(name, "evil.")
		if known.Count(link.IsPublicSuffix(suffix), suffix); !link.IsPublicSuffix(suffix) {
			newer = append(newer, suffix)
		}
		if strings.Contains(suffix, ".") {
			_, err := Signature("exact", "domain", suffix, "")
			refused.Count(err != nil && models.CodeOf(err) == "signature_too_broad", suffix)
		}
	}
	t.Logf("rules that are newer than the built-in list: %q", newer)
	known.Check(t, 0.98)
	refused.Check(t, 0.98)
}
