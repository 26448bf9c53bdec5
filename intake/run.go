package intake

import (
	"context"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/work"
)

const (
	batchSize    = 500              // reports weighed together
	defaultLease = 20 * time.Second // unless Desk.Lease says otherwise
)

// Run weighs the reports that are due, this node's and those that another node
// left, until ctx ends; then it returns nil. Any number of desks may run on one
// database (TestTwoDesksOnOneDatabase).
func (d *Desk) Run(ctx context.Context) error { return d.loop().Run(ctx) }

// RunOnce weighs the reports that are due now, at most 500, and returns how many
// it claimed.
func (d *Desk) RunOnce(ctx context.Context) (int, error) { return d.loop().RunOnce(ctx) }

// loop returns the loop that weighs reports. One report that cannot be weighed
// holds up no other (TestOneReportThatCannotBeWeighedHoldsUpNoOther).
func (d *Desk) loop() *work.Loop[models.Report] {
	lease := d.Lease
	if lease <= 0 {
		lease = defaultLease
	}
	return &work.Loop[models.Report]{
		Name: "reports", Batch: batchSize, Lease: lease,
		Claim: d.Store.Queue.ClaimReports, Do: d.weigh, Release: d.Store.Queue.ReleaseReport,
		Signal: &d.wake, Totals: d.Totals, Clock: d.now, Logger: d.Logger,
	}
}
