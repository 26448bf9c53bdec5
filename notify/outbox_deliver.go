package notify

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/risk"
	"example.org/tocsin/work"
)

// deliver pushes one claimed warning, or finds out why it cannot, and stores
// which. d is nil when the device has been erased. It fails only when what has become of
// the warning could not be stored.
func (o *Outbox) deliver(ctx context.Context, c models.Claimed[models.Warning], d *models.Device) error {
	now := o.opt.Clock()
	if state, reason := o.undeliverable(c.Work, d, now); state != "" {
		return o.finish(ctx, c.Lease, state, reason)
	}
	if c.Work.Awaits {
		if settled, err := o.settleEarlyClear(ctx, c, now); settled || err != nil {
			return err
		}
	}
	if until := o.breaker.openUntil(d.Platform, now); !until.IsZero() {
		return o.reschedule(ctx, c, until.Sub(now), ReasonBreakerOpen)
	}
	if until := o.throttle.pausedUntil(now); !until.IsZero() {
		return o.reschedule(ctx, c, until.Sub(now), ReasonThrottled)
	}
	if until := o.throttle.slowedUntil(d.Push.Value, now); !until.IsZero() {
		return o.reschedule(ctx, c, until.Sub(now), ReasonTargetSlowed)
	}
	return o.handleResult(ctx, c, d, o.push(ctx, c.Work, d))
}

// settleEarlyClear deals with an all-clear that was written during the push which it
// takes back. If that push is not over yet, the all-clear waits; if it was never made,
// the all-clear stays in the inbox. settled is false where it may be pushed now.
func (o *Outbox) settleEarlyClear(ctx context.Context, c models.Claimed[models.Warning], now time.Time) (settled bool, err error) {
	accused, err := o.opt.Threads.Warning(ctx, models.WarningID(c.Work.Exposure, models.WarningAccuse, c.Work.Episode))
	switch {
	case errors.Is(err, models.NotFound), err == nil && accused.Seen(): // if it is gone: rather an all-clear too many
		return false, nil
	case err != nil:
		return true, fmt.Errorf("read the warning that is taken back: %w", err)
	case accused.State != models.WarningDue:
		return true, o.finish(ctx, c.Lease, models.WarningHeld, ReasonNotPushed)
	}
	return true, o.reschedule(ctx, c, accused.Due.Sub(now), ReasonUnderWay)
}

// undeliverable returns the final state of a warning that is not to be pushed at
// all, and the reason; an empty state when it is to be pushed. Consent is read
// here again, because it may have been withdrawn since the warning was written.
func (o *Outbox) undeliverable(w models.Warning, d *models.Device, now time.Time) (state models.WarningState, reason string) {
	switch {
	case d == nil:
		return models.WarningDead, ReasonErased
	case !w.PushUntil.After(now):
		return models.WarningDead, ReasonExpired
	case w.Class == models.WarningAccuse && !w.Level.Warns(): // it fell while it was leased
		return models.WarningHeld, risk.ReasonNotDangerous
	case !d.Consents.Warnings:
		return models.WarningHeld, risk.ReasonNoConsent
	case o.opt.Sender == nil:
		return models.WarningHeld, ReasonNoSender
	case d.Push == nil || d.Push.Value == "":
		return models.WarningHeld, risk.ReasonNoPushTarget
	}
	return "", ""
}

// push sends a warning to a device that has a push target, in the device's language.
func (o *Outbox) push(ctx context.Context, w models.Warning, d *models.Device) Result {
	title, body := o.opt.Messages.Warning(w, o.hint(ctx, w), d.Locale, d.Zone)
	ctx, cancel := context.WithTimeout(ctx, o.opt.Timeout)
	defer cancel()
	start := o.opt.Clock()
	r := o.opt.Sender.Send(ctx, *d.Push, Payload{
		WarningID: w.ID, Class: w.Class, Thread: models.ThreadID(w.Exposure), Level: w.Level, Kind: w.Kind,
		Title: title, Body: body, Expires: w.PushUntil,
	})
	o.opt.Observe("push", o.opt.Clock().Sub(start).Seconds())
	return r
}

// hint opens the hint of a warning. One that cannot be opened is no reason to keep
// the warning back: it is counted, the first is logged, and the text does without
// (TestAWarningWhoseHintCannotBeOpenedGoesOutWithoutIt).
func (o *Outbox) hint(ctx context.Context, w models.Warning) string {
	hint, err := o.opt.Keyer.OpenHint(w.Hint)
	if err != nil {
		o.counts.add("unhinted", "", 1)
		o.hintFault.Do(func() {
			o.opt.Log.ErrorContext(ctx, "the hint of a warning cannot be opened: its text goes out without; more of them are only counted",
				"warning", w.ID, "error", err)
		})
	}
	return hint
}

