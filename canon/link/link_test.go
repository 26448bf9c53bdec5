package link

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"example.org/tocsin/canon/text"
	"example.org/tocsin/corpus"
	"example.org/tocsin/models"
)

// linkWithoutScan canonicalises a link by the full way, without the scan.
func linkWithoutScan(raw string) (string, error) {
	if err := text.CheckInput(models.URL, raw, MaxBytes); err != nil {
		return "", err
	}
	return ParseValue(raw)
}

// checkScan fails if the scan takes raw and makes something else of it than
// the full way. It returns whether the scan took it.
func checkScan(t *testing.T, raw string) bool {
	t.Helper()
	got, ok := scan(raw)
	if !ok {
		return false
	}
	if want, err := linkWithoutScan(raw); err != nil || got != want {
		t.Fatalf("%q: the scan says %q, the full way %q (%v)", raw, got, want, err)
	}
	checkPlainName(t, strings.TrimRight(got[:strings.IndexByte(got, '/')], "/"))
	return true
}

// checkPlainName fails if isPlainName takes a name for which HostName, called
// with capitals and so the long way, has another form, or if parseDomain or
// ParseEmail do so. It returns whether isPlainName takes it.
func checkPlainName(t *testing.T, name string) bool {
	t.Helper()
	if !isPlainName(name) {
		return false
	}
	if long, ok := HostName(strings.ToUpper(name)); !ok || long != name {
		t.Fatalf("%q is taken for canonical, and becomes %q, %v", name, long, ok)
	}
	if got, err := parseDomain("<" + strings.ToUpper(name) + ">."); err != nil || got != name {
		t.Fatalf("domain %q becomes %q (%v)", name, got, err)
	}
	if got, err := ParseEmail("X <A.b_1@" + strings.ToUpper(name) + ">"); err != nil || got != "a.b_1@"+name {
		t.Fatalf("email at %q becomes %q (%v)", name, got, err)
	}
	return true
}

func TestPlainNamesAreHostNames(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	pieces := []string{
		"a", "z", "0", "9", "-", ".", ".", "evil", "example", "com", "x1", "_", "A", "/", ":", "`", "{", "@", ",", "\x80", "é", "xn--",
		strings.Repeat("b", 30), strings.Repeat("c", 63),
	}
	taken := 0
	for range 200_000 {
		var b strings.Builder
		for range 1 + r.IntN(9) {
			n := len(pieces)
			if r.IntN(3) > 0 {
				n = 11
			}
			b.WriteString(pieces[r.IntN(n)])
		}
		name := b.String()
		if checkPlainName(t, name) {
			taken++
			continue
		}
		if got, ok := HostName(name); ok && got == name && !strings.Contains(name, "_") && text.IsLetter(LastLabel(name)[0]) {
			t.Fatalf("isPlainName leaves %q", name)
		}
	}
	if taken < 10_000 {
		t.Errorf("only %d random names were taken", taken)
	}
}

func TestScanLinkEqualsTheFullWay(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	pieces := []string{
		"http://", "https://", "HTTPS://", "ftp://", "hxxp://", "evil", "example", "a", "0x7f", "127", "8", "1.1.1.1",
		".", ".", ".", "-", "_", "/", "/", "//", "/.", "/..", "?", "#", "%", "%2", "%20", "%41", "@", ":", "80", "[", "]", "[.]", "(dot)", "\\",
		"&", "=", "~", "!", "'", ">", ",", " ", "\t", "\x7f", "é", "\u200b", "local", "lan", "home.arpa", "co.uk",
		strings.Repeat("x", 62), strings.Repeat("y", 63), "Z", "*", ";", "$", "{", "|", "com",
	}
	taken := 0
	for range 400_000 {
		var b strings.Builder
		if r.IntN(3) > 0 {
			b.WriteString(pieces[r.IntN(3)])
		}
		if r.IntN(2) > 0 {
			b.WriteString("evil.example")
		}
		for range 1 + r.IntN(8) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		if checkScan(t, b.String()) {
			taken++
		}
	}
	for _, raw := range syntheticLinks() {
		if !checkScan(t, raw) {
			t.Errorf("the scan leaves %q", raw)
		}
	}
	if taken < 10_000 {
		t.Errorf("the scan took %d of the random links: too few to say anything", taken)
	}
}

// TestScanTakesNearlyAllRealLinks logs the share of real links that cost no
// more than a scan, and of those that cost memory for a slash.
func TestScanTakesNearlyAllRealLinks(t *testing.T) {
	for name, floor := range map[string]float64{"urls_scam.tsv.gz": 0.97, "urls_benign.tsv.gz": 0.98} {
		scanned, slashed := corpus.PassRate{Name: name + " taken by the scan"}, corpus.PassRate{Name: name + " taken without memory"}
		for _, raw := range corpus.Column(t, name) {
			taken := checkScan(t, raw)
			scanned.Count(taken, raw)
			slashed.Count(taken && strings.Contains(trimScheme(raw), "/"), raw)
			value, err := Canonical(raw)
			if err == nil {
				if again, err := Canonical(value); err != nil || again != value {
					t.Errorf("%q: %q becomes %q (%v)", raw, value, again, err)
				}
			}
		}
		scanned.Check(t, floor)
		slashed.Check(t, 0.88)
	}
}

