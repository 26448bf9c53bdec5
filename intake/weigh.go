package intake

import (
	"context"
	"errors"
	"fmt"

	"example.org/tocsin/models"
)

// weigh turns a batch of reports into evidence, evidence into levels, levels into
// entries of the verdict log, and hits on dangerous signatures into fan-out jobs;
// then it finishes the reports.
//
// A crash between any two steps leaves the reports open, and they are weighed
// again. That repairs everything, because no step depends on being done once:
// evidence has the id of its signature and witness, a level is computed from
// all evidence and written only over the revision it was computed from, an unlogged
// signature is logged by whoever reads it next, and a fan-out job has the id of its
// signature and revision (TestACrashAfterAnyStepIsRepaired).
//
// The number of round trips does not grow with the batch, except for the evidence
// of signatures that exist already, which is read in parallel.
func (d *Desk) weigh(ctx context.Context, batch []models.Claimed[models.Report]) error {
	now := d.now()
	eb := d.collectEvidence(batch, now)
	if evidence := eb.all(); len(evidence) > 0 {
		if err := d.Store.Evidence.PutEvidence(ctx, evidence); err != nil {
			return fmt.Errorf("put %d pieces of evidence: %w", len(evidence), err)
		}
	}
	if err := d.updateSignatures(ctx, eb, now); err != nil {
		return err
	}
	jobs, err := d.fanOutJobs(ctx, batch, now)
	if err != nil {
		return err
	}
	if len(jobs) > 0 {
		if err := d.Store.FanOutJobs.PutFanOutJobs(ctx, jobs); err != nil {
			return fmt.Errorf("put %d fan-out jobs: %w", len(jobs), err)
		}
		d.WakeFanOut()
	}
	leases := make([]models.Lease, len(batch))
	for i, claimed := range batch {
		leases[i] = claimed.Lease
	}
	// Stale: a lease ran out, and another desk weighs those reports again to the same result.
	if err := d.Store.Queue.FinishReports(ctx, leases); err != nil && !errors.Is(err, models.Stale) {
		return fmt.Errorf("finish %d reports: %w", len(leases), err)
	}
	return nil
}