// handleResult stores what follows from the result of a push, and tells the
// throttle and the breaker.
func (o *Outbox) handleResult(ctx context.Context, c models.Claimed[models.Warning], d *models.Device, r Result) error {
	now := o.opt.Clock()
	switch r.Outcome {
	case Accepted:
		return o.accepted(ctx, c, d, now)
	case Gone:
		return o.dropTarget(ctx, c, d, r.Reason)
	case Refused:
		// FCM answers INVALID_ARGUMENT to a bad target and to a bad payload alike.
		// A payload of the same level that was accepted elsewhere leaves the target.
		if _, accepted := o.acceptedLevels.Load(c.Work.Level); r.TargetSuspect && accepted {
			return o.dropTarget(ctx, c, d, r.Reason)
		}
		return o.finish(ctx, c.Lease, models.WarningDead, r.Reason)
	case Foreign:
		var until time.Time
		if !d.Push.Proven.IsZero() {
			until = o.denied(ctx, d, r, now)
		}
		if o.breaker.accepts(d.Platform, now) {
			return o.dropTarget(ctx, c, d, r.Reason)
		}
		return o.reschedule(ctx, c, until.Sub(now), r.Reason) // the next acceptance tells whose fault it is
	case Denied:
		return o.reschedule(ctx, c, o.denied(ctx, d, r, now).Sub(now), r.Reason)
	case Throttled:
		until, all := o.throttle.refuse(d.Push.Value, !d.Push.Proven.IsZero(), r.RetryAfter, now)
		o.counts.add("throttled", r.Reason, 1)
		if all {
			o.counts.add("paused", r.Reason, 1)
			o.opt.Log.WarnContext(ctx, "all pushes pause: the push service refuses several targets for their rate", "reason", r.Reason)
		}
		return o.reschedule(ctx, c, until.Sub(now), r.Reason)
	case Retry:
		return o.reschedule(ctx, c, r.RetryAfter, r.Reason)
	default:
		o.opt.Log.ErrorContext(ctx, "the sender gave no outcome", "warning", c.Work.ID)
		return o.reschedule(ctx, c, 0, "no_outcome")
	}
}

// accepted ends a warning that was pushed, and notes a target that works for the first
// time. That note may fail: the next push makes it.
func (o *Outbox) accepted(ctx context.Context, c models.Claimed[models.Warning], d *models.Device, now time.Time) error {
	o.throttle.accept(d.Push.Value, now)
	o.breaker.accept(d.Platform, now)
	o.acceptedLevels.Store(c.Work.Level, struct{}{})
	o.opt.Observe("warning_to_push", now.Sub(c.Work.Created).Seconds())
	if d.Push.Proven.IsZero() {
		if err := o.opt.Devices.ProvePush(ctx, d.ID, *d.Push, now); err != nil {
			o.opt.Log.WarnContext(ctx, "that a push target works was not noted", "error", err)
		}
	}
	return o.finish(ctx, c.Lease, models.WarningSent, "")
}

// denied tells the breaker of a push that was refused for our credentials, and returns the end of the
// time without pushes; it is zero or past when there is none.
func (o *Outbox) denied(ctx context.Context, d *models.Device, r Result, now time.Time) time.Time {
	until, tripped := o.breaker.refuse(d.Platform, d.Push.Value, !d.Push.Proven.IsZero(), now)
	if tripped {
		o.counts.add("breaker_opened", r.Reason, 1)
		o.opt.Log.ErrorContext(ctx, "pushes to a platform are stopped: the push service refuses our credentials",
			"platform", d.Platform, "reason", r.Reason, "until", until, "error", r.Err)
	}
	return until
}

// dropTarget removes the push target that was tried, unless the device has named
// another one meanwhile (TestATargetThatIsReplacedWhileTheOldOneIsTriedStays),
// and ends the warning. FCM asks for targets that are gone to be deleted.
func (o *Outbox) dropTarget(ctx context.Context, c models.Claimed[models.Warning], d *models.Device, reason string) error {
	err := work.Retry(ctx, func(ctx context.Context) error { return o.opt.Devices.DropPush(ctx, d.ID, *d.Push) })
	if err != nil && !errors.Is(err, models.NotFound) { // a device that was erased meanwhile has no target
		return fmt.Errorf("drop the push target of %s: %w", d.ID, err)
	}
	return o.finish(ctx, c.Lease, models.WarningGone, reason)
}

// reschedule makes the warning due again after a back-off of at least minDelay,
// unless it has expired by then or has used up its tries.
func (o *Outbox) reschedule(ctx context.Context, c models.Claimed[models.Warning], minDelay time.Duration, reason string) error {
	now := o.opt.Clock()
	due := now.Add(work.Backoff(c.Lease.Tries, max(minDelay, 0), rand.Float64())) //nolint:gosec // spreads load, hides nothing
	switch {
	case !c.Work.PushUntil.After(due):
		return o.finish(ctx, c.Lease, models.WarningDead, ReasonExpired)
	case c.Lease.Tries >= o.opt.MaxTries:
		return o.finish(ctx, c.Lease, models.WarningDead, ReasonTooManyTries)
	}
	err := work.Retry(ctx, func(ctx context.Context) error { return o.opt.Warnings.PostponeWarning(ctx, c.Lease, due, reason) })
	return o.recordOutcome(err, "retried", reason)
}

// finish ends a warning in the given state.
func (o *Outbox) finish(ctx context.Context, l models.Lease, state models.WarningState, reason string) error {
	err := work.Retry(ctx, func(ctx context.Context) error {
		return o.opt.Warnings.SettleWarning(ctx, l, state, reason, o.opt.Clock())
	})
	return o.recordOutcome(err, string(state), reason)
}

// recordOutcome counts an event that was stored, or that it could not be. That the lease
// was lost, or the device erased with its warnings, is no fault.
func (o *Outbox) recordOutcome(err error, event, reason string) error {
	switch {
	case err == nil:
		o.counts.add(event, reason, 1)
		return nil
	case errors.Is(err, models.Stale), errors.Is(err, models.NotFound):
		o.counts.add("lost", event, 1)
		return nil
	}
	o.counts.add("lost", event, 1)
	return fmt.Errorf("store that a warning is %s: %w", event, err)
}
