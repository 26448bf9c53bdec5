package brands

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"example.org/tocsin/corpus"
)

// randomName returns a name of that many syllables.
func randomName(r *rand.Rand, syllables int) string {
	var b strings.Builder
	for range syllables {
		b.WriteByte("bcdfghklmnprstvwz"[r.IntN(17)])
		b.WriteByte("aeiou"[r.IntN(5)])
		if r.IntN(3) == 0 {
			b.WriteByte("lnrst"[r.IntN(5)])
		}
	}
	return b.String()
}

// randomBrands returns an index of n made-up brands, and their domains.
func randomBrands(n int) (*Index, []string) {
	r := rand.New(rand.NewPCG(1, 2))
	b := newBrandIndex()
	var domains []string
	for len(domains) < n {
		d := randomName(r, 2+r.IntN(4)) + ".example"
		domains = append(domains, d)
		b.Add(d)
	}
	return b, domains
}

// BenchmarkBrandsLike searches made-up hosts: such as there are, and those that cost most.
func BenchmarkBrandsLike(b *testing.B) {
	for _, n := range []int{250, 10_000} {
		x, domains := randomBrands(n)
		r := rand.New(rand.NewPCG(3, 4))
		var miss, hit []string
		for len(miss) < 1000 {
			host := randomName(r, 2+r.IntN(4)) + "." + []string{"com", "co.uk", "test", "top"}[r.IntN(4)]
			switch r.IntN(4) {
			case 0:
				host = "www." + host
			case 1:
				host = randomName(r, 3) + "-" + host
			}
			if _, ok := x.Find(host, 0); !ok {
				miss = append(miss, host)
			}
		}
		for _, d := range domains[:100] {
			hit = append(hit, "secure-"+strings.TrimSuffix(d, "example")+"top")
		}
		run := func(name string, hosts []string) {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) { benchmarkLike(b, x, hosts) })
		}
		run("miss", miss)
		run("hit", hit)
		run("long", []string{strings.Repeat(strings.Repeat("bafelino", 8)[1:]+".", 3) + "test"})
		run("labels", []string{strings.Repeat("a.", 120) + "test"})
		run("words", []string{strings.Repeat("pay-login.", 24) + "test"})
		run("foreign", []string{strings.Repeat("xn--nrthbank-n4a.", 14) + "test"})
		run("repeated", []string{strings.Repeat(strings.TrimSuffix(domains[0], "example"), 24) + "test"})
	}
}

// BenchmarkBrandsLikeReal searches real hosts among 10,000 real names.
func BenchmarkBrandsLikeReal(b *testing.B) {
	x := newBrandIndex(realBrands(b)...)
	var rest []string
	for i, h := range corpus.Column(b, "domains_benign.tsv.gz") {
		if i%18 == 0 && len(*x.names.Load()) < 10_000 {
			x.Add(h)
		} else {
			rest = append(rest, h)
		}
	}
	rand.New(rand.NewPCG(5, 6)).Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
	var miss, hit []string
	for _, h := range rest[:20_000] {
		if _, ok := x.Find(h, 0); ok {
			hit = append(hit, h)
		} else {
			miss = append(miss, h)
		}
	}
	for name, hosts := range map[string][]string{"miss": miss, "hit": hit, "all": rest[:20_000]} {
		b.Run(fmt.Sprintf("%s/%d", name, len(*x.names.Load())), func(b *testing.B) { benchmarkLike(b, x, hosts) })
	}
}

// benchmarkLike also reports the least time of many short runs: the load of others
// on the machine hardly shows in it.
func benchmarkLike(b *testing.B, x *Index, hosts []string) {
	b.ReportAllocs()
	least, chunk, begun := time.Duration(math.MaxInt64), 500, time.Duration(0)
	for i := 0; b.Loop(); i++ {
		x.Find(hosts[i%len(hosts)], 0)
		if (i+1)%chunk == 0 {
			now := b.Elapsed()
			least, begun = min(least, now-begun), now
		}
	}
	b.ReportMetric(float64(least)/float64(chunk), "least-ns/host")
}

func BenchmarkBrandsAdd(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	x := newBrandIndex()
	for b.Loop() {
		x.Add(randomName(r, 4) + ".example")
	}
}
