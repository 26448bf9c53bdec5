package notify

import (
	"context"
	"fmt"
	"log/slog"
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
	// requests; otherwise it stays open. Its next run goes on from the given
	// progress. A lost lease is models.Stale.
	FinishFanOutJob(ctx context.Context, l models.Lease, requests int64, p models.FanOutProgress) error
}

// Exposures says which devices have met what, by the keyed hashes of recognisers.
type Exposures interface {
	// AnyExposed returns those of the keys that at least one exposure has.
	AnyExposed(ctx context.Context, keys []string) (map[string]bool, error)
	// Exposed returns up to limit exposures that have one of the keys, by time of
	// recording and ID, from since on and behind the ID after.
	Exposed(ctx context.Context, keys []string, since time.Time, after string, limit int) ([]models.Exposure, error)
	// ExposuresByID returns the exposures of these IDs that exist, in any order.
	ExposuresByID(ctx context.Context, ids []string) ([]models.Exposure, error)
	// GrowEpisodes sets Episode and EpisodeFrom of exposures that are in the episode before.
	GrowEpisodes(ctx context.Context, exposures []models.Exposure) error
	// MarkExempted adds the signature to Exempted of the exposures of these IDs.
	MarkExempted(ctx context.Context, signature string, exposures []string) error
}

// Signatures reads those of the signatures that exist, in any order.
type Signatures interface {
	Signatures(ctx context.Context, ids []string) ([]models.Signature, error)
}

// Devices is who may be warned.
type Devices interface {
	// Devices returns the devices of these IDs that exist, in any order.
	Devices(ctx context.Context, ids []string) ([]models.Device, error)
	// PushedSince returns how many accusations of each kind each of the devices has been
	// pushed since then, or is to be; none for a device without any.
	PushedSince(ctx context.Context, devices []string, since time.Time) (map[string]map[models.IndicatorKind]int, error)
}

// Inbox keeps the warnings. A warning is open if it accuses and no all-clear has closed it.
type Inbox interface {
	// PutWarnings writes warnings and returns how many are new, and the IDs of those
	// that exist already; these are left as they are. Some may be written even where it fails.
	PutWarnings(ctx context.Context, warnings []models.Warning) (created int, present []string, err error)
	// OpenWarnings returns the open warnings among those of the IDs, in any order.
	OpenWarnings(ctx context.Context, ids []string) ([]models.Warning, error)
	// WarningsListing returns up to limit open warnings that list the signature, by
	// ID, behind the ID after; limit 0 is no limit. With devices it returns theirs alone.
	WarningsListing(ctx context.Context, signature string, devices []string, after string, limit int) ([]models.Warning, error)
	// AnyWarned returns those of the signatures that an open warning lists.
	AnyWarned(ctx context.Context, signatures []string) (map[string]bool, error)
}

// InboxChanges changes warnings that are in the inbox.
type InboxChanges interface {
	// ChangeWarnings writes changes, each over the revision that it names, and
	// returns whether none of these had passed.
	ChangeWarnings(ctx context.Context, changes []models.WarningChange) (all bool, err error)
	// HoldWarnings ends as held, for the reason, those of the warnings that are due and that nobody is pushing.
	HoldWarnings(ctx context.Context, warnings []models.Warning, reason string) error
	// ReopenWarnings makes due again those of the warnings that are held for the reason.
	ReopenWarnings(ctx context.Context, ids []string, reason string, due, until time.Time) error
}

