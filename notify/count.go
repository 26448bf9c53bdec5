package notify

import (
	"maps"
	"sync"
)

// Count names one running total: what happened, and the reason where there is one.
type Count struct{ Event, Reason string }

// counts are running totals since the start of the process.
type counts struct {
	mu sync.Mutex
	n  map[Count]int64
}

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

func (c *counts) snapshot() map[Count]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.n)
}
