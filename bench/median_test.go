package bench

import (
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/tocsin/canon"
	"example.org/tocsin/models"
)

// BenchmarkLinkMedian is BenchmarkLink for real links, each timed alone: the
// median, which a few hard ones do not move. What reading the clock takes is taken off.
func BenchmarkLinkMedian(b *testing.B) {
	x := listed(entries(b), models.URL, page)
	var took, clock []time.Duration
	lines := data(b, "urls_scam.tsv.gz")
	for i := 0; b.Loop(); i++ {
		raw, _, _ := strings.Cut(lines[i%len(lines)], "\t")
		start := time.Now()
		if link, err := canon.Indicator(models.URL, raw, ""); err == nil {
			x.Lookup(link, noon)
		}
		took = append(took, time.Since(start))
		start = time.Now()
		clock = append(clock, time.Since(start))
	}
	slices.Sort(took)
	slices.Sort(clock)
	at := func(d []time.Duration, part float64) float64 { return float64(d[int(part*float64(len(d)-1))]) }
	b.ReportMetric(at(took, 0.5)-at(clock, 0.5), "median-ns")
	b.ReportMetric(at(took, 0.99)-at(clock, 0.5), "p99-ns")
}
