package intake

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/work"
)

// weighWithRetry weighs a batch, and again while the store is unavailable: the
// reports would otherwise wait for the end of their leases. For the same reason a
// batch that has begun is finished even when ctx ends; every call to the store has
// a deadline of its own.
func (d *Desk) weighWithRetry(ctx context.Context, batch []models.Claimed[models.Report]) error {
	for remaining := d.lease(); ; remaining -= work.PollInterval {
		err := d.bisect(context.WithoutCancel(ctx), batch)
		if err == nil || !transient(err) || remaining <= 0 {
			return err
		}
		d.Logger.WarnContext(ctx, "weighing again", "reports", len(batch), "error", err)
		select {
		case <-ctx.Done():
			return err
		case <-time.After(work.PollInterval):
		}
	}
}

// bisect weighs a batch. Where the batch itself is at fault, it is halved until
// the one report that cannot be weighed is alone; that one goes back into the queue
// (TestOneReportThatCannotBeWeighedHoldsUpNoOther). An unavailable store is no
// fault of the batch: that error is returned.
func (d *Desk) bisect(ctx context.Context, batch []models.Claimed[models.Report]) error {
	err := d.weighSafely(ctx, batch)
	switch {
	case err == nil:
		return nil
	case transient(err):
		return err
	case len(batch) == 1:
		return d.requeue(ctx, batch[0], err)
	}
	half := len(batch) / 2
	return errors.Join(d.bisect(ctx, batch[:half]), d.bisect(ctx, batch[half:]))
}

// weighSafely weighs a batch and turns a panic into an error: one report that
// makes a parser panic must not stop the desk. The value of the panic may hold
// what somebody wrote, so only the stack is logged.
func (d *Desk) weighSafely(ctx context.Context, batch []models.Claimed[models.Report]) (err error) {
	defer func() {
		if r := recover(); r != nil {
			d.Logger.ErrorContext(ctx, "weighing panicked", "reports", len(batch), "stack", string(debug.Stack()))
			err = &models.Error{Code: "panic"}
		}
	}()
	return d.weigh(ctx, batch)
}

// transient reports whether an error goes away by itself, so that the same batch
// may be tried again.
func transient(err error) bool {
	return errors.Is(err, models.Unavailable) || errors.Is(err, models.Conflict) || errors.Is(err, models.Stale) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// requeue puts a report that cannot be weighed back into the queue, due after a
// backoff, with the code of the error. After maxTries it is dead: kept, and no
// longer claimed.
func (d *Desk) requeue(ctx context.Context, claimed models.Claimed[models.Report], cause error) error {
	fault := "internal"
	if e := (*models.Error)(nil); errors.As(cause, &e) && e.Code != "" {
		fault = e.Code
	}
	dead := claimed.Lease.Tries >= maxTries
	d.Logger.ErrorContext(ctx, "report cannot be weighed",
		"report", claimed.Lease.ID, "tries", claimed.Lease.Tries, "dead", dead, "error", cause)
	due := d.now().Add(work.Backoff(claimed.Lease.Tries, 0, rand.Float64())) //nolint:gosec // spreads the tries over time, protects nothing
	if err := d.Store.Queue.RetryReport(ctx, claimed.Lease, due, fault, dead); err != nil && !errors.Is(err, models.Stale) {
		return fmt.Errorf("put back report %s: %w", claimed.Lease.ID, err)
	}
	return nil
}
