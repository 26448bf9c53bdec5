package notify

import "github.com/prometheus/client_golang/prometheus"

// Timings is a Prometheus histogram, in seconds, of the steps from a change of a
// level to a push. Pass its Observe to FanOutOptions and OutboxOptions, and
// register it once.
type Timings struct{ seconds *prometheus.HistogramVec }

// NewTimings returns a Timings with nothing observed. Its buckets reach from a
// millisecond, one query, to five minutes, the longest back-off of a push.
func NewTimings() *Timings {
	return &Timings{prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "tocsin_step_seconds", Help: "Duration of one step between the change of a level and the push about it.",
		Buckets: []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300},
	}, []string{"step"})}
}

// Observe counts one duration of a step, in seconds.
func (t *Timings) Observe(step string, seconds float64) {
	t.seconds.WithLabelValues(step).Observe(seconds)
}

// Describe names the metric.
func (t *Timings) Describe(to chan<- *prometheus.Desc) { t.seconds.Describe(to) }

// Collect reads the metric.
func (t *Timings) Collect(to chan<- prometheus.Metric) { t.seconds.Collect(to) }

// Describe names the metric of the outbox.
func (o *Outbox) Describe(to chan<- *prometheus.Desc) { to <- outboxTotal() }

// Collect reads the metric of the outbox, Stats.
func (o *Outbox) Collect(to chan<- prometheus.Metric) { o.counts.collect(outboxTotal(), to) }

// Describe names the metric of the fan-out.
func (f *FanOut) Describe(to chan<- *prometheus.Desc) { to <- fanOutTotal() }

// Collect reads the metric of the fan-out, Stats.
func (f *FanOut) Collect(to chan<- prometheus.Metric) { f.counts.collect(fanOutTotal(), to) }

// outboxTotal describes the metric of the outbox.
func outboxTotal() *prometheus.Desc {
	return prometheus.NewDesc("tocsin_outbox_total",
		"Warnings by what became of them, and events of sending, with the reason.", []string{"event", "reason"}, nil)
}

// fanOutTotal describes the metric of the fan-out.
func fanOutTotal() *prometheus.Desc {
	return prometheus.NewDesc("tocsin_fanout_total",
		"Entries of the verdict log, fan-out jobs, their runs, and the warnings that came of them, with the reason.",
		[]string{"event", "reason"}, nil)
}

// collect sends every total as a counter.
func (c *counts) collect(desc *prometheus.Desc, to chan<- prometheus.Metric) {
	for count, n := range c.snapshot() {
		to <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(n), count.Event, count.Reason)
	}
}
