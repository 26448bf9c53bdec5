package brands

import (
	"encoding/csv"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.org/tocsin/canon"
	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

func newBrandIndex(domains ...string) *Index {
	b := New(nil)
	for _, d := range domains {
		b.Add(d)
	}
	return b
}

// shippedBrands returns the domains of the list of protected brands in this repository.
func shippedBrands(t testing.TB) []string {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "lists", "protected.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(rows[0], ","), "value,kind,name,region"; got != want {
		t.Fatalf("the columns are %s, want %s", got, want)
	}
	var out []string
	for _, row := range rows[1:] {
		if row[1] != string(models.Domain) || row[2] == "" {
			t.Errorf("row %q is not of a domain with a name", row)
		}
		if _, err := canon.Region(row[3]); err != nil {
			t.Errorf("row %q: %v", row, err)
		}
		out = append(out, row[0])
	}
	return out
}

func TestEveryRowOfTheShippedListCanBeProtected(t *testing.T) {
	list := shippedBrands(t)
	for _, d := range list {
		if got, err := canon.ProtectedSignature(models.Domain, d, ""); err != nil || got != d {
			t.Errorf("the protected value of %s is %q, %v", d, got, err)
		}
	}
	if !slices.IsSorted(list) || len(slices.Compact(slices.Clone(list))) != len(list) {
		t.Error("the list is not sorted, or has a row twice")
	}
	b := newBrandIndex(list...)
	for _, d := range list {
		if l, ok := b.Find(d, 0); ok {
			t.Errorf("%s looks like %s, though it is protected", d, l.Domain)
		}
	}
}

func TestHostsThatLookLikeABrand(t *testing.T) {
	b := newBrandIndex("northbank.example", "kolibrium.co.uk", "zum-pay.test", "uvq.example",
		"bravvo.example", "harnett.example", "northbank.test", "velonixo.github.io")
	for _, tt := range []struct {
		host, domain string
		how          models.MatchType
	}{
		{"n0rthbank.com", "northbank", models.MatchSkeleton},
		{"xn--nrthbank-n4a.com", "northbank", models.MatchSkeleton},
		{"north-bank.com", "northbank", models.MatchSkeleton},
		{"koiibrlum.com", "kolibrium", models.MatchSkeleton},
		{"brawo.top", "bravvo", models.MatchSkeleton},
		{"hamett.top", "harnett", models.MatchSkeleton},
		{"nor.thbank.com", "northbank", models.MatchSkeleton},
		{"kolibrum.com", "kolibrium", models.MatchOneEdit},
		{"kolibriium.com", "kolibrium", models.MatchOneEdit},
		{"kolirbium.org", "kolibrium", models.MatchOneEdit},
		{"kolibrixm.com", "kolibrium", models.MatchOneEdit},
		{"xn--klibriun-v3a.com", "kolibrium", models.MatchOneEdit},
		{"kolicrium.com", "kolibrium", models.MatchBitFlip},
		{"colibrium.com", "kolibrium", models.MatchBitFlip},
		{"kolibrum-login.com", "kolibrium", models.MatchOneEdit},
		{"kolibrium-login.com", "kolibrium", models.MatchContains},
		{"kolibriumlogin.com", "kolibrium", models.MatchContains},
		{"mykolibrium.com", "kolibrium", models.MatchContains},
		{"kolibrium24.com", "kolibrium", models.MatchContains},
		{"kolibrium.co.uk.evil.test", "kolibrium", models.MatchContains},
		{"kolibrium.co.uk-id77.top", "kolibrium", models.MatchContains},
		{"kolibrium.evil.test", "kolibrium", models.MatchContains},
		{"www.kolibrium-co-uk.login.test", "kolibrium", models.MatchContains},
		{"zum-pay-secure.com", "zum-pay", models.MatchContains},
		{"zumpay.com", "zum-pay", models.MatchSkeleton},
		{"uvq-login.com", "uvq", models.MatchContains},
		{"kolibrium.com", "kolibrium", models.MatchSuffix},
		{"www.kolibrium.top", "kolibrium", models.MatchSuffix},
		{"velonixo.com", "velonixo", models.MatchSuffix},
		{"northbank.com", "northbank", models.MatchSuffix},

		{"northbank.example", "", ""},
		{"www.northbank.example", "", ""},
		{"login.kolibrium.co.uk", "", ""},
		{"velonixo.github.io", "", ""},
		{"kolibri.com", "", ""},
		{"northern.com", "", ""},
		{"suvqa.com", "", ""},
		{"uvr.com", "", ""},
		{"kolibrium.co.uk.akadns.net", "", ""},
		{"com", "", ""},
		{"", "", ""},
		{strings.Repeat("a", 300), "", ""},
	} {
		l, ok := b.Find(tt.host, 0)
		name, _, _ := strings.Cut(l.Domain, ".")
		switch {
		case tt.domain == "" && ok:
			t.Errorf("%s looks like %+v, want nothing", tt.host, l)
		case tt.domain != "" && (!ok || name != tt.domain || l.MatchType != tt.how):
			t.Errorf("%s looks like %+v, want %s by %s", tt.host, l, tt.domain, tt.how)
		case ok && (l.Similarity <= 0 || l.Similarity >= 1):
			t.Errorf("%s: weight %f", tt.host, l.Similarity)
		}
	}
}

func TestAnAddressLooksLikeNoBrand(t *testing.T) {
	b := newBrandIndex("let.com", "bbva.com", "usps.com", "o2.co.uk", "ing.com")
	r := rand.New(rand.NewPCG(13, 14))
	addresses := []string{"137.197.40.189", "[2606:4700::1111]"} // 137 reads as let
	for range 100_000 {
		addresses = append(addresses, netip.AddrFrom4([4]byte{byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())}).String())
	}
	for _, address := range addresses {
		if got, ok := b.Find(address, 0); ok {
			t.Fatalf("%s looks like %s", address, got.Domain)
		}
	}
}

