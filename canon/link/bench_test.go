package link

import (
	"fmt"
	"math/rand/v2"
	neturl "net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/tocsin/corpus"
)

// syntheticLinks are 4,096 links in the shapes of real ones.
func syntheticLinks() []string {
	r := rand.New(rand.NewPCG(1, 2))
	words := []string{
		"login", "secure", "account", "verify", "update", "bank", "post", "parcel", "track", "usps", "a1b2", "cdn", "www", "m", "app",
	}
	word := func() string { return words[r.IntN(len(words))] }
	out := make([]string, 4096)
	for i := range out {
		link := fmt.Sprintf("https://%s.%s-%s%d.example.co.uk", word(), word(), word(), r.IntN(9999))
		for range r.IntN(4) {
			link += "/" + word()
		}
		if r.IntN(2) == 0 {
			link += fmt.Sprintf("/?id=%d", r.Int64())
		}
		out[i] = link
	}
	return out
}

// medianPerLink measures each of up to 4,096 links in a batch of its own, and
// returns the median and the 99th percentile in nanoseconds. A batch is
// measured three times and the shortest counts: others use the machine too.
func medianPerLink(b *testing.B, links []string, f func(string)) (median, p99 float64) {
	const batch = 64
	step := max(1, len(links)/4096)
	var all []float64
	for i := 0; i < len(links); i += step {
		best := time.Duration(1 << 62)
		for range 3 {
			start := b.Elapsed()
			for range batch {
				f(links[i])
			}
			best = min(best, b.Elapsed()-start)
		}
		all = append(all, float64(best.Nanoseconds())/batch)
	}
	slices.Sort(all)
	return all[len(all)/2], all[len(all)*99/100]
}

// coldPerLink measures links one after another, each once in a run, so that
// neither their bytes nor the branches they take are warm. It returns the mean
// of the best of five runs, in nanoseconds.
func coldPerLink(b *testing.B, links []string, f func(string)) float64 {
	best := time.Duration(1 << 62)
	for range 5 {
		start := b.Elapsed()
		for _, link := range links {
			f(link)
		}
		best = min(best, b.Elapsed()-start)
	}
	return float64(best.Nanoseconds()) / float64(len(links))
}

func BenchmarkLinks(b *testing.B) {
	corpora := map[string][]string{"made-up": syntheticLinks()}
	if _, there := corpus.Folder(); there {
		corpora["scam"], corpora["benign"] = corpus.Column(b, "urls_scam.tsv.gz"), corpus.Column(b, "urls_benign.tsv.gz")
	}
	for _, source := range []string{"made-up", "scam", "benign"} {
		links := corpora[source]
		if links == nil {
			continue
		}
		values := make([]string, len(links))
		for i, link := range links {
			values[i], _ = Canonical(link)
		}
		for _, work := range []struct {
			name  string
			links []string
			do    func(string)
		}{
			{"canonical", links, func(s string) { _, _ = Canonical(s) }},
			{"split", values, func(s string) { parts := Split(s); _ = parts.Hosts() }},
			{"expressions", values, func(s string) { _ = Expressions(s) }},
			{"full-way", links, func(s string) { _, _ = ParseValue(s) }},
			{"series", values, func(s string) { var room [seriesKeyCap]byte; _, _ = AppendSeriesKey(room[:0], s) }},
			{"hub", values, func(s string) { host, _, _ := strings.Cut(s, "/"); _ = IsHub(host) }},
			{"net-url", links, func(s string) { _, _ = neturl.Parse(s) }},
		} {
			b.Run(source+"/"+work.name, func(b *testing.B) {
				b.ReportAllocs()
				median, p99 := medianPerLink(b, work.links, work.do)
				cold := coldPerLink(b, work.links, work.do)
				i := 0
				for b.Loop() {
					if i++; i >= len(work.links) {
						i = 0
					}
					work.do(work.links[i])
				}
				b.ReportMetric(median, "ns/median")
				b.ReportMetric(p99, "ns/p99")
				b.ReportMetric(cold, "ns/row")
			})
		}
	}
}

func BenchmarkDomain(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_, _ = Domain("login.evil-bank4711.example.co.uk")
	}
}

func BenchmarkEmail(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_, _ = Email("mule.one@evil-bank4711.example")
	}
}

func BenchmarkPublicSuffix(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_ = IsPublicSuffix("login.evil-bank4711.example.co.uk")
	}
}

func BenchmarkLink(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Canonical("https://login.evil-bank4711.example.co.uk/secure/verify?id=8812"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkExpressions(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Expressions("login.evil-bank4711.example.co.uk/secure/verify?id=8812")
	}
}
