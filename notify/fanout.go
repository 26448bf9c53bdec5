package notify

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/work"
)

// AskQueue is where the asks wait.
type JobQueue interface {
	PutFanOutJobs(ctx context.Context, jobs []models.FanOutJob) error
	ClaimFanOutJobs(ctx context.Context, n int, lease time.Duration, now time.Time) ([]models.Claimed[models.FanOutJob], error)
	FinishFanOutJob(ctx context.Context, l models.Lease, jobs int64, since time.Time) error
}

// Exposures says who met what.
type Exposures interface {
	AnyExposed(ctx context.Context, keys []string) (map[string]bool, error)
	Exposed(ctx context.Context, keys []string, since time.Time, after string, limit int) ([]models.Exposure, error)
}

// Signatures is where signatures are read.
type Signatures interface {
	Signature(ctx context.Context, id string) (models.Signature, error)
}

// Inbox is where warnings are written, and the devices that they are for.
type Inbox interface {
	Devices(ctx context.Context, ids []string) ([]models.Device, error)
	PutWarnings(ctx context.Context, warnings []models.Warning) (created int, err error)
}

// SpreadOptions is what a Spread is made of.
type FanOutOptions struct {
	Jobs       JobQueue
	Exposures  Exposures
	Signatures Signatures
	Inbox      Inbox
	Keyer      models.Keyer
	OnWarnings func() // called when warnings were written; Outbox.Wake. May be nil
	Log        *slog.Logger
	Clock      func() time.Time // nil: time.Now

	Workers int           // asks worked at the same time; 0: 4
	Lease   time.Duration // how long a claim of an ask is ours, and after a crash nobody's; 0: 15 s

	// Observe is told durations: "change_to_job", from an entry of the log to
	// its asks, and "round", of one round over the exposed. May be nil.
	Observe func(name string, seconds float64)
}

// Spread finds who must be told. It follows the verdict log, puts an ask for
// every signature that somebody is exposed to and that takes a level that
// warns, and works the asks: one warning for each device exposed. Any number of
// nodes may run one; what two of them do twice is the same.
type FanOut struct {
	opt        FanOutOptions
	jobsQueued work.Signal // there are asks
	counts     counts

	scanLimit int
}

// NewSpread returns a Spread, which does nothing before Run.
func NewFanOut(opt FanOutOptions) *FanOut {
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	if opt.Observe == nil {
		opt.Observe = func(string, float64) {}
	}
	if opt.OnWarnings == nil {
		opt.OnWarnings = func() {}
	}
	if opt.Workers <= 0 {
		opt.Workers = 4
	}
	if opt.Lease <= 0 {
		opt.Lease = 15 * time.Second
	}
	return &FanOut{opt: opt, scanLimit: scanLimit}
}

// Wake says that there may be fan-out jobs.
func (f *FanOut) Wake() { f.jobsQueued.Wake() }

// Stats returns the totals since the start: What is "entries", "asks" (put),
// "rounds" (by how they ended), "warnings" (created) or "unwarned" (a device
// exposed that is owed nothing, with the reason).
func (f *FanOut) Stats() map[Count]int64 { return f.counts.snapshot() }

// The followers of the verdict log that a FanOut needs, by the names of their
// cursors. The second looks at each entry again when it is RecheckDelay old: an
// exposure can be stored, on a node that has not heard of the change yet, just
// after the first found nobody.
const (
	FanOutFollower  = "spread"
	RecheckFollower = "spread_second"
	RecheckDelay    = 30 * time.Second
)

// Run works the queued jobs until ctx ends, then finishes those it has begun and returns nil.
func (f *FanOut) Run(ctx context.Context) error {
	workers := work.Pool{Name: "fan-out jobs", Workers: f.opt.Workers, Claim: f.claim, Signal: &f.jobsQueued, Logger: f.opt.Log}
	workers.Run(ctx)
	return nil
}

// Apply returns what turns an entry of the log into fan-out jobs; its entries are
// counted under the name of the follower that reads them.
func (f *FanOut) Apply(follower string) func(context.Context, models.Entry) error {
	return func(ctx context.Context, e models.Entry) error {
		if err := f.enqueue(ctx, e); err != nil {
			return err
		}
		f.counts.add("entries", follower, 1)
		return nil
	}
}

// ask puts an ask for each change of the entry to a level that warns, of a
// signature that somebody is exposed to.
func (f *FanOut) enqueue(ctx context.Context, e models.Entry) error {
	keys, changes := f.warningChanges(e)
	jobs := map[string]models.FanOutJob{}
	for chunk := range slices.Chunk(keys, 1000) {
		exposed, err := f.opt.Exposures.AnyExposed(ctx, chunk)
		if err != nil {
			return fmt.Errorf("look for exposures: %w", err)
		}
		for _, k := range chunk {
			if !exposed[k] {
				continue
			}
			for _, c := range changes[k] {
				id := models.FanOutJobID(c.Signature, c.Rev)
				jobs[id] = models.FanOutJob{ID: id, Signature: c.Signature, Rev: c.Rev}
			}
		}
	}
	if len(jobs) == 0 {
		return nil
	}
	if err := f.opt.Jobs.PutFanOutJobs(ctx, slices.Collect(maps.Values(jobs))); err != nil {
		return fmt.Errorf("put asks: %w", err)
	}
	f.counts.add("jobs", "", len(jobs))
	f.opt.Observe("change_to_job", f.opt.Clock().Sub(e.At).Seconds())
	f.jobsQueued.Wake()
	return nil
}

// warning returns the entry's changes to a level that warns, by the keys under
// which exposures to them are kept. Another category or end of the same level
// is no news to those who met it.
func (f *FanOut) warningChanges(e models.Entry) (keys []string, changes map[string][]models.Change) {
	changes = map[string][]models.Change{}
	for _, c := range e.Changes {
		if !c.To.Warns() || c.From == c.To {
			continue
		}
		for _, r := range models.Recognisers(c.Rule, c.Kind, c.Value) {
			k := f.opt.Keyer.ExposureKey(r)
			changes[k] = append(changes[k], c)
			keys = append(keys, k)
		}
	}
	return keys, changes
}

func (f *FanOut) claim(ctx context.Context, n int) ([]func(), error) {
	start := f.opt.Clock()
	claimed, err := f.opt.Jobs.ClaimFanOutJobs(ctx, n, f.opt.Lease, start)
	if err != nil {
		return nil, fmt.Errorf("claim asks: %w", err)
	}
	detached := context.WithoutCancel(ctx)
	jobs := make([]func(), len(claimed))
	for i, c := range claimed {
		jobs[i] = func() {
			r := run{FanOut: f, job: c.Work, start: start, stop: ctx.Done()}
			ctx, cancel := context.WithTimeout(detached, f.opt.Lease)
			defer cancel()
			if err := r.work(ctx, c.Lease); err != nil {
				f.counts.add("runs", "failed", 1)
				f.opt.Log.ErrorContext(ctx, "round over the exposed failed", "signature", c.Work.Signature, "error", err)
			}
		}
	}
	return jobs, nil
}