func TestTheWeightSaysHowLikelyALikenessIsMeant(t *testing.T) {
	b := newBrandIndex("northbank.example", "kolibrium.example", "apple.example", "uvqo.example")
	for _, tt := range []struct{ heavier, lighter, why string }{
		{"kolibrium-login.com", "kolibrium-garden.com", "a phishing keyword beside it"},
		{"kolibrium.top", "kolibrium.com", "a suffix that costs nothing"},
		{"kolibrium.example.evil.test", "kolibrium.evil.test", "the whole domain"},
		{"xn--klibrium-nbh.com", "k0librium.com", "letters of another script"},
		{"k0librium.com", "kolibrum.com", "a disguise, not a slip"},
		{"kolibrium-login.com", "apple-login.com", "a name that nobody else has"},
		{"kolibrum.com", "applle.com", "a long name"},
		{"kolibriumlogin.com", "kolibriumgroup.com", "a phishing keyword, not a neutral affix"},
	} {
		a, _ := b.Find(tt.heavier, 0)
		z, _ := b.Find(tt.lighter, 0)
		if a.Similarity <= z.Similarity {
			t.Errorf("%s: %s weighs %.3f (%s), %s %.3f (%s)",
				tt.why, tt.heavier, a.Similarity, a.MatchType, tt.lighter, z.Similarity, z.MatchType)
		}
	}
	for _, host := range []string{"pineapple.com", "applet.com", "snapple.com"} {
		if l, ok := b.Find(host, 0); ok && l.Similarity > 0.2 {
			t.Errorf("%s looks like %+v", host, l)
		}
	}
}

func TestOnlyProtectedDomainsAreFound(t *testing.T) {
	b := newBrandIndex("kolibrium.example", "kolibrium.test")
	protect := func(only string) { b.isProtected = func(d string, _ int64) bool { return d == only } }
	for _, only := range []string{"kolibrium.example", "kolibrium.test"} {
		protect(only)
		if l, ok := b.Find("k0librium.com", 0); !ok || l.Domain != only {
			t.Errorf("got %+v, want %s", l, only)
		}
	}
	protect("")
	if l, ok := b.Find("k0librium.com", 0); ok {
		t.Errorf("got %+v, though nothing is protected", l)
	}
	protect("kolibrium.example")
	if _, ok := b.Find("kolibrium.test", 0); !ok {
		t.Error("a domain that is no longer protected still counts as its brand's own")
	}
}

// randomEdit returns letters one edit away.
func randomEdit(r *rand.Rand, s string) string {
	c := string("abcdefghijklmnopqrstuvwxyz0123456789"[r.IntN(36)])
	i := r.IntN(len(s))
	switch r.IntN(4) {
	case 0:
		return s[:i] + s[i+1:]
	case 1:
		return s[:i] + c + s[i:]
	case 2:
		return s[:i] + c + s[i+1:]
	}
	i = r.IntN(len(s) - 1)
	return s[:i] + s[i+1:i+2] + s[i:i+1] + s[i+2:]
}

func TestEverythingWithinOneEditOfTheSkeletonIsFound(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	b, domains := randomBrands(2000)
	for range 20_000 {
		label := strings.TrimSuffix(domains[r.IntN(len(domains))], ".example")
		if len(text.Skeleton(label)) < 8 {
			continue
		}
		host := randomEdit(r, label) + ".test"
		if _, ok := b.Find(host, 0); !ok {
			t.Errorf("%s does not look like %s", host, label)
		}
	}
}

func TestBrandsAreFoundWhileOthersAreAdded(t *testing.T) {
	b := newBrandIndex("kolibrium.example")
	var readers sync.WaitGroup
	done := make(chan struct{})
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if l, ok := b.Find("kolibrium-login.test", 0); !ok || l.Domain != "kolibrium.example" {
					t.Errorf("got %+v while brands were added", l)
					return
				}
			}
		})
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		d := randomName(r, 4) + ".example"
		b.Add(d)
		if l, ok := b.Find("secure-"+strings.TrimSuffix(d, ".example")+".example.test", 0); !ok {
			t.Errorf("%s was added and is not found: %+v", d, l)
		}
	}
	close(done)
	readers.Wait()
	if got := b.Bytes(); got < 50_000 || got > 1_000_000 {
		t.Errorf("500 brands take %d bytes", got)
	}
}

func TestAMissAllocatesNothing(t *testing.T) {
	b := newBrandIndex("kolibrium.example", "northbank.example")
	if got := testing.AllocsPerRun(100, func() { b.Find("www.something-else.co.uk", 0) }); got != 0 {
		t.Errorf("a miss allocates %.0f times", got)
	}
}

func FuzzLike(f *testing.F) {
	b, domains := randomBrands(300)
	for _, host := range []string{
		"a.b", "xn--nrthbank-n4a.test", "xn--a.xn--b", "...", "-.-", strings.Repeat("a.", 126) + "b", strings.Repeat("x", 253),
		domains[0], "www." + domains[1] + ".test",
	} {
		f.Add(host)
	}
	f.Fuzz(func(t *testing.T, host string) {
		if l, ok := b.Find(host, 0); ok && (l.Domain == "" || l.MatchType == "" || l.Similarity <= 0 || l.Similarity >= 1) {
			t.Errorf("%q looks like %+v", host, l)
		}
	})
}