func TestScanTakesNoMemory(t *testing.T) {
	for raw, want := range map[string]float64{
		"https://login.evil-bank4711.example.co.uk/secure/verify?id=8812": 0,
		"HTTPS://evil.example/a/b.html#top":                               0,
		"evil.example/a":                                                  0,
		"http://203.0.113.7/a":                                            0,
		"https://evil.example":                                            1,
		"https://Evil.Example/A":                                          2,
		"https://evil.example:8443/a":                                     1,
		"https://evil.example/a%20b/%C3%A9":                               1,
		"https://evil.example/%61":                                        2,
	} {
		got := testing.AllocsPerRun(100, func() {
			if _, err := Canonical(raw); err != nil {
				t.Fatal(err)
			}
		})
		if got != want {
			t.Errorf("%q: got %v allocations, want %v", raw, got, want)
		}
	}
	for name, canonicalise := range map[string]func(){
		"domain": func() { _, _ = Domain("login.evil-bank4711.example.co.uk") },
		"email":  func() { _, _ = Email("mule.one@evil.example") },
	} {
		if got := testing.AllocsPerRun(100, canonicalise); got != 0 {
			t.Errorf("%s: got %v allocations, want none", name, got)
		}
	}
	if got := testing.AllocsPerRun(100, func() { Split("a.b.evil.example/x/y/z?q=1") }); got != 0 {
		t.Errorf("Split: got %v allocations, want none", got)
	}
}

func TestLinksThatAreWrittenOddly(t *testing.T) {
	for raw, want := range map[string]string{
		"[2606:4700::1111]/x":                      "[2606:4700::1111]/x",
		"[2606:4700::1111]":                        "[2606:4700::1111]/",
		"[https://evil.example/a]":                 "evil.example/a",
		"https[:]//evil.example/a":                 "evil.example/a",
		"hxxps[:]//evil{.}example/a":               "evil.example/a",
		"HXXP://evil.example/a":                    "evil.example/a",
		"evil(Dot)example/a":                       "evil.example/a",
		"evil[[.]]example/a":                       "evil.example/a",
		"evil.example/?u=http://a[.]b":             "evil.example/?u=http://a[.]b",
		"https://evil.example/a>#b":                "evil.example/a",
		"https://evil.example/a/..!":               "evil.example/a/",
		"https://evil.example/.well-known/x":       "evil.example/.well-known/x",
		"https://evil.example/a?":                  "evil.example/a",
		"https://evil.example?a=b":                 "evil.example/?a=b",
		"http://0xcb.0.0x71.7/x":                   "203.0.113.7/x",
		"http://0313.0.113.7/x":                    "203.0.113.7/x",
		"http://3405803783/x":                      "203.0.113.7/x",
		"http://203.0.113.07/x":                    "203.0.113.7/x",
		"http://203.0.113.08/x":                    "!url_malformed",
		"http://evil.3com/x":                       "evil.3com/x",
		"http://evil.example:/x":                   "evil.example/x",
		"http://evil.example:123456/x":             "!url_malformed",
		"http://printer.home.arpa/":                "!url_private_address",
		"http://1.0.0.10.in-addr.arpa/":            "1.0.0.10.in-addr.arpa/",
		"http://\u0440\u0430ypal.example/":         "xn--ypal-43d9g.example/", // Cyrillic er and a: it stays an A-label
		"http://xn--ypal-43d9g.example/":           "xn--ypal-43d9g.example/",
		"http://\uff45\uff56\uff49\uff4c.example/": "evil.example/",
		"https:\\\\evil.example\\x":                "!url_malformed",
		"https://bank.example\\@evil.example/":     "!url_userinfo",
	} {
		found, err := Canonical(raw)
		got := found
		if err != nil {
			got = "!" + models.CodeOf(err)
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", raw, got, want)
		}
		if again, err := Canonical(got); got[0] != '!' && (err != nil || again != found) {
			t.Errorf("%q: %q becomes %q (%v)", raw, got, again, err)
		}
	}
}

func FuzzLink(f *testing.F) {
	for _, seed := range []string{
		"https://evil.example/a/b?c=d#e", "evil.example", "HTTP://1.1.1.1/x", "hxxps://evil[.]example/a[.]html", "[2606:4700::1111]/x",
		"https://evil.example/?u=http://a[.]b", "https://evil.example/a>#b", "evil.example/%2525%41",
		"a.b.c.d.e.f.g.h.evil.example/1/2/3/4/5/6?7", "http://0x7f.1/", "https[:]//evil(dot)example", "http://evil.example/a/..'",
		"http://b\u00fccher.example/\u202e",
		"\"https:// evil.example/a\"", "look: https://evil.example/a !!", "https://evil.example//a/./b/..", "a..b.example", "http://a.b/{{.}}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		checkScan(t, raw)
		value, err := Canonical(raw)
		if err != nil {
			return
		}
		if again, err := Canonical(value); err != nil || again != value {
			t.Fatalf("%q: %q becomes %q (%v)", raw, value, again, err)
		}
		if full, err := linkWithoutScan(value); err != nil || full != value {
			t.Fatalf("%q: %q becomes %q by the full way (%v)", raw, value, full, err)
		}
		p := Split(value)
		if p.Hosts()[0]+p.Paths()[0] != value {
			t.Fatalf("%q: %q + %q", value, p.Hosts()[0], p.Paths()[0])
		}
		expressions := Expressions(value)
		if len(expressions) > 42 || expressions[0] != value {
			t.Fatalf("%q: %d expressions, the first %q", value, len(expressions), expressions[0])
		}
		slices.Sort(expressions)
		if n := len(slices.Compact(expressions)); n != len(p.Hosts())*len(p.Paths()) {
			t.Fatalf("%q: %d expressions differ, of %d", value, n, len(expressions))
		}
	})
}
