package notify

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/risk"
	"example.org/tocsin/work"
)

// WarningQueue keeps the warnings and leases those that are due.
type WarningQueue interface {
	// ClaimWarnings leases up to n warnings of the lane that are due.
	ClaimWarnings(ctx context.Context, lane models.Lane, n int, lease time.Duration, now time.Time) ([]models.Claimed[models.Warning], error)
	// SettleWarning ends a warning: sent, held, gone or dead. A lost lease is models.Stale.
	SettleWarning(ctx context.Context, l models.Lease, state models.WarningState, reason string, now time.Time) error
	// PostponeWarning makes a warning due again at due, on purpose. A lost lease is models.Stale.
	PostponeWarning(ctx context.Context, l models.Lease, due time.Time, reason string) error
	// ReleaseWarning gives a warning back that could not be dealt with, or parks it. A lost lease is models.Stale.
	ReleaseWarning(ctx context.Context, l models.Lease, r models.Release) error
}

// Thread is what the outbox asks of the warnings beside their queue.
type Thread interface {
	// Warning returns one warning; models.NotFound when there is none.
	Warning(ctx context.Context, id string) (models.Warning, error)
	// RequeueWarnings makes due again those of a device's warnings whose target was
	// gone or that are held for one of the reasons, if they are still worth a push and
	// the device has not told that it has them. It returns how many that are.
	RequeueWarnings(ctx context.Context, device string, reasons []string, now time.Time) (int64, error)
}

// Targets keeps the push targets of devices.
type Targets interface {
	// Devices returns the devices of these IDs that exist, in any order.
	Devices(ctx context.Context, ids []string) ([]models.Device, error)
	// ProvePush notes that a push for the target was accepted, if it is still the device's.
	ProvePush(ctx context.Context, device string, push models.PushTarget, at time.Time) error
	// DropPush removes a device's push target if it is still the given one.
	DropPush(ctx context.Context, device string, push models.PushTarget) error
}

// OutboxOptions is what an Outbox is made of.
type OutboxOptions struct {
	Warnings WarningQueue
	Threads  Thread
	Devices  Targets
	Sender   Sender // nil: nothing is pushed; warnings wait in the inbox
	Messages *Messages
	Keyer    models.Keyer // opens the hints of warnings
	Log      *slog.Logger
	Clock    func() time.Time // nil: time.Now

	InFlight int           // pushes under way at the same time, in each lane; 0: 256
	Lease    time.Duration // how long a claimed warning is ours; a crash delays the warning for that long. 0: 20 s
	MaxTries int           // claims before a warning that may still work is given up; 0: 100

	// Timeout is the longest that one push may take; 0: 10 s, the least that FCM
	// asks for (https://firebase.google.com/docs/cloud-messaging/scale-fcm#timeouts).
	// With less, a push that FCM accepts slowly is made twice.
	Timeout time.Duration

	Totals *work.Totals // counts what becomes of the work; nil: nobody does

	// Observe receives durations in seconds: "warning_to_push", from the creation
	// of a warning to its acceptance, and "push", of one call of the Sender. May be nil.
	Observe func(name string, seconds float64)
}

// Outbox pushes the warnings that are due. Each of them ends sent, held, gone or
// dead, with the reason; until then it stays due
// (TestWhateverFCMDoesEveryWarningEndsWithAReason).
//
// A push is made at least once. It is made twice only where the reply to the
// first was lost, or the process died before the reply was stored: to store
// first would lose pushes instead. The app recognises the second by its ID.
type Outbox struct {
	opt            OutboxOptions
	urgent         work.Signal // set when the urgent lane may have warnings due
	campaign       work.Signal // set when the campaign lane may
	throttle       throttle
	breaker        breaker
	counts         counts
	hintFault      sync.Once // logs the first hint that cannot be opened
	acceptedLevels sync.Map  // models.Level -> struct{}: levels of which some device has accepted a payload
}

// The reasons that an Outbox gives, beside those of package risk and of its
// Sender. They are stored with warnings and never renamed.
const (
	ReasonNoSender     = "no_sender"
	ReasonErased       = "device_erased"
	ReasonExpired      = "expired"
	ReasonTooManyTries = "too_many_tries"
	ReasonBreakerOpen  = "platform_halted"
	ReasonThrottled    = "sending_slowed"
	ReasonTargetSlowed = "target_slowed"
	ReasonUnderWay     = "push_under_way" // an all-clear waits for the push that it takes back
	ReasonNotPushed    = "not_pushed"     // what an all-clear takes back was never pushed
)

// NewOutbox returns an Outbox. It does nothing before Run.
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

// Wake says that there may be warnings due. Without it Run finds them within a second.
func (o *Outbox) Wake() {
	o.urgent.Wake()
	o.campaign.Wake()
}

