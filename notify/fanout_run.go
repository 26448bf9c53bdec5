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

// How much a run reads and writes at a time.
const (
	pageSize  = 500           // exposures in one query
	scanLimit = 20 * pageSize // exposures that are compared, so that a device with several is warned of the latest
	chunkSize = 1000          // devices read and warnings written in one query
)

// warningTTL is how long a warning is worth pushing, much less than the four
// weeks that FCM would keep it for a device that is offline
// (https://firebase.google.com/docs/cloud-messaging/customize-messages/setting-message-lifespan).
const warningTTL = 7 * 24 * time.Hour

// clockSkew is how far the clocks of two nodes may differ. The next run of a job
// looks again at the exposures recorded so shortly before this run began; they
// get no second warning, because its identifier would be the same.
const clockSkew = 5 * time.Minute

// jobRun is one run of one fan-out job: it warns every device exposed since the
// job's last run. It stops at half its lease, or when the process stops, and the
// job's next run goes on from there (TestARunThatMustStopIsContinuedByTheNext).
type jobRun struct {
	*FanOut

	job   models.FanOutJob
	start time.Time       // before the first page
	stop  <-chan struct{} // closed when the process stops
}

// execute does the run and finishes the job under its lease. It counts how the
// run ended: "done", "continued", "lost", or why there is nobody to warn. An
// error leaves the job claimed; it is due again when the lease runs out.
func (r jobRun) execute(ctx context.Context, l models.Lease) error {
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
			requests = -1 // no job has so many requests: it stays open
			if resumeAt.Before(next) {
				next = resumeAt
			}
		}
	}
	err = work.Retry(ctx, func(ctx context.Context) error { return r.opt.Jobs.FinishFanOutJob(ctx, l, requests, next) })
	if errors.Is(err, models.Stale) {
		reason = "lost" // another node has claimed the job meanwhile
		err = nil
	}
	if err != nil {
		return fmt.Errorf("finish fan-out job %s: %w", r.job.ID, err)
	}
	r.counts.add("runs", reason, 1)
	r.opt.Observe("fanout_run", r.opt.Clock().Sub(r.start).Seconds())
	if reason == "continued" {
		r.jobsQueued.Wake()
	}
	return nil
}

// signature reads the job's signature. A reason says why nobody is to be warned
// of it any more. A signature that has taken another level that warns since then
// has another job, for that change.
func (r jobRun) signature(ctx context.Context) (sig models.Signature, reason string, err error) {
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

// warn writes the warnings, a scan of exposures at a time. resumeAt is the time
// of recording from which exposures remain; it is zero when none do.
func (r jobRun) warn(ctx context.Context, sig models.Signature) (resumeAt time.Time, err error) {
	var keys []string
	for _, s := range models.Recognisers(sig.Rule, sig.Kind, sig.Value) {
		keys = append(keys, r.opt.Keyer.ExposureKeys(s)...)
	}
	since, after := r.job.Since, ""
	for len(keys) > 0 {
		exposed, more, err := r.scan(ctx, keys, since, after)
		if err != nil {
			return time.Time{}, err
		}
		// A device that met several numbers of a range is warned of the latest one.
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

// shouldStop reports whether the rest is left to the next run. Half the lease
// remains for the page under way: a result after the lease is thrown away.
func (r jobRun) shouldStop() bool {
	select {
	case <-r.stop:
		return true
	default:
		return r.opt.Clock().Sub(r.start) > r.opt.Lease/2
	}
}

// scan reads exposures, oldest first, from since and behind the ID after: up to
// scanLimit of them, or fewer when the run should stop. more says that there are others behind them.
func (r jobRun) scan(ctx context.Context, keys []string, since time.Time, after string) (all []models.Exposure, more bool, err error) {
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

// warnDevices writes the warnings of the exposed devices, chunkSize at a time.
// Each device occurs once in exposed.
func (r jobRun) warnDevices(ctx context.Context, sig models.Signature, exposed []models.Exposure) error {
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

// warnings returns the warnings of the exposed devices for which risk.AtRisk
// decides so, and counts the reasons of the others. A device that is not in byID
// has been erased. The ID is that of the job's revision, so a second run writes
// the same warnings.
func (r jobRun) warnings(sig models.Signature, exposed []models.Exposure, byID map[string]models.Device) []models.Warning {
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

// putWarnings writes warnings and wakes who delivers them.
func (r jobRun) putWarnings(ctx context.Context, warnings []models.Warning) error {
	if len(warnings) == 0 {
		return nil
	}
	created, err := r.opt.Inbox.PutWarnings(ctx, warnings)
	if created > 0 { // some may have been written even where others failed
		r.counts.add("warnings", "", created)
		r.opt.OnWarnings()
	}
	if err != nil {
		return fmt.Errorf("put warnings: %w", err)
	}
	return nil
}
