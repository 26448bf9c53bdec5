package notify

import (
	"maps"
	"sync"
)

// Count names one running total: an event and, where there is one, its reason.
// Both are labels of a metric, so their values come from short fixed lists and
// never hold an identifier or a person's data.
type Count struct{ Event, Reason string }

// counts are running totals since the start of the process. The zero value is
// ready; its methods may be called from many goroutines.
type counts struct {
	mu sync.Mutex
	n  map[Count]int64
}

// add adds n to a total. Nothing is added for 0, so that an event which has
// never happened has no metric.
func (c *counts) add(event, reason string, n int) {
	if n == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[Count]int64{}
	}
	c.n[Count{event, reason}] += int64(n)
}

// snapshot returns a copy of the totals.
func (c *counts) snapshot() map[Count]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.n)
}
