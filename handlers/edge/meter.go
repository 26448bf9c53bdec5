package edge

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// meter measures requests by route template, method and class of status: no
// label can hold anything that a client sent.
type meter struct {
	duration *prometheus.HistogramVec
	inFlight prometheus.Gauge
}

func newMeter(reg *prometheus.Registry) *meter {
	m := &meter{
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "tocsin_http_request_seconds",
			Help:    "Time from the request's headers to the end of the reply's making.",
			Buckets: []float64{.0001, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route", "method", "class"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "tocsin_http_requests_in_flight",
			Help: "Requests that are being served.",
		}),
	}
	reg.MustRegister(m.duration, m.inFlight)
	return m
}

// timings are the observers of one route and method, by class.
type timings [4]prometheus.Observer

// of finds them once, at registration, so that a request looks up no label.
func (m *meter) forRoute(template, method string) timings {
	var t timings
	for i := range t {
		t[i] = m.duration.WithLabelValues(template, method, strconv.Itoa(i+2)+"xx")
	}
	return t
}

func (t *timings) observe(status int, seconds float64) {
	t[min(max(status/100-2, 0), len(t)-1)].Observe(seconds)
}
