package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"example.org/tocsin/models"
	"example.org/tocsin/notify"
)

// timings are the durations that the rooms observe, by name.
type timings struct{ seconds *prometheus.HistogramVec }

func newTimings(registry *prometheus.Registry) timings {
	t := timings{prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "tocsin_step_seconds", Help: "Duration of a step on the way from a change to a push.",
		Buckets: []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300},
	}, []string{"step"})}
	registry.MustRegister(t.seconds)
	return t
}

func (t timings) observe(step string, seconds float64) {
	t.seconds.WithLabelValues(step).Observe(seconds)
}

// gauges reads the totals that the rooms keep, whenever metrics are asked for.
type collector struct {
	node                                *node
	signatures, bytes, position, broken *prometheus.Desc
	age, refused                        *prometheus.Desc
	outbox, fanOut                      *prometheus.Desc
}

func newCollector(n *node) *collector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	return &collector{
		node:       n,
		signatures: desc("tocsin_index_signatures", "Signatures in the index, by level.", "level"),
		bytes:      desc("tocsin_index_bytes", "Memory of the index."),
		position:   desc("tocsin_index_position", "Number of the last entry of the verdict log in the index."),
		age:        desc("tocsin_index_age_seconds", "Time since the index was last known to be equal to the verdict log."),
		refused:    desc("tocsin_index_refused_total", "Changes that found no room in the index."),
		broken:     desc("tocsin_log_broken_total", "Entries of the verdict log that did not follow the one before."),
		outbox:     desc("tocsin_outbox_total", "What became of warnings, with the reason.", "what", "reason"),
		fanOut:     desc("tocsin_spread_total", "What became of changes on the way to warnings, with the reason.", "what", "reason"),
	}
}

// Describe names the metrics.
func (g *collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{g.signatures, g.bytes, g.position, g.age, g.refused, g.broken, g.outbox, g.fanOut} {
		to <- d
	}
}

// Collect reads the metrics.
func (g *collector) Collect(to chan<- prometheus.Metric) {
	send := func(d *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, kind, value, labels...)
	}
	stats := g.node.index.Stats()
	for _, level := range models.Levels() {
		send(g.signatures, prometheus.GaugeValue, float64(stats.ByLevel[level]), string(level))
	}
	send(g.bytes, prometheus.GaugeValue, float64(stats.Bytes))
	send(g.position, prometheus.GaugeValue, float64(g.node.follower.Position()))
	send(g.age, prometheus.GaugeValue, g.node.follower.Staleness().Seconds())
	send(g.refused, prometheus.CounterValue, float64(stats.Refused))
	send(g.broken, prometheus.CounterValue, float64(g.node.follower.ChainBreaks()))
	for desc, counts := range map[*prometheus.Desc]map[notify.Count]int64{g.outbox: g.node.outbox.Stats(), g.fanOut: g.node.fanOut.Stats()} {
		for c, n := range counts {
			send(desc, prometheus.CounterValue, float64(n), c.Event, c.Reason)
		}
	}
}
