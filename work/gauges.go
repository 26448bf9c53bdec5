package work

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"example.org/tocsin/models"
)

// The bounds of a reading of the queues: at most once in gaugeInterval, however often the
// metrics are asked for, and for at most gaugeTimeout.
const (
	gaugeInterval = 5 * time.Second
	gaugeTimeout  = 2 * time.Second
)

// Counted is a queue whose work can be counted.
type Counted interface {
	Stats(ctx context.Context, now time.Time) (models.QueueStats, error)
}

// Gauges shows what is in each queue, by its name, as metrics. Fill the exported fields.
type Gauges struct {
	Queues map[string]Counted
	Clock  func() time.Time
	Logger *slog.Logger

	mu    sync.Mutex
	read  time.Time // when last was read
	stats map[string]models.QueueStats
}

// gaugeDescs are the descriptions of the metrics.
type gaugeDescs struct{ work, oldest *prometheus.Desc }

func newGaugeDescs() gaugeDescs {
	return gaugeDescs{
		work: prometheus.NewDesc("tocsin_queue_work", "Pieces of work in a queue, by state: due, leased to a worker, or parked after failures.",
			[]string{"queue", "state"}, nil),
		oldest: prometheus.NewDesc("tocsin_queue_oldest_seconds", "For how long the work that is due longest has been due.",
			[]string{"queue"}, nil),
	}
}

// Describe names the metrics (prometheus.Collector).
func (g *Gauges) Describe(to chan<- *prometheus.Desc) {
	d := newGaugeDescs()
	to <- d.work
	to <- d.oldest
}

// Collect reads the metrics (prometheus.Collector). A queue that cannot be read has none,
// and the log says why: a gauge that stands still would look like health.
func (g *Gauges) Collect(to chan<- prometheus.Metric) {
	d := newGaugeDescs()
	for name, s := range g.latest() {
		for state, n := range map[string]int64{"due": s.Due, "leased": s.Leased, models.StateParked: s.Parked} {
			to <- prometheus.MustNewConstMetric(d.work, prometheus.GaugeValue, float64(n), name, state)
		}
		to <- prometheus.MustNewConstMetric(d.oldest, prometheus.GaugeValue, s.Oldest.Seconds(), name)
	}
}

// latest returns the stats of every queue that can be read, at most gaugeInterval old.
func (g *Gauges) latest() map[string]models.QueueStats {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.Clock()
	if age := now.Sub(g.read); g.stats != nil && age >= 0 && age < gaugeInterval {
		return g.stats
	}
	ctx, cancel := context.WithTimeout(context.Background(), gaugeTimeout) //nolint:forbidigo // a collector is given none
	defer cancel()
	stats := make(map[string]models.QueueStats, len(g.Queues))
	for name, queue := range g.Queues {
		s, err := queue.Stats(ctx, now)
		if err != nil {
			g.Logger.WarnContext(ctx, "queue not counted", "queue", name, "error", err)
			continue
		}
		stats[name] = s
	}
	g.read, g.stats = now, stats
	return stats
}
