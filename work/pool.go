package work

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// PollInterval is how long a loop waits for a signal before it looks by itself.
const PollInterval = time.Second

// Pool works a queue. It claims as many pieces of work as it has free workers, and
// claims again as soon as one is free, so that one slow piece holds up none of the
// others (TestAPoolClaimsWhenWokenAndEverySecondAndFinishesWhatItBegan). Fill every
// field but BackOff, then call Run.
type Pool struct {
	Name    string // of the queue, in the log
	Workers int    // most pieces of work at once
	// Claim takes up to n pieces of work out of the queue, and returns them as
	// functions that do them.
	Claim   func(ctx context.Context, n int) ([]func(), error)
	BackOff func() time.Duration // how long to claim nothing, such as after failures downstream; nil: never
	Signal  *Signal              // woken when there may be work
	Logger  *slog.Logger
}

// Run works until ctx ends, and returns when every piece that was begun is done.
//
// A token in the channel workers stands for a busy worker. Run takes the free
// tokens, claims that many pieces, and gives back those for which there was no
// work; each piece gives its own back when it is done.
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

// pausedFor returns for how long nothing is to be claimed.
func (p Pool) pausedFor() time.Duration {
	if p.BackOff == nil {
		return 0
	}
	return p.BackOff()
}

// claimJobs claims up to n pieces of work. An error is logged, and the loop goes
// on: the next claim may succeed.
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

// acquire takes every free worker and returns how many: it waits for the first, and
// takes the others as they are. It returns 0 when ctx ends.
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
