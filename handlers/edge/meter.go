package edge

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// meter measures requests by route template, method and class of status. No label
// holds anything that a client sent (TestProbesAndMetrics), so clients cannot add
// series. A stream is measured to its end.
type meter struct {
	duration *prometheus.HistogramVec
	inFlight prometheus.Gauge
}

// newMeter registers the metrics. The buckets begin at 0.1 ms, since a check takes
// less than 1 ms, and end at 10 s, beyond every deadline but that of a stream.
func newMeter(reg *prometheus.Registry) *meter {
	m := &meter{
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "tocsin_http_request_seconds",
			Help:    "Seconds from the end of the request's headers until the reply is complete, by route, method and class of status.",
			Buckets: []float64{.0001, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route", "method", "class"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "tocsin_http_requests_in_flight",
			Help: "Number of requests that are in progress.",
		}),
	}
	reg.MustRegister(m.duration, m.inFlight)
	return m
}

// timings holds the observers of one route and method: 2xx, 3xx, 4xx, 5xx.
type timings [4]prometheus.Observer

// forRoute finds them once, when the route is registered, so that no request looks up labels.
func (m *meter) forRoute(template, method string) timings {
	var t timings
	for i := range t {
		t[i] = m.duration.WithLabelValues(template, method, strconv.Itoa(i+2)+"xx")
	}
	return t
}

// observe counts a status outside of 200 to 599 in the nearest class.
func (t *timings) observe(status int, seconds float64) {
	t[min(max(status/100-2, 0), len(t)-1)].Observe(seconds)
}
