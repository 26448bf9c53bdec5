package notify

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// pause is how long a loop waits for a nudge before it looks by itself.
const pause = time.Second

// nudge wakes one loop; nudges that come while it is awake add up to one.
type nudge chan struct{}

func newNudge() nudge { return make(nudge, 1) }

func (n nudge) now() {
	select {
	case n <- struct{}{}:
	default:
	}
}

// wait returns after a nudge, after d, or when ctx ends.
func (n nudge) wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-n:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// crew works a queue: it claims as much as it has free hands for, and claims
// again as soon as one is free, so that one slow piece of work holds up none of
// the others.
type crew struct {
	name  string
	width int // hands
	claim func(ctx context.Context, n int) ([]func(), error)
	ready func() time.Duration // how long not to claim at all; nil: always ready
	wake  nudge
	log   *slog.Logger
}

// run works until ctx ends, and returns when all that was begun is done.
func (c crew) run(ctx context.Context) {
	hands := make(chan struct{}, c.width)
	var working sync.WaitGroup
	defer working.Wait()
	for ctx.Err() == nil {
		if d := c.closed(); d > 0 {
			c.wake.wait(ctx, min(d, pause))
			continue
		}
		free := c.free(ctx, hands)
		jobs := c.jobs(ctx, free)
		for range free - len(jobs) {
			<-hands
		}
		for _, job := range jobs {
			working.Go(func() {
				defer func() { <-hands }()
				job()
			})
		}
		if len(jobs) == 0 {
			c.wake.wait(ctx, pause)
		}
	}
}

// closed returns for how long nothing is to be claimed.
func (c crew) closed() time.Duration {
	if c.ready == nil {
		return 0
	}
	return c.ready()
}

// jobs claims up to n pieces of work. A fault is logged: the loop goes on.
func (c crew) jobs(ctx context.Context, n int) []func() {
	if n == 0 {
		return nil
	}
	jobs, err := c.claim(ctx, n)
	if err != nil && ctx.Err() == nil {
		c.log.ErrorContext(ctx, "claim failed", "queue", c.name, "err", err)
	}
	return jobs
}

// free takes every free hand, waiting for the first; 0 when ctx ends.
func (c crew) free(ctx context.Context, hands chan struct{}) int {
	select {
	case hands <- struct{}{}:
	case <-ctx.Done():
		return 0
	}
	for n := 1; ; n++ {
		select {
		case hands <- struct{}{}:
		default:
			return n
		}
	}
}

// persist does what must not be given up at the first fault of the store: it
// tries until it is done or ctx ends.
func persist(ctx context.Context, do func(context.Context) error) error {
	var wake nudge // never nudged: a pause that ends with ctx
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, pause) {
		err := do(ctx)
		if err == nil || ctx.Err() != nil || final(err) {
			return err
		}
		wake.wait(ctx, wait)
	}
}
