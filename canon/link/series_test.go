package link

import (
	"strings"
	"testing"

	"example.org/tocsin/corpus"
)

func TestSeries(t *testing.T) {
	for value, want := range map[string]string{
		"parcel.com-x1.example/us/":                         "parcel/us",
		"parcel.com-q7.example/US":                          "parcel/us",
		"www.parcel.com-q7.example/us?id=7":                 "parcel/us",
		"parcel-redelivery.q7.example/us":                   "parcel/us",
		"parcel88.q7.example/us":                            "parcel/us",
		"t-parcel.q7.example/pay/step2.html":                "t-parcel/pay/step0.html",
		"olx.q7.example/pay/8fa71b22/step":                  "olx/pay/0/step",
		"203.0.113.7/banks/pin.php":                         "*/banks/pin.php",
		"203.0.113.7/login.php":                             "",
		"203.0.113.7/":                                      "",
		"parcel.example/us":                                 "", // the registered name itself
		"parcel.co.uk/us":                                   "",
		"www.parcel.example/us":                             "",
		"parcel.com-q7.example/":                            "",
		"parcel.com-q7.example/index.html":                  "",
		"parcel.com-q7.example/login/index.php":             "",
		"parcel.com-q7.example/12345":                       "",
		"login.com-q7.example/us":                           "",
		"help.evil.example/hc/en-us":                        "",
		"a8.com-q7.example/us":                              "",
		"xn--abc.com-q7.example/us":                         "",
		"s3.amazonaws.com/parcel/us":                        "",
		"parcel.bit.ly/abc":                                 "",
		"":                                                  "",
		"parcel.com-q7.example/" + strings.Repeat("a", 500): "",
	} {
		got, ok := keyOf(value)
		if got != want || ok != (want != "") {
			t.Errorf("AppendSeries(%q) = %q, %v, want %q", value, got, ok, want)
		}
	}
	room := make([]byte, 0, seriesKeyCap)
	for _, value := range []string{"parcel.com-x1.example/us/", "parcel.com-x1.example/", "www.evil.example/a/b/c"} {
		if got := testing.AllocsPerRun(100, func() { _, _ = AppendSeriesKey(room, value) }); got != 0 {
			t.Errorf("AppendSeries(%q): %v allocations, want none", value, got)
		}
	}
}

// TestSeriesJoinsScamsAndNothingElse measures keys on real links: how many
// scams share one with scams on at least two other registered domains, and
// how many honest links share one of those.
func TestSeriesJoinsScamsAndNothingElse(t *testing.T) {
	scams, honest := corpus.Column(t, "urls_scam.tsv.gz"), corpus.Column(t, "urls_benign.tsv.gz")
	domains, links := map[string]map[string]bool{}, map[string]int{}
	keyed := 0
	for _, raw := range scams {
		key, domain, ok := seriesOf(raw)
		if !ok {
			continue
		}
		keyed++
		if domains[key] == nil {
			domains[key] = map[string]bool{}
		}
		domains[key][domain] = true
		links[key]++
	}
	joined, series := 0, 0
	for key := range domains {
		if len(domains[key]) >= 3 {
			series++
			joined += links[key]
		}
	}
	hit, keyedHonest := 0, 0
	for _, raw := range honest {
		key, _, ok := seriesOf(raw)
		if !ok {
			continue
		}
		keyedHonest++
		if domains[key] != nil {
			hit++
			t.Logf("honest and hit: %s by %s", raw, key)
		}
	}
	t.Logf("%d of %d scam links have a key; %d share it with scams on two other domains (%d series)", keyed, len(scams), joined, series)
	t.Logf("%d of %d honest links have a key, %d one of a scam's", keyedHonest, len(honest), hit)
	if joined < 6000 || hit > 0 {
		t.Errorf("got %d joined and %d honest links hit, want at least 6000 and none", joined, hit)
	}
}

func seriesOf(raw string) (key, domain string, ok bool) {
	found, err := Canonical(raw)
	if err != nil {
		return "", "", false
	}
	key, ok = keyOf(found)
	host := Split(found).hosts[0]
	if domain = RegistrableDomain(host); domain == "" {
		domain = host
	}
	return key, domain, ok
}

func FuzzSeries(f *testing.F) {
	for _, seed := range []string{
		"parcel.com-x1.example/us/", "203.0.113.7/a/b1c2d3/e.php?f", "[2606:4700::1111]/abc", "a.b.c/%C3%A9/0/00/1a",
		"bit.ly/x", "", "/", "..", "a.b.c//", "a.b.c/0",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		key, ok := keyOf(value)
		if ok == (key == "") || len(key) >= seriesKeyCap {
			t.Fatalf("%q: %q, %v", value, key, ok)
		}
		found, err := Canonical(value)
		if err != nil {
			return
		}
		key, ok = keyOf(found)
		if !ok {
			return
		}
		host, path, _ := strings.Cut(found, "/")
		path, _, _ = strings.Cut(path, "?")
		for _, other := range []string{
			host + "/" + path, host + "/" + path + "/", host + "/" + path + "?x=1",
			"www." + strings.TrimPrefix(host, "www.") + "/" + path, host + "/" + strings.ToUpper(path),
		} {
			if IsIPAddress(host) && strings.HasPrefix(other, "www.") || strings.HasPrefix(host, "m.") {
				continue
			}
			if again, _ := keyOf(other); again != key {
				t.Fatalf("%q has the key %q, and %q %q", found, key, other, again)
			}
		}
	})
}

// keyOf returns the series key of a link as a string.
func keyOf(link string) (string, bool) {
	key, ok := AppendSeriesKey(nil, link)
	return string(key), ok
}
