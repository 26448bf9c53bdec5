package intake

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"example.org/tocsin/match"
	"example.org/tocsin/models"
	"example.org/tocsin/work"
)

// Desk takes in reports, checks and exposures, and weighs the reports
// afterwards. Fill every exported field that has no default; it is then safe
// for any number of goroutines.
type Desk struct {
	Store       Stores
	Publisher   Publisher // writes signatures, and logs their changes
	Index       *match.Index
	Follower    Follower // keeps Index equal to the verdict log
	Keyer       models.Keyer
	Logger      *slog.Logger
	Clock       func() time.Time
	ExposureTTL time.Duration // how long an exposure is kept
	Lease       time.Duration // how long claimed reports are this desk's own; 0: 20 s
	WakeFanOut  func()        // called when fan-out jobs were stored
	Totals      *work.Totals  // counts what becomes of the work; nil: nobody does

	wake      work.Signal // wakes Run when a report was stored
	conflicts atomic.Int64
}

// Conflicts returns how many signatures were read and weighed again since the start,
// because another writer was faster.
func (d *Desk) Conflicts() int64 { return d.conflicts.Load() }

// Report takes in one report and returns it as it is stored, with its verdict.
// The second result is true when the same report was stored before: then the
// stored one is the answer, so that a retry reads what the first try read. When
// the error is nil, the report outlives this process.
//
// Errors: Unauthenticated without a caller, Malformed without an idempotency
// key, Invalid with a JSON pointer (RFC 6901) for a draft that breaks a rule,
// Invalid for an idempotency key that was used for another body, and what the
// store answers.
func (d *Desk) Report(ctx context.Context, caller models.Caller, draft models.Draft) (models.Report, bool, error) {
	report, err := d.compose(caller, draft, d.now())
	if err != nil {
		return models.Report{}, false, err
	}
	if urgent(report) {
		report.Due = report.Due.Add(-headStart)
	}
	stored, repeated, err := d.Store.Reports.PutReport(ctx, report)
	if err != nil {
		return models.Report{}, false, fmt.Errorf("put report %s: %w", report.ID, err)
	}
	d.wake.Wake()
	return stored, repeated, nil
}

// headStart is by how much an urgent report overtakes the others in the queue,
// which is in order of Due. It is also the longest time for which a flood of
// urgent reports delays the others.
const headStart = 10 * time.Minute

// urgent reports whether somebody may have to be warned because of a report: it
// names something dangerous, or an agent has spoken to the victim, and a level
// of danger needs an agent's evidence. So a flood of reports by new devices
// delays no warning (TestAnUrgentReportOvertakesAFlood). Reports of a batch are
// never urgent: nobody is on the telephone.
func urgent(r models.Report) bool {
	return r.Verdict.Level.Warns() || r.Channel == models.ChannelCallCentre
}

// Reports takes in many reports of one caller in one write. It returns one
// outcome for each draft, in order; a draft that is refused does not hold up
// the others. The error says that the store failed as a whole.
func (d *Desk) Reports(ctx context.Context, caller models.Caller, drafts []models.Draft) ([]models.Outcome, error) {
	now := d.now()
	outcomes := make([]models.Outcome, len(drafts))
	reports, indexes := make([]models.Report, 0, len(drafts)), make([]int, 0, len(drafts))
	for i, draft := range drafts {
		report, err := d.compose(caller, draft, now)
		if err != nil {
			outcomes[i].Err = err
			continue
		}
		reports, indexes = append(reports, report), append(indexes, i)
	}
	if len(reports) == 0 {
		return outcomes, nil
	}
	results, err := d.Store.Reports.PutReports(ctx, reports)
	if err != nil {
		return nil, fmt.Errorf("put %d reports: %w", len(reports), err)
	}
	for i, result := range results {
		outcomes[indexes[i]] = result
	}
	d.wake.Wake()
	return outcomes, nil
}

// now returns the time of the clock as the database keeps it.
func (d *Desk) now() time.Time { return models.StoredTime(d.Clock()) }
