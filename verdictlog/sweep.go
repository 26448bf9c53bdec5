package verdictlog

import (
	"context"
	"fmt"
	"time"

	"example.org/tocsin/models"
)

const (
	sweepInterval = 5 * time.Second
	sweepMinAge   = 10 * time.Second // a writer that runs has logged its change by then
)

// Run calls Sweep every five seconds until ctx ends, and then returns nil. Any number
// of nodes may do so on one database: a change that is logged twice is harmless.
func (p *Publisher) Run(ctx context.Context) error {
	tick := time.NewTicker(sweepInterval)
	defer tick.Stop()
	for {
		if err := p.Sweep(ctx); err != nil && ctx.Err() == nil {
			p.Logger.ErrorContext(ctx, "unlogged signatures not swept", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Sweep logs the changes that a writer left unlogged more than ten seconds ago,
// because it crashed in between (TestASweepLogsWhatACrashLeftUnlogged). Run calls it.
func (p *Publisher) Sweep(ctx context.Context) error {
	now := models.StoredTime(p.Clock())
	for {
		unlogged, err := p.Log.Unlogged(ctx, now.Add(-sweepMinAge), models.MaxEntryChanges)
		if err != nil {
			return fmt.Errorf("find unlogged signatures: %w", err)
		}
		if len(unlogged) == 0 {
			return nil
		}
		p.Logger.InfoContext(ctx, "sweeping unlogged signatures", "signatures", len(unlogged))
		if err := p.publish(ctx, unlogged, now); err != nil {
			return err
		}
		if len(unlogged) < models.MaxEntryChanges {
			return nil
		}
	}
}
