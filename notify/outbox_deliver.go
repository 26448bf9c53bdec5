package notify

import (
	"context"
	"math/rand/v2"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/risk"
	"example.org/tocsin/work"
)

// deliver pushes one claimed warning, or finds out why it cannot, and stores
// which. d is nil when the device has been erased.
func (o *Outbox) deliver(ctx context.Context, c models.Claimed[models.Warning], d *models.Device) {
	now := o.opt.Clock()
	if state, reason := o.undeliverable(c.Work, d, now); state != "" {
		o.finish(ctx, c.Lease, state, reason)
		return
	}
	if c.Work.Awaits && !o.mayClear(ctx, c, now) {
		return
	}
	if until := o.breaker.openUntil(d.Platform, now); !until.IsZero() {
		o.reschedule(ctx, c, until.Sub(now), ReasonBreakerOpen)
		return
	}
	if until := o.throttle.pausedUntil(now); !until.IsZero() {
		o.reschedule(ctx, c, until.Sub(now), ReasonThrottled)
		return
	}
	o.handleResult(ctx, c, d, o.push(ctx, c.Work, d))
}

// mayClear reports whether an all-clear that was written during the push which it
// takes back may be pushed now. If that push is not over yet, it waits; if it was
// never made, the all-clear stays in the inbox.
func (o *Outbox) mayClear(ctx context.Context, c models.Claimed[models.Warning], now time.Time) bool {
	accused, err := o.opt.Warnings.Warning(ctx, models.WarningID(c.Work.Exposure, models.WarningAccuse, c.Work.Episode))
	switch {
	case err == nil && accused.Seen(), work.Permanent(err): // it is gone: rather an all-clear too many
		return true
	case err == nil && accused.State != models.WarningDue:
		o.finish(ctx, c.Lease, models.WarningHeld, ReasonNotPushed)
	default:
		o.reschedule(ctx, c, accused.Due.Sub(now), ReasonUnderWay)
	}
	return false
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
	title, body := o.opt.Messages.Warning(w, d.Locale, d.Zone)
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

// handleResult stores what follows from the result of a push, and tells the
// throttle and the breaker.
func (o *Outbox) handleResult(ctx context.Context, c models.Claimed[models.Warning], d *models.Device, r Result) {
	now := o.opt.Clock()
	switch r.Outcome {
	case Accepted:
		o.throttle.recordSuccess(now)
		o.breaker.recordSuccess(d.Platform)
		o.acceptedLevels.Store(c.Work.Level, struct{}{})
		o.opt.Observe("warning_to_push", now.Sub(c.Work.Created).Seconds())
		o.finish(ctx, c.Lease, models.WarningSent, "")
	case Gone:
		o.dropTarget(ctx, c, d, r.Reason)
	case Refused:
		// FCM answers INVALID_ARGUMENT to a bad target and to a bad payload alike.
		// A payload of the same level that was accepted elsewhere leaves the target.
		if _, accepted := o.acceptedLevels.Load(c.Work.Level); r.TargetSuspect && accepted {
			o.dropTarget(ctx, c, d, r.Reason)
			return
		}
		o.finish(ctx, c.Lease, models.WarningDead, r.Reason)
	case Denied:
		until, tripped := o.breaker.recordFailure(d.Platform, now)
		if tripped {
			o.counts.add("breaker_opened", r.Reason, 1)
			o.opt.Log.ErrorContext(ctx, "pushes to a platform are stopped: the push service refuses our credentials",
				"platform", d.Platform, "reason", r.Reason, "until", until, "error", r.Err)
		}
		o.reschedule(ctx, c, until.Sub(now), r.Reason)
	case Throttled:
		until := o.throttle.pause(r.RetryAfter, now)
		o.counts.add("throttled", r.Reason, 1)
		o.reschedule(ctx, c, until.Sub(now), r.Reason)
	case Retry:
		o.reschedule(ctx, c, r.RetryAfter, r.Reason)
	default:
		o.opt.Log.ErrorContext(ctx, "the sender gave no outcome", "warning", c.Work.ID)
		o.reschedule(ctx, c, 0, "no_outcome")
	}
}

// dropTarget removes the push target that was tried, unless the device has named
// another one meanwhile (TestATargetThatIsReplacedWhileTheOldOneIsTriedStays),
// and ends the warning. FCM asks for targets that are gone to be deleted.
func (o *Outbox) dropTarget(ctx context.Context, c models.Claimed[models.Warning], d *models.Device, reason string) {
	err := work.Retry(ctx, func(ctx context.Context) error { return o.opt.Devices.DropPush(ctx, d.ID, *d.Push) })
	if err != nil && !work.Permanent(err) {
		o.opt.Log.ErrorContext(ctx, "drop push target failed", "device", d.ID, "error", err)
		return // the lease runs out and the push is tried again
	}
	o.finish(ctx, c.Lease, models.WarningGone, reason)
}

// reschedule makes the warning due again after a back-off of at least minDelay,
// unless it has expired by then or has used up its tries.
func (o *Outbox) reschedule(ctx context.Context, c models.Claimed[models.Warning], minDelay time.Duration, reason string) {
	now := o.opt.Clock()
	due := now.Add(risk.Backoff(c.Lease.Tries, max(minDelay, 0), rand.Float64())) //nolint:gosec // spreads load, hides nothing
	switch {
	case !c.Work.PushUntil.After(due):
		o.finish(ctx, c.Lease, models.WarningDead, ReasonExpired)
		return
	case c.Lease.Tries >= o.opt.MaxTries:
		o.finish(ctx, c.Lease, models.WarningDead, ReasonTooManyTries)
		return
	}
	err := work.Retry(ctx, func(ctx context.Context) error { return o.opt.Warnings.RetryWarning(ctx, c.Lease, due, reason) })
	o.recordOutcome(ctx, err, "retried", reason, c.Lease)
}

// finish ends a warning in the given state.
func (o *Outbox) finish(ctx context.Context, l models.Lease, state models.WarningState, reason string) {
	err := work.Retry(ctx, func(ctx context.Context) error {
		return o.opt.Warnings.SettleWarning(ctx, l, state, reason, o.opt.Clock())
	})
	o.recordOutcome(ctx, err, string(state), reason, l)
}

// recordOutcome counts an event that was stored, or that it could not be. A
// permanent error is no fault: the lease was lost, or the device erased with its
// warnings. After any other the warning is claimed and pushed again.
func (o *Outbox) recordOutcome(ctx context.Context, err error, event, reason string, l models.Lease) {
	switch {
	case err == nil:
		o.counts.add(event, reason, 1)
	case work.Permanent(err):
		o.counts.add("lost", event, 1)
	default:
		o.counts.add("lost", event, 1)
		o.opt.Log.ErrorContext(ctx, "state of a warning not stored", "warning", l.ID, "state", event, "error", err)
	}
}