// FanOutOptions is what a FanOut is made of.
type FanOutOptions struct {
	Jobs       JobQueue
	Exposures  Exposures
	Signatures Signatures
	Devices    Devices
	Inbox      Inbox
	Changes    InboxChanges
	Exemptions *Exemptions
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

// FanOut brings the warnings about what devices have met in line with the levels of
// signatures. Apply queues a fan-out job for each change of a signature that can
// make a warning or take one back, if it concerns anybody; Run works the jobs.
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
//   - "all_clears": all-clears that are new
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

// enqueue puts a fan-out job for each of the entry's changes that matters to
// somebody: that an exposure has a recogniser of, or, where a level that warns is
// gone, that an open warning lists. A warning outlives its exposure, and is taken
// back all the same (TestAWarningWhoseExposureIsGoneGetsItsAllClear).
func (f *FanOut) enqueue(ctx context.Context, e models.Entry) error {
	var waiting []models.Change
	var fallen []string
	for _, c := range e.Changes {
		if !matters(c) {
			continue
		}
		waiting = append(waiting, c)
		if c.From.Warns() {
			fallen = append(fallen, c.Signature)
		}
	}
	concerned, err := f.exposed(ctx, waiting)
	if err != nil {
		return err
	}
	warned, err := f.opt.Inbox.AnyWarned(ctx, fallen)
	if err != nil {
		return fmt.Errorf("look for warnings: %w", err)
	}
	var jobs []models.FanOutJob
	for _, c := range waiting {
		if concerned[c.Signature] || warned[c.Signature] {
			jobs = append(jobs, jobOf(c))
		}
	}
	return f.put(ctx, jobs, e)
}

// exposed returns the signatures of the changes to which somebody is exposed. An
// import may hold a thousand changes and nobody has met most of them, so it asks for
// many keys at once.
func (f *FanOut) exposed(ctx context.Context, changes []models.Change) (map[string]bool, error) {
	var keys []string
	signatures := map[string][]string{} // by key
	for _, c := range changes {
		for _, r := range models.Recognisers(c.Rule, c.Kind, c.Value) {
			for _, k := range f.opt.Keyer.ExposureKeys(r) {
				signatures[k] = append(signatures[k], c.Signature)
				keys = append(keys, k)
			}
		}
	}
	concerned := map[string]bool{}
	for chunk := range slices.Chunk(keys, 1000) {
		found, err := f.opt.Exposures.AnyExposed(ctx, chunk)
		if err != nil {
			return nil, fmt.Errorf("look for exposures: %w", err)
		}
		for k := range found {
			for _, s := range signatures[k] {
				concerned[s] = true
			}
		}
	}
	return concerned, nil
}

// put queues the jobs of an entry.
func (f *FanOut) put(ctx context.Context, jobs []models.FanOutJob, e models.Entry) error {
	if len(jobs) == 0 {
		return nil
	}
	if err := f.opt.Jobs.PutFanOutJobs(ctx, jobs); err != nil {
		return fmt.Errorf("put fan-out jobs: %w", err)
	}
	f.counts.add("jobs", "", len(jobs))
	f.opt.Observe("change_to_job", f.opt.Clock().Sub(e.At).Seconds())
	f.jobsQueued.Wake()
	return nil
}

// matters reports whether a change can make a warning or take one back: it is from
// or to a level that warns or exempts, or sets an end to one. A change of the
// category is no news to those exposed.
func matters(c models.Change) bool {
	if c.From == c.To {
		return !c.Ends.IsZero() && (c.To.Warns() || c.To.Exempts())
	}
	return c.From.Warns() || c.To.Warns() || c.From.Exempts() || c.To.Exempts()
}

// jobOf returns the job for a change that matters: at once for a new level, and
// when its time is over for an end.
func jobOf(c models.Change) models.FanOutJob {
	if c.From == c.To {
		return endJob(c.Signature, c.Rev, c.Ends)
	}
	return models.FanOutJob{ID: models.FanOutJobID(c.Signature, c.Rev), Signature: c.Signature, Rev: c.Rev}
}

// endJob returns the job for the end of a signature's time.
func endJob(signature string, rev int64, ends time.Time) models.FanOutJob {
	return models.FanOutJob{ID: models.EndJobID(signature, ends), Signature: signature, Rev: rev, Due: ends}
}
