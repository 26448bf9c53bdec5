package work

import (
	"context"
	"log/slog"
	"time"
)

// Every calls do at once and then each interval until ctx ends, and then returns nil. An
// error of do, and a panic in it, is logged and counted, and the next call is made all
// the same (TestWhatIsDoneEverySoOftenGoesOnAfterAPanic).
type Every struct {
	Name     string // in log and metrics
	Interval time.Duration
	Do       func(ctx context.Context) error
	Totals   *Totals // nil: nobody counts
	Logger   *slog.Logger
}

// Run calls Do until ctx ends.
func (e Every) Run(ctx context.Context) error {
	tick := time.NewTicker(e.Interval)
	defer tick.Stop()
	for {
		e.once(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// once calls Do.
func (e Every) once(ctx context.Context) {
	err := Safely(func() error { return e.Do(ctx) })
	if err == nil || ctx.Err() != nil {
		return
	}
	e.Totals.add(e.Name, "failed", 1)
	if Panicked(err) {
		e.Totals.add(e.Name, "panicked", 1)
	}
	e.Logger.ErrorContext(ctx, "periodic work failed", "work", e.Name, "error", err)
}
