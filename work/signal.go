package work

import (
	"context"
	"sync"
	"time"
)

// Signal wakes one loop. Waking never blocks, and any number of wakes before the
// loop looks are one (TestManyWakesAreOne). A wake is kept until it is received, so
// one that comes while the loop works is not lost. The zero Signal is ready to use;
// any number of goroutines may call it.
type Signal struct {
	once sync.Once
	c    chan struct{}
}

// Wake makes the next or present Wait return at once.
func (s *Signal) Wake() {
	select {
	case s.channel() <- struct{}{}:
	default: // a wake is waiting already
	}
}

// channel makes the channel at its first use. It holds one wake.
func (s *Signal) channel() chan struct{} {
	s.once.Do(func() { s.c = make(chan struct{}, 1) })
	return s.c
}

// Wait returns after a wake, after d, or when ctx ends, whichever is first.
func (s *Signal) Wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-s.channel():
	case <-timer.C:
	case <-ctx.Done():
	}
}
