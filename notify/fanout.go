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

// JobQueue keeps the fan-out jobs.
type JobQueue interface {
	// PutFanOutJobs queues jobs. For a job that exists already it adds one to its
	// Requests and, when the job is done, opens it again.
	PutFanOutJobs(ctx context.Context, jobs []models.FanOutJob) error
	// ClaimFanOutJobs leases up to n jobs that are due.
	ClaimFanOutJobs(ctx context.Context, n int, lease time.Duration, now time.Time) ([]models.Claimed[models.FanOutJob], error)
	// ReleaseFanOutJob gives a job back that could not be run, or parks it. A lost lease is models.Stale.
	ReleaseFanOutJob(ctx context.Context, l models.Lease, r models.Release) error
	// FinishFanOutJob ends a run. The job is done if its Requests still equal
	// requests; otherwise it stays open. Its next run looks at the exposures
	// recorded since the given time. A lost lease is models.Stale.
	FinishFanOutJob(ctx context.Context, l models.Lease, requests int64, since time.Time) error
}

// Exposures says which devices have met what, by the keyed hashes of recognisers.
type Exposures interface {
	// AnyExposed returns those of the keys that at least one exposure has.
	AnyExposed(ctx context.Context, keys []string) (map[string]bool, error)
	// Exposed returns up to limit exposures that have one of the keys, by time of
	// recording and ID, from since on and behind the ID after.
	Exposed(ctx context.Context, keys []string, since time.Time, after string, limit int) ([]models.Exposure, error)
}

// Signatures reads signatures; models.NotFound when there is none of that ID.
type Signatures interface {
	Signature(ctx context.Context, id string) (models.Signature, error)
}

// Inbox keeps the warnings, and the devices that they are for.
type Inbox interface {
	// Devices returns the devices of these IDs that exist, in any order.
	Devices(ctx context.Context, ids []string) ([]models.Device, error)
	// PutWarnings writes warnings and returns how many are new; one that exists
	// already is left as it is. Some may be written even where it fails.
	PutWarnings(ctx context.Context, warnings []models.Warning) (created int, err error)
}

// FanOutOptions is what a FanOut is made of.
type FanOutOptions struct {
	Jobs       JobQueue
	Exposures  Exposures
	Signatures Signatures
	Inbox      Inbox
	Keyer      models.Keyer
	OnWarnings func() // called after warnings were written, such as Outbox.Wake; may be nil
	Log        *slog.Logger
	Clock      func() time.Time // nil: time.Now

	Totals  *work.Totals  // counts what becomes of the work; nil: nobody does
	Workers int           // jobs worked at the same time; 0: 4
	Lease   time.Duration // how long a claimed job is ours; a crash blocks the job for that long. 0: 15 s

	// Observe receives durations in seconds: "change_to_job", from an entry of
	// the log to its fan-out jobs, and "fanout_run", of one run. May be nil.
	Observe func(name string, seconds float64)
}

// FanOut finds the devices that are to be warned of a signature. Apply queues a
// fan-out job for each change to a level that warns, if somebody is exposed to
// the signature; Run works the jobs and writes one warning for each device.
//
// Any number of nodes may run one: a job is claimed by one node at a time, and
// what two of them do twice has the same identifiers.
type FanOut struct {
	opt        FanOutOptions
	jobsQueued work.Signal // set when there may be jobs
	counts     counts

	scanLimit int // the constant scanLimit; smaller in tests
}

// NewFanOut returns a FanOut. It does nothing before Run.
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

// Wake says that there may be fan-out jobs. Without it Run finds them within a second.
func (f *FanOut) Wake() { f.jobsQueued.Wake() }

// Stats returns the totals since the start. The event is one of
//
//   - "entries": entries of the verdict log; the reason is the follower's name
//   - "jobs": fan-out jobs queued
//   - "runs": runs of jobs; the reason is how they ended
//   - "warnings": warnings that are new
//   - "unwarned": exposed devices that get no warning, with the reason of package risk
func (f *FanOut) Stats() map[Count]int64 { return f.counts.snapshot() }

// The followers of the verdict log that a FanOut needs, by the names of their
// cursors, which are stored and never renamed. The second follower applies each
// entry again when it is RecheckDelay old: a node that has not heard of a change
// yet can store an exposure just after the first follower has found nobody. See
// TestAnExposureStoredJustAfterTheFirstCheckIsFoundByTheRecheck.
const (
	FanOutFollower  = "fanout"
	RecheckFollower = "fanout_recheck"
	RecheckDelay    = 30 * time.Second
)

// Run works the queued jobs until ctx ends, then finishes those it has begun and returns nil.
func (f *FanOut) Run(ctx context.Context) error {
	loop := &work.Loop[models.FanOutJob]{
		Name: "fanout_jobs", Workers: f.opt.Workers, Lease: f.opt.Lease,
		Claim: f.opt.Jobs.ClaimFanOutJobs, Release: f.opt.Jobs.ReleaseFanOutJob,
		Do: func(detached context.Context, batch []models.Claimed[models.FanOutJob]) error {
			for _, c := range batch {
				r := jobRun{FanOut: f, job: c.Work, start: f.opt.Clock(), stop: ctx.Done()}
				if err := r.execute(detached, c.Lease); err != nil {
					f.counts.add("runs", "failed", 1)
					return fmt.Errorf("fan-out job of %s: %w", c.Work.Signature, err)
				}
			}
			return nil
		},
		Signal: &f.jobsQueued, Totals: f.opt.Totals, Clock: f.opt.Clock, Logger: f.opt.Log,
	}
	return loop.Run(ctx)
}

// Apply returns the function that turns an entry of the verdict log into fan-out
// jobs. Its entries are counted under the name of the follower that calls it.
func (f *FanOut) Apply(follower string) func(context.Context, models.Entry) error {
	return func(ctx context.Context, e models.Entry) error {
		if err := f.enqueue(ctx, e); err != nil {
			return err
		}
		f.counts.add("entries", follower, 1)
		return nil
	}
}

// enqueue puts a fan-out job for each of the entry's changes to a level that
// warns, if somebody is exposed to its signature. An import may hold a thousand
// such changes and nobody has met most of them, so it asks for many keys at once.
func (f *FanOut) enqueue(ctx context.Context, e models.Entry) error {
	keys, changes := f.warningChanges(e)
	jobs := map[string]models.FanOutJob{} // by ID: a signature with several keys has one job
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
		return fmt.Errorf("put fan-out jobs: %w", err)
	}
	f.counts.add("jobs", "", len(jobs))
	f.opt.Observe("change_to_job", f.opt.Clock().Sub(e.At).Seconds())
	f.jobsQueued.Wake()
	return nil
}

// warningChanges returns the entry's changes to a level that warns, by the keys
// under which exposures to their signatures are kept. A change that leaves the
// level as it was, of the category or the end date, is no news to those exposed.
func (f *FanOut) warningChanges(e models.Entry) (keys []string, changes map[string][]models.Change) {
	changes = map[string][]models.Change{}
	for _, c := range e.Changes {
		if !c.To.Warns() || c.From == c.To {
			continue
		}
		for _, r := range models.Recognisers(c.Rule, c.Kind, c.Value) {
			for _, k := range f.opt.Keyer.ExposureKeys(r) {
				changes[k] = append(changes[k], c)
				keys = append(keys, k)
			}
		}
	}
	return keys, changes
}
