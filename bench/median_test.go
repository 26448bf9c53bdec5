package bench

import (
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/tocsin/canon"
	"example.org/tocsin/corpus"
	"example.org/tocsin/models"
)

// BenchmarkLinkMedian is BenchmarkLink for real links, each timed alone: the
// median, which a few hard ones do not move. What reading the clock takes is taken off.
func BenchmarkLinkMedian(b *testing.B) {
	x := newIndex(indexSize(b), models.URL, linkAt)
	var latencies, clock []time.Duration
	lines := corpus.Lines(b, "urls_scam.tsv.gz")[1:]
	for i := 0; b.Loop(); i++ {
		raw, _, _ := strings.Cut(lines[i%len(lines)], "\t")
		start := time.Now()
		if link, err := canon.Indicator(models.URL, raw, ""); err == nil {
			x.Lookup(link, noon)
		}
		latencies = append(latencies, time.Since(start))
		start = time.Now()
		clock = append(clock, time.Since(start))
	}
	slices.Sort(latencies)
	slices.Sort(clock)
	at := func(d []time.Duration, part float64) float64 { return float64(d[int(part*float64(len(d)-1))]) }
	b.ReportMetric(at(latencies, 0.5)-at(clock, 0.5), "median-ns")
	b.ReportMetric(at(latencies, 0.99)-at(clock, 0.5), "p99-ns")
}
