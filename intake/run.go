package intake

import (
	"context"
	"fmt"
	"time"
)

const (
	batchSize    = 500
	defaultLease = 20 * time.Second // unless Desk.Lease says otherwise
	pollInterval = time.Second      // for the reports of other nodes, and after a fault
	maxTries     = 8
)

// Run weighs the reports that are due, this node's and those that another left,
// until ctx ends. Any number of desks may run on one database.
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

func (d *Desk) lease() time.Duration {
	if d.Lease > 0 {
		return d.Lease
	}
	return defaultLease
}

// Round weighs the reports that are due now, at most 500, and returns how many
// it took. Run is made of rounds.
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
