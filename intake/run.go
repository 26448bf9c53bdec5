package intake

import (
	"context"
	"fmt"
	"time"
)

const (
	batchSize    = 500              // reports weighed together
	defaultLease = 20 * time.Second // unless Desk.Lease says otherwise
	pollInterval = time.Second      // for the reports of other nodes, and after an error
	maxTries     = 8                // of a report that cannot be weighed
)

// Run weighs the reports that are due, this node's and those that another node
// left, until ctx ends; then it returns nil. Any number of desks may run on one
// database (TestTwoDesksOnOneDatabase).
func (d *Desk) Run(ctx context.Context) error {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for ctx.Err() == nil {
		weighed, err := d.RunOnce(ctx)
		if err != nil && ctx.Err() == nil {
			d.Logger.ErrorContext(ctx, "reports not weighed", "error", err)
		}
		if err == nil && weighed > 0 {
			continue
		}
		select {
		case <-ctx.Done():
		case <-d.wake.C():
		case <-tick.C:
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
