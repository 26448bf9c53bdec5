package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/risk"
	"example.org/tocsin/work"
)

// How a round reads.
const (
	pageSize  = 500           // exposures in one read
	scanLimit = 20 * pageSize // exposures looked at together, so that a device with several is warned of the latest
	chunkSize = 1000          // devices read and warnings written at once
)

// shelf is how long a warning is worth pushing.
const warningTTL = 7 * 24 * time.Hour

// skew is how far the clocks of two nodes may differ: the next round looks
// again at what was recorded so shortly before this one began.
const clockSkew = 5 * time.Minute

// round works one ask: it warns every device exposed since the last round. It
// stops at half its lease, or when the process does, and leaves the rest to
// another round, which goes on where this one stood.
type run struct {
	*FanOut

	job   models.FanOutJob
	start time.Time
	stop  <-chan struct{}
}

func (r run) work(ctx context.Context, l models.Lease) error {
	sig, reason, err := r.signature(ctx)
	if err != nil {
		return err
	}
	next, requests := r.start.Add(-clockSkew), r.job.Requests
	if reason == "" {
		reason = "done"
		resumeAt, err := r.warn(ctx, sig)
		if err != nil {
			return err
		}
		if !resumeAt.IsZero() {
			reason = "continued"
			requests = -1 // never the number of asks: the ask stays open
			if resumeAt.Before(next) {
				next = resumeAt
			}
		}
	}
	err = work.Retry(ctx, func(ctx context.Context) error { return r.opt.Jobs.FinishFanOutJob(ctx, l, requests, next) })
	if work.Permanent(err) {
		reason = "lost" // somebody else has the ask now
		err = nil
	}
	if err != nil {
		return fmt.Errorf("finish ask %s: %w", r.job.ID, err)
	}
	r.counts.add("runs", reason, 1)
	r.opt.Observe("fanout_run", r.opt.Clock().Sub(r.start).Seconds())
	if reason == "continued" {
		r.jobsQueued.Wake()
	}
	return nil
}

// signature reads the ask's signature, and says why there is nobody to warn for
// it any more. Should it have taken another level that warns since, that is a
// change of its own, with an ask of its own.
func (r run) signature(ctx context.Context) (sig models.Signature, reason string, err error) {
	sig, err = r.opt.Signatures.Signature(ctx, r.job.Signature)
	switch {
	case errors.Is(err, models.NotFound):
		return sig, "signature_missing", nil
	case err != nil:
		return sig, "", fmt.Errorf("read signature %s: %w", r.job.Signature, err)
	case !sig.Level.Warns(), sig.LevelRev > r.job.Rev:
		return sig, "level_changed", nil
	case sig.Ended(r.start):
		return sig, "signature_ended", nil
	}
	return sig, "", nil
}

// warn writes the warnings. rest is the time from which exposures remain to be
// looked at; zero when none do.
func (r run) warn(ctx context.Context, sig models.Signature) (resumeAt time.Time, err error) {
	var keys []string
	for _, s := range models.Recognisers(sig.Rule, sig.Kind, sig.Value) {
		keys = append(keys, r.opt.Keyer.ExposureKey(s))
	}
	since, after := r.job.Since, ""
	for len(keys) > 0 {
		exposed, more, err := r.scan(ctx, keys, since, after)
		if err != nil {
			return time.Time{}, err
		}
		if err := r.warnDevices(ctx, sig, models.LastMet(exposed, func(e models.Exposure) string { return e.Device })); err != nil {
			return time.Time{}, err
		}
		if !more {
			break
		}
		last := exposed[len(exposed)-1]
		since, after = last.Recorded, last.ID
		if r.shouldStop() {
			return since, nil
		}
	}
	return time.Time{}, nil
}

// over reports whether the round must be left to another.
func (r run) shouldStop() bool {
	select {
	case <-r.stop:
		return true
	default:
		return r.opt.Clock().Sub(r.start) > r.opt.Lease/2
	}
}

// gather reads exposures, oldest first: a harvest of them, less when the round
// is over, and all when there are no more behind them.
func (r run) scan(ctx context.Context, keys []string, since time.Time, after string) (all []models.Exposure, more bool, err error) {
	for {
		got, err := r.opt.Exposures.Exposed(ctx, keys, since, after, pageSize)
		if err != nil {
			return nil, false, fmt.Errorf("read exposures: %w", err)
		}
		all = append(all, got...)
		if len(got) < pageSize {
			return all, false, nil
		}
		if len(all) >= r.scanLimit || r.shouldStop() {
			return all, true, nil
		}
		last := got[pageSize-1]
		since, after = last.Recorded, last.ID
	}
}

// tell writes the warnings of the devices exposed, a parcel at a time.
func (r run) warnDevices(ctx context.Context, sig models.Signature, exposed []models.Exposure) error {
	for len(exposed) > 0 {
		n := min(chunkSize, len(exposed))
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
		if err := r.putWarnings(ctx, r.warnings(sig, exposed[:n], byID)); err != nil {
			return err
		}
		exposed = exposed[n:]
	}
	return nil
}

// warnings decides for each device exposed. A device that is not in byID has been erased.
func (r run) warnings(sig models.Signature, exposed []models.Exposure, byID map[string]models.Device) []models.Warning {
	now := r.opt.Clock()
	out := make([]models.Warning, 0, len(exposed))
	for _, e := range exposed {
		d := risk.AtRisk(sig.Level, e, byID[e.Device], now)
		if !d.Warn {
			r.counts.add("unwarned", d.Reason, 1)
			continue
		}
		out = append(out, models.Warning{
			ID:     models.WarningID(e.Device, sig.ID, r.job.Rev),
			Device: e.Device, Signature: sig.ID, Rev: r.job.Rev, Level: sig.Level, Category: sig.Category,
			Kind: e.Kind, Hint: e.Hint, Channel: e.Channel, Met: e.Met,
			Created: now, Expires: now.Add(warningTTL), Lane: models.LaneUrgent, State: d.State, Due: now, Reason: d.Reason,
		})
	}
	return out
}

func (r run) putWarnings(ctx context.Context, warnings []models.Warning) error {
	if len(warnings) == 0 {
		return nil
	}
	created, err := r.opt.Inbox.PutWarnings(ctx, warnings)
	if created > 0 { // some may be there even where others failed
		r.counts.add("warnings", "", created)
		r.opt.OnWarnings()
	}
	if err != nil {
		return fmt.Errorf("put warnings: %w", err)
	}
	return nil
}
