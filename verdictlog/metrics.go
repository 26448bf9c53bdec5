package verdictlog

import (
	"github.com/prometheus/client_golang/prometheus"

	"example.org/tocsin/models"
)

// indexMetrics holds the descriptions of the metrics of an index and its follower.
type indexMetrics struct {
	signatures, bytes, position, age, refused, broken *prometheus.Desc
}

func newIndexMetrics() indexMetrics {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	return indexMetrics{
		signatures: desc("tocsin_index_signatures", "Signatures in the index, by level.", "level"),
		bytes:      desc("tocsin_index_bytes", "Memory of the index in bytes, most of it outside Go's heap."),
		position:   desc("tocsin_index_position", "Number of the last entry of the verdict log that the index holds."),
		age:        desc("tocsin_index_age_seconds", "Seconds since the index was last known to be equal to the verdict log."),
		refused:    desc("tocsin_index_refused_total", "Changes that the index had no room for."),
		broken:     desc("tocsin_log_broken_total", "How often the verdict log was found altered, shorter than before, or another one."),
	}
}

// Describe sends the descriptions of the metrics of the index (prometheus.Collector).
func (f *IndexFollower) Describe(to chan<- *prometheus.Desc) {
	m := newIndexMetrics()
	for _, d := range []*prometheus.Desc{m.signatures, m.bytes, m.position, m.age, m.refused, m.broken} {
		to <- d
	}
}

// Collect sends the metrics of the index as of now (prometheus.Collector). It waits
// for an Apply of the index that is under way.
func (f *IndexFollower) Collect(to chan<- prometheus.Metric) {
	m, stats := newIndexMetrics(), f.Index.Stats()
	send := func(d *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, kind, value, labels...)
	}
	for _, level := range models.Levels() {
		send(m.signatures, prometheus.GaugeValue, float64(stats.ByLevel[level]), string(level))
	}
	send(m.bytes, prometheus.GaugeValue, float64(stats.Bytes))
	send(m.position, prometheus.GaugeValue, float64(f.Position()))
	send(m.age, prometheus.GaugeValue, f.Staleness().Seconds())
	send(m.refused, prometheus.CounterValue, float64(stats.Refused))
	send(m.broken, prometheus.CounterValue, float64(f.ChainBreaks()))
}

// followerMetrics holds the descriptions of the metrics of the followers.
type followerMetrics struct{ position, lag, panics *prometheus.Desc }

func newFollowerMetrics() followerMetrics {
	desc := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, []string{"follower"}, nil)
	}
	return followerMetrics{
		position: desc("tocsin_follower_position", "Number of the last entry of the verdict log that a follower has applied."),
		lag: desc("tocsin_follower_lag_entries",
			"Entries of the verdict log that a follower has yet to apply; below 0, its cursor is beyond the log."),
		panics: desc("tocsin_follower_panics_total", "Entries of the verdict log at which a follower panicked; each is tried again."),
	}
}

// Describe sends the descriptions of the metrics of the followers (prometheus.Collector).
func (l *Log) Describe(to chan<- *prometheus.Desc) {
	m := newFollowerMetrics()
	to <- m.position
	to <- m.lag
	to <- m.panics
}

// Collect sends the metrics of the followers as of now (prometheus.Collector).
func (l *Log) Collect(to chan<- prometheus.Metric) {
	m := newFollowerMetrics()
	for _, f := range l.followers {
		to <- prometheus.MustNewConstMetric(m.position, prometheus.GaugeValue, float64(f.Position()), f.name)
		to <- prometheus.MustNewConstMetric(m.lag, prometheus.GaugeValue, float64(f.Lag()), f.name)
		to <- prometheus.MustNewConstMetric(m.panics, prometheus.CounterValue, float64(f.Panics()), f.name)
	}
}
