package verdictlog

import (
	"context"
	"fmt"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/work"
)

const (
	sweepInterval = 5 * time.Second
	sweepMinAge   = 10 * time.Second // a writer that runs has logged its change by then
)

// Run calls Sweep every five seconds until ctx ends, and then returns nil. Any number
// of nodes may do so on one database: a change that is logged twice is harmless.
func (p *Publisher) Run(ctx context.Context) error {
	return work.Every{Name: "sweep", Interval: sweepInterval, Do: p.Sweep, Totals: p.Totals, Logger: p.Logger}.Run(ctx)
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
