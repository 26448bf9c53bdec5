package intake

import (
	"context"
	"fmt"
	"time"

	"example.org/tocsin/work"
)

const (
	batchSize    = 500              // reports weighed together
	defaultLease = 20 * time.Second // unless Desk.Lease says otherwise
	maxTries     = 8                // of a report that cannot be weighed
)

// Run weighs the reports that are due, this node's and those that another node
// left, until ctx ends; then it returns nil. Any number of desks may run on one
// database (TestTwoDesksOnOneDatabase).
func (d *Desk) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		weighed, err := d.RunOnce(ctx)
		if err != nil && ctx.Err() == nil {
			d.Logger.ErrorContext(ctx, "reports not weighed", "error", err)
		}
		if err != nil || weighed == 0 {
			d.wake.Wait(ctx, work.PollInterval) // other nodes store reports too
		}
	}
	return nil
}

// lease returns for how long claimed reports are this desk's own.
func (d *Desk) lease() time.Duration {
	if d.Lease > 0 {
		return d.Lease
	}
	return defaultLease
}

// RunOnce weighs the reports that are due now, at most 500, and returns how many
// it claimed. Run calls it again and again.
func (d *Desk) RunOnce(ctx context.Context) (int, error) {
	batch, err := d.Store.Queue.ClaimReports(ctx, batchSize, d.lease(), d.now())
	if err != nil {
		return 0, fmt.Errorf("claim reports: %w", err)
	}
	if len(batch) == 0 {
		return 0, nil
	}
	return len(batch), d.weighWithRetry(ctx, batch)
}
