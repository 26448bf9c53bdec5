package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/work"
)

// How much a run reads and writes at a time.
const (
	pageSize  = 500           // exposures in one query
	scanLimit = 20 * pageSize // exposures that are compared, so that a device with several is warned of the latest
	chunkSize = 1000          // devices read and warnings written in one query
)

// clockSkew is how far the clocks of two nodes may differ. The next run of a job
// looks again at the exposures recorded so shortly before this run began; they
// get no second warning, because its identifier would be the same.
const clockSkew = 5 * time.Minute

// jobRun is one run of one fan-out job: it brings the warnings in line with the
// present level of the job's signature. It stops at half its lease, or when the
// process stops, and the job's next run goes on from there
// (TestARunThatMustStopIsContinuedByTheNext).
//
// First it reviews the open warnings that list the signature; then it goes over the
// exposures that the signature recognises. When it has come to the end and the
// signature or the exemptions have changed meanwhile, what it judged by may be
// wrong, and it is done again (TestAChangeDuringARunIsSeenByTheRunOrTheNext): a job
// for the newer change may have been worked before this run wrote.
type jobRun struct {
	*FanOut

	job   models.FanOutJob
	start time.Time       // before the first page
	stop  <-chan struct{} // closed when the process stops
}

// execute does the run and finishes the job under its lease. It counts how the
// run ended: "done", "continued", "changed", "lost", or "signature_missing". An
// error leaves the job claimed; it is due again when the lease runs out.
func (r jobRun) execute(ctx context.Context, l models.Lease) error {
	reason, progress, err := r.work(ctx)
	if err != nil {
		return err
	}
	requests := r.job.Requests
	if reason == "continued" || reason == "changed" {
		requests = -1 // no job has so many requests: it stays open
	}
	open := requests < 0
	err = work.Retry(ctx, func(ctx context.Context) error { return r.opt.Jobs.FinishFanOutJob(ctx, l, requests, progress) })
	if errors.Is(err, models.Stale) {
		reason = "lost" // another node has claimed the job meanwhile
		err = nil
	}
	if err != nil {
		return fmt.Errorf("finish fan-out job %s: %w", r.job.ID, err)
	}
	r.counts.add("runs", reason, 1)
	r.opt.Observe("fanout_run", r.opt.Clock().Sub(r.start).Seconds())
	if open {
		r.jobsQueued.Wake()
	}
	return nil
}

// work does the run. It returns how it ended and how far the job has come.
func (r jobRun) work(ctx context.Context) (reason string, p models.FanOutProgress, err error) {
	if err := r.opt.Exemptions.Sync(ctx); err != nil {
		return "", p, fmt.Errorf("follow the exemptions: %w", err)
	}
	version := r.opt.Exemptions.changes()
	sig, found, err := r.signature(ctx)
	if err != nil {
		return "", p, err
	}
	if !found {
		return "signature_missing", r.job.FanOutProgress, nil
	}
	p, more, err := r.bringInLine(ctx, sig)
	switch {
	case err != nil:
		return "", p, err
	case more:
		return "continued", p, nil
	}
	changed, err := r.changedSince(ctx, sig, version)
	switch {
	case err != nil:
		return "", p, err
	case changed:
		return "changed", r.job.FanOutProgress, nil
	}
	return "done", p, nil
}

// signature reads the job's signature as it is now: whatever change the job was
// queued for, it is the present level that counts.
func (r jobRun) signature(ctx context.Context) (sig models.Signature, found bool, err error) {
	all, err := r.opt.Signatures.Signatures(ctx, []string{r.job.Signature})
	if err != nil {
		return sig, false, fmt.Errorf("read signature %s: %w", r.job.Signature, err)
	}
	if len(all) == 0 {
		return sig, false, nil
	}
	return all[0], true, nil
}

// changedSince reports whether the level or the end of the signature, or any
// exemption, has changed since they were read. Only a change that the verdict log
// tells later is not seen, and that has a job which runs after this look.
func (r jobRun) changedSince(ctx context.Context, sig models.Signature, version int64) (bool, error) {
	if err := r.opt.Exemptions.Sync(ctx); err != nil {
		return false, fmt.Errorf("follow the exemptions: %w", err)
	}
	now, found, err := r.signature(ctx)
	if err != nil {
		return false, err
	}
	return !found || now.LevelRev != sig.LevelRev || !now.Ends.Equal(sig.Ends) || r.opt.Exemptions.changes() != version, nil
}

// bringInLine reviews the warnings that list the signature, and goes over the
// exposures to it. p is how far that has come; more says that some remain.
func (r jobRun) bringInLine(ctx context.Context, sig models.Signature) (p models.FanOutProgress, more bool, err error) {
	if sig.Ends.After(r.start) && (sig.Level.Warns() || sig.Level.Exempts()) {
		if err := r.opt.Jobs.PutFanOutJobs(ctx, []models.FanOutJob{endJob(sig.ID, sig.LevelRev, sig.Ends)}); err != nil {
			return p, false, fmt.Errorf("put the job for the end of %s: %w", sig.ID, err)
		}
	}
	p = r.job.FanOutProgress
	if p.Reviewed, err = r.reviewListing(ctx, sig); err != nil || p.Reviewed != models.AllReviewed {
		return p, true, err
	}
	resumeAt, err := r.eachExposed(ctx, sig)
	if err != nil {
		return p, false, err
	}
	p.Since = r.start.Add(-clockSkew)
	if !resumeAt.IsZero() && resumeAt.Before(p.Since) {
		p.Since = resumeAt
	}
	return p, !resumeAt.IsZero(), nil
}

// reviewListing reviews the open warnings that list the signature, by their ids. It
// returns the last that it came to, models.AllReviewed if that was the last of all.
func (r jobRun) reviewListing(ctx context.Context, sig models.Signature) (last string, err error) {
	for last = r.job.Reviewed; last != models.AllReviewed; {
		page, err := r.opt.Inbox.WarningsListing(ctx, sig.ID, nil, last, chunkSize)
		if err != nil {
			return last, fmt.Errorf("read the warnings of %s: %w", sig.ID, err)
		}
		if err := r.review(ctx, page, ""); err != nil {
			return last, err
		}
		if len(page) < chunkSize {
			return models.AllReviewed, nil
		}
		last = page[chunkSize-1].ID
		if r.shouldStop() {
			break
		}
	}
	return last, nil
}

// eachExposed judges the exposures to the signature, a scan at a time. resumeAt is
// the time of recording from which exposures remain; it is zero when none do.
func (r jobRun) eachExposed(ctx context.Context, sig models.Signature) (resumeAt time.Time, err error) {
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
		if err := r.judge(ctx, sig, exposed); err != nil {
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
