package intake

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"example.org/tocsin/match"
	"example.org/tocsin/models"
	"example.org/tocsin/work"
)

// Desk is where reports, checks and exposures arrive, and where reports are
// weighed afterwards. Fill every field; it is then safe for any number of
// goroutines.
type Desk struct {
	Store       Stores
	Publisher   Publisher // writes signatures, and logs their changes
	Index       *match.Index
	Follower    Follower // keeps Index equal to the verdict log
	Keyer       models.Keyer
	Logger      *slog.Logger
	Clock       func() time.Time
	ExposureTTL time.Duration // how long an exposure is kept
	Lease       time.Duration // how long a claim of reports is ours; 0: 20 s
	WakeFanOut  func()        // tells the warning side that there is something to do

	wake work.Signal // rung when a report was stored
}

// Report takes in one report and returns it as it is stored, with its verdict.
// The second result is true when the same report was stored before: then the
// stored one is the answer, so that a retry reads what the first try read. When
// the error is nil, the report outlives this process.
//
// Errors: Invalid with a JSON pointer for a draft that breaks a rule, and for an
// idempotency key that was used for another body.
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
// which is in order of Due. It is also the longest that a flood of urgent ones holds up the rest.
const headStart = 10 * time.Minute

// urgent reports whether somebody may have to be warned because of a report: it
// names what is dangerous already, or an agent has spoken to the victim, which is
// what danger needs. A flood of reports by new devices then delays no
// warning (TestAnUrgentReportOvertakesAFlood). What comes in a batch is never
// urgent: nobody is on the telephone.
func urgent(r models.Report) bool {
	return r.Verdict.Level.Warns() || r.Channel == models.ChannelCallCentre
}

// Reports takes in many reports of one caller in one write. One outcome stands
// for each draft, in order; one that is refused does not hold up the others.
// The error says that the store could not be asked at all.
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

// now is the time as the database keeps it, so that what is answered now reads
// the same when it is read again.
func (d *Desk) now() time.Time { return d.Clock().UTC().Truncate(time.Millisecond) }
