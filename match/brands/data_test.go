package brands

import (
	"bufio"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"example.org/tocsin/canon"
	"example.org/tocsin/canon/link"
	"example.org/tocsin/corpus"
	"example.org/tocsin/models"
)

// warnWeight is the similarity from which a look-alike may warn: here only the
// point at which these tests look.
const warnWeight = 0.8

// realBrands returns the official domains of real brands.
func realBrands(t testing.TB) []string {
	t.Helper()
	var out []string
	for _, row := range corpus.Rows(t, "brands.csv") {
		for d := range strings.SplitSeq(row[1]+";"+row[2], ";") {
			if i, err := canon.Indicator(models.Domain, d, ""); err == nil && !link.IsHub(i.Value) {
				out = append(out, i.Value)
			}
		}
	}
	return out
}

// lookalikeShares returns the percentage of hosts that look like a brand, and of
// those that do so by warnWeight or more, the latter also by type.
func lookalikeShares(b *Index, hosts []string) (alike, heavy float64, hows map[models.MatchType]int) {
	hows = map[models.MatchType]int{}
	for _, h := range hosts {
		l, ok := b.Find(h, 0)
		if !ok {
			continue
		}
		alike++
		if l.Similarity >= warnWeight {
			heavy++
			hows[l.MatchType]++
		}
	}
	return 100 * alike / float64(len(hosts)), 100 * heavy / float64(len(hosts)), hows
}

func TestFewOrdinaryHostsLookLikeABrand(t *testing.T) {
	benign, scam := corpus.Column(t, "domains_benign.tsv.gz"), corpus.Column(t, "domains_scam.tsv.gz")
	for name, list := range map[string][]string{"real brands": realBrands(t), "shipped list": shippedBrands(t)} {
		b := newBrandIndex(list...)
		t.Logf("%s: %d domains, %d names, %d kB", name, len(list), len(*b.names.Load()), b.Bytes()/1000)
		alike, heavy, hows := lookalikeShares(b, benign)
		t.Logf("  ordinary hosts: %.2f %% alike, %.3f %% at %.1f %v", alike, heavy, warnWeight, hows)
		if heavy > 0.1 {
			t.Errorf("%s: %.3f %% of ordinary hosts look like a brand at %.1f, want 0.1 %% at most", name, heavy, warnWeight)
		}
		alike, heavy, hows = lookalikeShares(b, scam)
		t.Logf("  scam hosts:     %.2f %% alike, %.3f %% at %.1f %v", alike, heavy, warnWeight, hows)
	}
}

// tally counts the permutations of one kind.
type tally struct{ all, found, heavy int }

func (c *tally) count(b *Index, host string) {
	i, err := canon.Indicator(models.Domain, host, "")
	if err != nil {
		return
	}
	l, ok := b.Find(i.Value, 0)
	c.all++
	if ok {
		c.found++
	}
	if ok && l.Similarity >= warnWeight {
		c.heavy++
	}
}

// report logs the tallies by kind, and returns the share of all that was found.
func report(t *testing.T, kinds map[string]*tally) (found float64) {
	t.Helper()
	var sum tally
	line := func(name string, c tally) {
		t.Logf("%-14s %7d: %5.1f %% found, %5.1f %% at %.1f",
			name, c.all, 100*float64(c.found)/float64(c.all), 100*float64(c.heavy)/float64(c.all), warnWeight)
	}
	for _, k := range slices.Sorted(maps.Keys(kinds)) {
		c := *kinds[k]
		line(k, c)
		sum = tally{sum.all + c.all, sum.found + c.found, sum.heavy + c.heavy}
	}
	line("all", sum)
	return float64(sum.found) / float64(sum.all)
}

func TestPermutationsOfRealBrandsAreRecognised(t *testing.T) {
	list := realBrands(t)
	b := newBrandIndex(list...)
	kinds := map[string]*tally{}
	for i := 0; i < len(list); i += 20 {
		if label, _, _ := strings.Cut(link.RegistrableDomain(list[i]), "."); len(label) < 4 {
			continue
		}
		for kind, hosts := range permutations(link.RegistrableDomain(list[i])) {
			if kinds[kind] == nil {
				kinds[kind] = &tally{}
			}
			for _, h := range hosts {
				kinds[kind].count(b, h)
			}
		}
	}
	if found := report(t, kinds); found < 0.95 {
		t.Errorf("%.3f of the permutations are found, want 0.95", found)
	}
}

// TestOutputOfDnstwistIsRecognised reads what the program dnstwist makes of some
// brands, where there is such a file: brand, kind and domain in a line, tabs between.
func TestOutputOfDnstwistIsRecognised(t *testing.T) {
	path := os.Getenv("TOCSIN_TEST_DNSTWIST")
	if path == "" {
		t.Skip("TOCSIN_TEST_DNSTWIST names no file")
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := newBrandIndex(realBrands(t)...)
	kinds := map[string]*tally{}
	for s := bufio.NewScanner(f); s.Scan(); {
		col := strings.Split(s.Text(), "\t")
		b.Add(col[0])
		if label, _, _ := strings.Cut(col[0], "."); len(label) < 4 {
			continue
		}
		if kinds[col[1]] == nil {
			kinds[col[1]] = &tally{}
		}
		kinds[col[1]].count(b, col[2])
	}
	if found := report(t, kinds); found < 0.95 {
		t.Errorf("%.3f of the permutations are found, want 0.95", found)
	}
}
