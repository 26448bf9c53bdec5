package intake

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/work"
)

const (
	reviewBatch = 100         // signatures reviewed together
	reviewLease = time.Minute // how long claimed reviews are this desk's own
	reviewAgain = time.Hour   // until a signature is looked for again that is not stored yet
	maxLooks    = 8           // looks for a signature that is never stored
)

// RunReviews does the reviews that are due, of this node and of others, until ctx ends;
// then it returns nil.
func (d *Desk) RunReviews(ctx context.Context) error { return d.reviewLoop().Run(ctx) }

// ReviewOnce reviews the signatures that are due now, at most 100, and returns how many
// it claimed.
func (d *Desk) ReviewOnce(ctx context.Context) (int, error) { return d.reviewLoop().RunOnce(ctx) }

// reviewLoop returns the loop that reviews signatures. Nothing wakes it: a review is due
// when time has passed.
func (d *Desk) reviewLoop() *work.Loop[models.Review] {
	return &work.Loop[models.Review]{
		Name: "reviews", Batch: reviewBatch, Lease: reviewLease,
		Claim: d.Store.Reviews.ClaimReviews, Do: d.review, Release: d.Store.Reviews.ReleaseReview,
		Signal: new(work.Signal), Totals: d.Totals, Clock: d.now, Logger: d.Logger,
	}
}

// review weighs signatures again that nobody has reported: their evidence has aged, or
// the end of a decision has come. It writes each of them, logs what has changed, and
// queues the next review. Done twice it changes no level the second time, and a crash
// leaves the reviews open (TestACrashDuringAReviewIsRepaired).
//
// A signature is written even where nothing has changed. A desk that has put an earlier
// review and has not written its signature yet then conflicts, and puts the review again;
// without that write, this desk could finish with a time that the other has just passed.
func (d *Desk) review(ctx context.Context, batch []models.Claimed[models.Review]) error {
	now := d.now()
	ids := make([]string, len(batch))
	for i, claimed := range batch {
		ids[i] = claimed.Work.ID
	}
	written, err := d.rewrite(ctx, ids, now)
	if err != nil {
		return err
	}
	done := make([]models.Reviewed, len(batch))
	for i, claimed := range batch {
		done[i].Lease = claimed.Lease
		s, stored := written[claimed.Work.ID]
		switch {
		case stored && !s.ReviewAt.IsZero():
			done[i].Next = s.ReviewAt.Add(models.ReviewGrace)
		case !stored && claimed.Lease.Tries < maxLooks: // its writer is late, or has died and another weighs its reports again
			done[i].Next, done[i].Tries = now.Add(reviewAgain), claimed.Lease.Tries
		}
	}
	// Stale: somebody has put a review meanwhile, which stands, or the lease ran out.
	if err := d.Store.Reviews.FinishReviews(ctx, done); err != nil && !errors.Is(err, models.Stale) {
		return fmt.Errorf("finish %d reviews: %w", len(done), err)
	}
	return nil
}

// rewrite writes signatures with the level that their evidence amounts to now, and returns
// those that exist as they are then.
func (d *Desk) rewrite(ctx context.Context, open []string, now time.Time) (map[string]models.Signature, error) {
	written := make(map[string]models.Signature, len(open))
	for range maxWriteAttempts {
		present, err := d.Publisher.Read(ctx, open, now)
		if err != nil {
			return nil, err
		}
		evidence, err := d.storedEvidence(ctx, present)
		if err != nil {
			return nil, err
		}
		revised := make([]models.Signature, 0, len(present))
		for id, old := range present {
			next, _ := rescore(old, evidence[id], now)
			next = models.Revise(old, next, now)
			written[id] = next
			revised = append(revised, next)
		}
		if open, err = d.Publisher.Write(ctx, revised, now); err != nil {
			return nil, err
		}
		d.conflicts.Add(int64(len(open)))
		if len(open) == 0 {
			return written, nil
		}
	}
	return nil, contendedError()
}
