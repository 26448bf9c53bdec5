package notify

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/risk"
	"example.org/tocsin/work"
)

// WarningQueue is where the warnings that are due wait.
type WarningQueue interface {
	ClaimWarnings(ctx context.Context, lane models.Lane, n int, lease time.Duration, now time.Time) ([]models.Claimed[models.Warning], error)
	SettleWarning(ctx context.Context, l models.Lease, state models.WarningState, reason string, now time.Time) error
	RetryWarning(ctx context.Context, l models.Lease, due time.Time, reason string) error
}

// Targets is where the push targets of devices are kept.
type Targets interface {
	Devices(ctx context.Context, ids []string) ([]models.Device, error)
	DropPush(ctx context.Context, device string, push models.PushTarget) error
}

// OutboxOptions is what an Outbox is made of.
type OutboxOptions struct {
	Warnings WarningQueue
	Devices  Targets
	Sender   Sender // nil: nothing is pushed, warnings wait in the inbox
	Messages *Messages
	Log      *slog.Logger
	Clock    func() time.Time // nil: time.Now

	InFlight int           // pushes at the same time, in each lane; 0: 256
	Lease    time.Duration // how long a claim is ours, and after a crash nobody's; 0: 20 s
	Timeout  time.Duration // for one push; 0: 10 s. Less makes the service's slow acceptances come twice
	MaxTries int           // claims before a warning that may still work is given up; 0: 100

	// Observe is told durations: "warning_to_push", from the warning's
	// creation to its acceptance, and "push", of one call of the Sender. May be nil.
	Observe func(name string, seconds float64)
}

// Outbox pushes the warnings that are due. Each of them ends sent, held, gone
// or dead, with the reason; until then it stays due. A push is made at least
// once: it is made twice only where the answer to the first was lost, or the
// process died before it could be written down.
type Outbox struct {
	opt            OutboxOptions
	urgent         work.Signal
	campaign       work.Signal // of the campaign lane
	throttle       throttle
	breaker        breaker
	counts         counts
	acceptedLevels sync.Map // models.Level -> struct{}: payloads that some device has taken
}

// The reasons an Outbox gives, beside those of package risk and of its Sender.
const (
	ReasonNoSender     = "no_sender"
	ReasonErased       = "device_erased"
	ReasonExpired      = "expired"
	ReasonTooManyTries = "too_many_tries"
	ReasonBreakerOpen  = "platform_halted"
	ReasonThrottled    = "sending_slowed"
)

// NewOutbox returns an Outbox, which does nothing before Run.
func NewOutbox(opt OutboxOptions) *Outbox {
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	if opt.Observe == nil {
		opt.Observe = func(string, float64) {}
	}
	if opt.InFlight <= 0 {
		opt.InFlight = 256
	}
	if opt.Lease <= 0 {
		opt.Lease = 20 * time.Second
	}
	if opt.Timeout <= 0 {
		opt.Timeout = 10 * time.Second
	}
	if opt.MaxTries <= 0 {
		opt.MaxTries = 100
	}
	return &Outbox{opt: opt}
}

// Wake says that there may be warnings due.
func (o *Outbox) Wake() {
	o.urgent.Wake()
	o.campaign.Wake()
}

// Stats returns the totals since the start: What is "sent", "held", "gone",
// "later", "dead", "halt" (a platform was stopped), "slow" (everything was) or
// "lost" (a result was thrown away because the claim had run out).
func (o *Outbox) Stats() map[Count]int64 { return o.counts.snapshot() }

// Run pushes until ctx ends, then finishes what is in flight and returns nil.
// The urgent lane has hands of its own, so no campaign can stand in its way.
func (o *Outbox) Run(ctx context.Context) error {
	if o.opt.Sender == nil {
		o.opt.Log.WarnContext(ctx, "no push sender is configured: warnings wait in the inbox")
	}
	var lanes sync.WaitGroup
	lanes.Go(func() { o.lane(models.LaneUrgent, &o.urgent).Run(ctx) })
	lanes.Go(func() { o.lane(models.LaneCampaign, &o.campaign).Run(ctx) })
	lanes.Wait()
	return nil
}

func (o *Outbox) lane(lane models.Lane, wake *work.Signal) work.Pool {
	return work.Pool{
		Name: string(lane), Workers: o.opt.InFlight, Signal: wake, Logger: o.opt.Log,
		Claim: func(ctx context.Context, n int) ([]func(), error) { return o.claim(ctx, lane, n) },
		BackOff: func() time.Duration {
			now := o.opt.Clock()
			return o.throttle.pausedUntil(now).Sub(now)
		},
	}
}

// claim takes up to n warnings and reads their devices, at once for all of them.
func (o *Outbox) claim(ctx context.Context, lane models.Lane, n int) ([]func(), error) {
	start := o.opt.Clock()
	claimed, err := o.opt.Warnings.ClaimWarnings(ctx, lane, n, o.opt.Lease, start)
	if err != nil {
		return nil, fmt.Errorf("claim warnings: %w", err)
	}
	if len(claimed) == 0 {
		return nil, nil
	}
	ids := make([]string, len(claimed))
	for i, c := range claimed {
		ids[i] = c.Work.Device
	}
	found, err := o.opt.Devices.Devices(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read devices of warnings: %w", err) // the claims run out and are made again
	}
	devices := make(map[string]*models.Device, len(found))
	for i := range found {
		devices[found[i].ID] = &found[i]
	}
	// What is begun is finished even while we stop; the lease is the limit.
	deadline := start.Add(o.opt.Lease)
	detached := context.WithoutCancel(ctx)
	jobs := make([]func(), len(claimed))
	for i, c := range claimed {
		jobs[i] = func() {
			ctx, cancel := context.WithTimeout(detached, deadline.Sub(o.opt.Clock()))
			defer cancel()
			o.deliver(ctx, c, devices[c.Work.Device])
		}
	}
	return jobs, nil
}

