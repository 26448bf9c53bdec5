package work

import (
	"context"
	"sync"
	"time"
)

// Signal wakes one loop. Waking never blocks, and any number of calls before
// the loop looks are one. The zero Signal is ready.
type Signal struct {
	once sync.Once
	c    chan struct{}
}

// Wake lets the loop go on at once.
func (s *Signal) Wake() {
	select {
	case s.channel() <- struct{}{}:
	default: // it is set already
	}
}

// C returns the channel on which a Wake is received.
func (s *Signal) C() <-chan struct{} { return s.channel() }

func (s *Signal) channel() chan struct{} {
	s.once.Do(func() { s.c = make(chan struct{}, 1) })
	return s.c
}

// Wait returns after a Wake, after d, or when ctx ends.
func (s *Signal) Wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-s.C():
	case <-timer.C:
	case <-ctx.Done():
	}
}
