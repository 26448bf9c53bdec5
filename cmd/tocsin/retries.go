package main

import "github.com/prometheus/client_golang/prometheus"

// retryMetric is the metric of the writes that were repeated because another writer was
// in the way, of this node since its start.
type retryMetric struct{ node *node }

// Describe names the metric.
func (retryMetric) Describe(to chan<- *prometheus.Desc) { to <- retriesTotal() }

// Collect reads the counts of the store and of the desks.
func (m retryMetric) Collect(to chan<- prometheus.Metric) {
	counts := map[string]int64{
		"weigh signatures": m.node.desk.Conflicts(), "decide signatures": m.node.catalogue.Conflicts(),
	}
	for operation, n := range m.node.store.Retries() {
		counts[operation] = n
	}
	for operation, n := range counts {
		to <- prometheus.MustNewConstMetric(retriesTotal(), prometheus.CounterValue, float64(n), operation)
	}
}

// retriesTotal describes the metric.
func retriesTotal() *prometheus.Desc {
	return prometheus.NewDesc("tocsin_store_retries_total",
		"Writes that were repeated because another writer was in the way.", []string{"operation"}, nil)
}
