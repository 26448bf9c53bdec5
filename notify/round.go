package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/risk"
)

// How a round reads.
const (
	page    = 500       // exposures in one read
	harvest = 20 * page // exposures looked at together, so that a device with several is warned of the latest
	parcel  = 1000      // devices read and warnings written at once
)

// shelf is how long a warning is worth pushing.
const shelf = 7 * 24 * time.Hour

// skew is how far the clocks of two nodes may differ: the next round looks
// again at what was recorded so shortly before this one began.
const skew = 5 * time.Minute

// round works one ask: it warns every device exposed since the last round. It
// stops at half its lease, or when the process does, and leaves the rest to
// another round, which goes on where this one stood.
type round struct {
	*Spread

	ask   models.Ask
	began time.Time
	stop  <-chan struct{}
}

func (r round) work(ctx context.Context, l models.Lease) error {
	sig, reason, err := r.signature(ctx)
	if err != nil {
		return err
	}
	next, asks := r.began.Add(-skew), r.ask.Asks
	if reason == "" {
		reason = "done"
		rest, err := r.warn(ctx, sig)
		if err != nil {
			return err
		}
		if !rest.IsZero() {
			reason = "continued"
			asks = -1 // never the number of asks: the ask stays open
			if rest.Before(next) {
				next = rest
			}
		}
	}
	err = persist(ctx, func(ctx context.Context) error { return r.opt.Asks.FinishAsk(ctx, l, asks, next) })
	if final(err) {
		reason = "lost" // somebody else has the ask now
		err = nil
	}
	if err != nil {
		return fmt.Errorf("finish ask %s: %w", r.ask.ID, err)
	}
	r.counts.add("rounds", reason, 1)
	r.opt.Observe("round", r.opt.Clock().Sub(r.began).Seconds())
	if reason == "continued" {
		r.asked.now()
	}
	return nil
}

// signature reads the ask's signature, and says why there is nobody to warn for
// it any more. Should it have taken another level that warns since, that is a
// change of its own, with an ask of its own.
func (r round) signature(ctx context.Context) (sig models.Signature, reason string, err error) {
	sig, err = r.opt.Signatures.Signature(ctx, r.ask.Signature)
	switch {
	case errors.Is(err, models.NotFound):
		return sig, "signature_missing", nil
	case err != nil:
		return sig, "", fmt.Errorf("read signature %s: %w", r.ask.Signature, err)
	case !sig.Level.Warns(), sig.LevelRev > r.ask.Rev:
		return sig, "level_changed", nil
	case sig.Ended(r.began):
		return sig, "signature_ended", nil
	}
	return sig, "", nil
}

// warn writes the warnings. rest is the time from which exposures remain to be
// looked at; zero when none do.
func (r round) warn(ctx context.Context, sig models.Signature) (rest time.Time, err error) {
	var keys []string
	for _, s := range models.Recognisers(sig.Rule, sig.Kind, sig.Value) {
		keys = append(keys, r.opt.Keyer.Exposure(s))
	}
	since, after := r.ask.Since, ""
	for len(keys) > 0 {
		exposed, more, err := r.gather(ctx, keys, since, after)
		if err != nil {
			return time.Time{}, err
		}
		if err := r.tell(ctx, sig, models.LastMet(exposed, func(e models.Exposure) string { return e.Device })); err != nil {
			return time.Time{}, err
		}
		if !more {
			break
		}
		last := exposed[len(exposed)-1]
		since, after = last.Recorded, last.ID
		if r.over() {
			return since, nil
		}
	}
	return time.Time{}, nil
}

// over reports whether the round must be left to another.
func (r round) over() bool {
	select {
	case <-r.stop:
		return true
	default:
		return r.opt.Clock().Sub(r.began) > r.opt.Lease/2
	}
}

// gather reads exposures, oldest first: a harvest of them, less when the round
// is over, and all when there are no more behind them.
func (r round) gather(ctx context.Context, keys []string, since time.Time, after string) (all []models.Exposure, more bool, err error) {
	for {
		got, err := r.opt.Exposures.Exposed(ctx, keys, since, after, page)
		if err != nil {
			return nil, false, fmt.Errorf("read exposures: %w", err)
		}
		all = append(all, got...)
		if len(got) < page {
			return all, false, nil
		}
		if len(all) >= r.harvest || r.over() {
			return all, true, nil
		}
		last := got[page-1]
		since, after = last.Recorded, last.ID
	}
}

// tell writes the warnings of the devices exposed, a parcel at a time.
func (r round) tell(ctx context.Context, sig models.Signature, exposed []models.Exposure) error {
	for len(exposed) > 0 {
		n := min(parcel, len(exposed))
		ids := make([]string, n)
		for i, e := range exposed[:n] {
			ids[i] = e.Device
		}
		devices, err := r.opt.Inbox.Devices(ctx, ids)
		if err != nil {
			return fmt.Errorf("read exposed devices: %w", err)
		}
		byID := make(map[string]models.Device, len(devices))
		for _, d := range devices {
			byID[d.ID] = d
		}
		if err := r.put(ctx, r.warnings(sig, exposed[:n], byID)); err != nil {
			return err
		}
		exposed = exposed[n:]
	}
	return nil
}

// warnings decides for each device exposed. A device that is not in byID has been erased.
func (r round) warnings(sig models.Signature, exposed []models.Exposure, byID map[string]models.Device) []models.Warning {
	now := r.opt.Clock()
	out := make([]models.Warning, 0, len(exposed))
	for _, e := range exposed {
		d := risk.AtRisk(sig.Level, e, byID[e.Device], now)
		if !d.Warn {
			r.counts.add("unwarned", d.Reason, 1)
			continue
		}
		out = append(out, models.Warning{
			ID:     models.WarningID(e.Device, sig.ID, r.ask.Rev),
			Device: e.Device, Signature: sig.ID, Rev: r.ask.Rev, Level: sig.Level, Category: sig.Category,
			Kind: e.Kind, Tail: e.Tail, Channel: e.Channel, Met: e.Met,
			Created: now, Expires: now.Add(shelf), Lane: models.LaneUrgent, State: d.State, Due: now, Reason: d.Reason,
		})
	}
	return out
}

func (r round) put(ctx context.Context, warnings []models.Warning) error {
	if len(warnings) == 0 {
		return nil
	}
	created, err := r.opt.Inbox.PutWarnings(ctx, warnings)
	if created > 0 { // some may be there even where others failed
		r.counts.add("warnings", "", created)
		r.opt.Warned()
	}
	if err != nil {
		return fmt.Errorf("put warnings: %w", err)
	}
	return nil
}
