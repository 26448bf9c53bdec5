package work

import (
	"maps"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// Totals counts what becomes of the work of every loop of this process. A nil Totals
// counts nothing; the zero one is ready, and its methods may be called from many
// goroutines. The events are
//
//   - "done": work that ended as it should
//   - "retried": work that was tried again at once, because the failure goes away by itself
//   - "given_back": work that is due again, for the same reason
//   - "failed": work that is due again after a back-off
//   - "panicked": work in which a function panicked; it is counted under failed or parked as well
//   - "parked": work that failed too often
//   - "lost": work whose lease ran out before it was done
type Totals struct {
	mu sync.Mutex
	n  map[Total]int64
}

// Total names one running total.
type Total struct{ Queue, Event string }

// Snapshot returns a copy of the totals since the start of the process.
func (t *Totals) Snapshot() map[Total]int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.n)
}

// add adds n to a total. Nothing is added for 0, so that what has never happened has no metric.
func (t *Totals) add(queue, event string, n int) {
	if t == nil || n == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n == nil {
		t.n = map[Total]int64{}
	}
	t.n[Total{queue, event}] += int64(n)
}

// Describe names the metric (prometheus.Collector).
func (t *Totals) Describe(to chan<- *prometheus.Desc) { to <- totalsDesc() }

// Collect reads the metric (prometheus.Collector).
func (t *Totals) Collect(to chan<- prometheus.Metric) {
	desc := totalsDesc()
	for total, n := range t.Snapshot() {
		to <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(n), total.Queue, total.Event)
	}
}

func totalsDesc() *prometheus.Desc {
	return prometheus.NewDesc("tocsin_work_total", "Pieces of work by queue and by what became of them.", []string{"queue", "event"}, nil)
}