// deliver pushes one warning, or finds out why not, and writes down which. A
// nil device has been erased.
func (o *Outbox) deliver(ctx context.Context, c models.Claimed[models.Warning], d *models.Device) {
	now := o.opt.Clock()
	if state, reason := o.undeliverable(c.Work, d, now); state != "" {
		o.settle(ctx, c.Lease, state, reason)
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

// settled returns the state of a warning that is not to be pushed at all.
func (o *Outbox) undeliverable(w models.Warning, d *models.Device, now time.Time) (state models.WarningState, reason string) {
	switch {
	case d == nil:
		return models.WarningDead, ReasonErased
	case !w.Expires.IsZero() && !w.Expires.After(now):
		return models.WarningDead, ReasonExpired
	case !d.Consents.Warnings:
		return models.WarningHeld, risk.ReasonNoConsent
	case o.opt.Sender == nil:
		return models.WarningHeld, ReasonNoSender
	case d.Push == nil || d.Push.Value == "":
		return models.WarningHeld, risk.ReasonNoPushTarget
	}
	return "", ""
}

func (o *Outbox) push(ctx context.Context, w models.Warning, d *models.Device) Result {
	title, body := o.opt.Messages.Warning(w, d.Locale, d.Zone)
	ctx, cancel := context.WithTimeout(ctx, o.opt.Timeout)
	defer cancel()
	start := o.opt.Clock()
	r := o.opt.Sender.Send(ctx, *d.Push, Payload{
		WarningID: w.ID, Level: w.Level, Kind: w.Kind, Title: title, Body: body, Expires: w.Expires,
	})
	o.opt.Observe("push", o.opt.Clock().Sub(start).Seconds())
	return r
}

// conclude writes down what a push came to.
func (o *Outbox) handleResult(ctx context.Context, c models.Claimed[models.Warning], d *models.Device, r Result) {
	now := o.opt.Clock()
	switch r.Outcome {
	case Accepted:
		o.throttle.recordSuccess(now)
		o.breaker.recordSuccess(d.Platform)
		o.acceptedLevels.Store(c.Work.Level, struct{}{})
		o.opt.Observe("warning_to_push", now.Sub(c.Work.Created).Seconds())
		o.settle(ctx, c.Lease, models.WarningSent, "")
	case Gone:
		o.dropTarget(ctx, c, d, r.Reason)
	case Refused:
		if _, accepted := o.acceptedLevels.Load(c.Work.Level); r.TargetSuspect && accepted {
			o.dropTarget(ctx, c, d, r.Reason) // the same payload was good for others: it is the target
			return
		}
		o.settle(ctx, c.Lease, models.WarningDead, r.Reason)
	case Denied:
		until, tripped := o.breaker.recordFailure(d.Platform, now)
		if tripped {
			o.counts.add("breaker_opened", r.Reason, 1)
			o.opt.Log.ErrorContext(ctx, "pushes to a platform are stopped: it does not let us in",
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

// gone drops the target, unless the device has named a new one meanwhile.
func (o *Outbox) dropTarget(ctx context.Context, c models.Claimed[models.Warning], d *models.Device, reason string) {
	err := work.Retry(ctx, func(ctx context.Context) error { return o.opt.Devices.DropPush(ctx, d.ID, *d.Push) })
	if err != nil && !work.Permanent(err) {
		o.opt.Log.ErrorContext(ctx, "drop push target failed", "device", d.ID, "error", err)
		return // the claim runs out and the push is tried again
	}
	o.settle(ctx, c.Lease, models.WarningGone, reason)
}

// later leaves the warning due, not before floor has passed, unless it has run
// out of time or tries.
func (o *Outbox) reschedule(ctx context.Context, c models.Claimed[models.Warning], minDelay time.Duration, reason string) {
	now := o.opt.Clock()
	due := now.Add(risk.Backoff(c.Lease.Tries, max(minDelay, 0), rand.Float64())) //nolint:gosec // spreads load, hides nothing
	switch {
	case !c.Work.Expires.IsZero() && !c.Work.Expires.After(due):
		o.settle(ctx, c.Lease, models.WarningDead, ReasonExpired)
		return
	case c.Lease.Tries >= o.opt.MaxTries:
		o.settle(ctx, c.Lease, models.WarningDead, ReasonTooManyTries)
		return
	}
	err := work.Retry(ctx, func(ctx context.Context) error { return o.opt.Warnings.RetryWarning(ctx, c.Lease, due, reason) })
	o.recordOutcome(ctx, err, "retried", reason, c.Lease)
}

func (o *Outbox) settle(ctx context.Context, l models.Lease, state models.WarningState, reason string) {
	err := work.Retry(ctx, func(ctx context.Context) error {
		return o.opt.Warnings.SettleWarning(ctx, l, state, reason, o.opt.Clock())
	})
	o.recordOutcome(ctx, err, string(state), reason, l)
}

func (o *Outbox) recordOutcome(ctx context.Context, err error, event, reason string, l models.Lease) {
	switch {
	case err == nil:
		o.counts.add(event, reason, 1)
	case work.Permanent(err):
		o.counts.add("lost", event, 1)
	default:
		o.counts.add("lost", event, 1)
		o.opt.Log.ErrorContext(ctx, "settle warning failed", "warning", l.ID, "state", event, "error", err)
	}
}
