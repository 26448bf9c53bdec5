package work

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// pause is how long a loop waits for a nudge before it looks by itself.
const PollInterval = time.Second

// crew works a queue: it claims as much as it has free hands for, and claims
// again as soon as one is free, so that one slow piece of work holds up none of
// the others.
type Pool struct {
	Name    string
	Workers int // hands
	Claim   func(ctx context.Context, n int) ([]func(), error)
	BackOff func() time.Duration // how long not to claim at all; nil: always ready
	Signal  *Signal
	Logger  *slog.Logger
}

// run works until ctx ends, and returns when all that was begun is done.
func (p Pool) Run(ctx context.Context) {
	workers := make(chan struct{}, p.Workers)
	var wg sync.WaitGroup
	defer wg.Wait()
	for ctx.Err() == nil {
		if d := p.pausedFor(); d > 0 {
			p.Signal.Wait(ctx, min(d, PollInterval))
			continue
		}
		free := p.acquire(ctx, workers)
		jobs := p.claimJobs(ctx, free)
		for range free - len(jobs) {
			<-workers
		}
		for _, job := range jobs {
			wg.Go(func() {
				defer func() { <-workers }()
				job()
			})
		}
		if len(jobs) == 0 {
			p.Signal.Wait(ctx, PollInterval)
		}
	}
}

// closed returns for how long nothing is to be claimed.
func (p Pool) pausedFor() time.Duration {
	if p.BackOff == nil {
		return 0
	}
	return p.BackOff()
}

// jobs claims up to n pieces of work. A fault is logged: the loop goes on.
func (p Pool) claimJobs(ctx context.Context, n int) []func() {
	if n == 0 {
		return nil
	}
	jobs, err := p.Claim(ctx, n)
	if err != nil && ctx.Err() == nil {
		p.Logger.ErrorContext(ctx, "claim failed", "queue", p.Name, "error", err)
	}
	return jobs
}

// free takes every free hand, waiting for the first; 0 when ctx ends.
func (p Pool) acquire(ctx context.Context, workers chan struct{}) int {
	select {
	case workers <- struct{}{}:
	case <-ctx.Done():
		return 0
	}
	for n := 1; ; n++ {
		select {
		case workers <- struct{}{}:
		default:
			return n
		}
	}
}