// Requeue makes due again what could not be pushed to a device because it had no
// target, or a target that was gone, or no consent. Call it after the device has
// been stored with either; again after a crash in between, which does no harm
// (TestWhatTheOldTargetNeverGotIsPushedToTheNewOne).
func (o *Outbox) Requeue(ctx context.Context, device string) error {
	n, err := o.opt.Threads.RequeueWarnings(ctx, device, []string{risk.ReasonNoPushTarget, risk.ReasonNoConsent}, o.opt.Clock())
	if err != nil {
		return fmt.Errorf("requeue the warnings of a device: %w", err)
	}
	if n > 0 {
		o.counts.add("requeued", "", int(n))
		o.Wake()
	}
	return nil
}

// Stats returns the totals since the start. The event is one of
//
//   - "sent", "held", "gone", "dead": warnings that ended so, with the reason
//   - "retried": warnings that stay due, with the reason
//   - "requeued": warnings that are due again for a device that can be reached now
//   - "breaker_opened": the pushes to a platform were stopped
//   - "throttled": a push was refused for its rate; "paused": all pushes were paused for that
//   - "unhinted": the hint of a warning could not be opened; its text goes out without
//   - "lost": a result could not be stored, such as after the lease; the reason is the event that was lost
func (o *Outbox) Stats() map[Count]int64 { return o.counts.snapshot() }

// Run pushes until ctx ends, then finishes what is in flight and returns nil
// (TestStoppingFinishesWhatIsInFlight). Each lane has workers of its own, so a
// campaign cannot delay an urgent warning
// (TestACampaignThatHangsDoesNotHoldUpAnUrgentWarning).
func (o *Outbox) Run(ctx context.Context) error {
	if o.opt.Sender == nil {
		o.opt.Log.WarnContext(ctx, "no push sender is configured: warnings wait in the inbox")
	}
	var lanes sync.WaitGroup
	for lane, signal := range map[models.Lane]*work.Signal{models.LaneUrgent: &o.urgent, models.LaneCampaign: &o.campaign} {
		lanes.Go(func() { _ = o.loop(lane, signal).Run(ctx) }) // it returns nil
	}
	lanes.Wait()
	return nil
}

// delivery is a warning with the device that it is for, nil for one that was erased.
type delivery struct {
	warning models.Warning
	device  *models.Device
}

// loop returns the loop that delivers the warnings of a lane. It claims nothing during a
// pause of the throttle.
func (o *Outbox) loop(lane models.Lane, signal *work.Signal) *work.Loop[delivery] {
	return &work.Loop[delivery]{
		Name: "warnings_" + string(lane), Workers: o.opt.InFlight, Lease: o.opt.Lease,
		Claim: func(ctx context.Context, n int, _ time.Duration, now time.Time) ([]models.Claimed[delivery], error) {
			return o.claim(ctx, lane, n, now)
		},
		Do: func(ctx context.Context, batch []models.Claimed[delivery]) error {
			for _, c := range batch {
				if err := o.deliver(ctx, models.Claimed[models.Warning]{Lease: c.Lease, Work: c.Work.warning}, c.Work.device); err != nil {
					return err
				}
			}
			return nil
		},
		Release: o.opt.Warnings.ReleaseWarning, Signal: signal, Totals: o.opt.Totals, Clock: o.opt.Clock, Logger: o.opt.Log,
		Pause: func() time.Duration {
			now := o.opt.Clock()
			return o.throttle.pausedUntil(now).Sub(now)
		},
	}
}

// claim leases up to n warnings of the lane, and reads the devices of all of them in one
// query. Where that fails, the leases run out and the warnings are claimed again.
func (o *Outbox) claim(ctx context.Context, lane models.Lane, n int, now time.Time) ([]models.Claimed[delivery], error) {
	claimed, err := o.opt.Warnings.ClaimWarnings(ctx, lane, n, o.opt.Lease, now)
	if err != nil || len(claimed) == 0 {
		return nil, err //nolint:wrapcheck // the loop says what was tried
	}
	ids := make([]string, len(claimed))
	for i, c := range claimed {
		ids[i] = c.Work.Device
	}
	found, err := o.opt.Devices.Devices(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read devices of warnings: %w", err)
	}
	devices := make(map[string]*models.Device, len(found))
	for i := range found {
		devices[found[i].ID] = &found[i]
	}
	deliveries := make([]models.Claimed[delivery], len(claimed))
	for i, c := range claimed {
		deliveries[i] = models.Claimed[delivery]{Lease: c.Lease, Work: delivery{c.Work, devices[c.Work.Device]}}
	}
	return deliveries, nil
}
