package intake

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"example.org/tocsin/canon/phone"
	"example.org/tocsin/models"
	"example.org/tocsin/risk"
)

// Why a report is closed: models.Status.Reason.
const (
	closedProtected   = "protected"    // what it names is in the protected register, or a line that nobody may list
	closedCleared     = "cleared"      // an analyst has decided that it is no scam
	closedNoIndicator = "no_indicator" // it names nothing by which anybody could be met again
)

// Status returns what has become of a report, for its owner. The verdict is that
// of the index as of now, not the one of the day it was reported. For anybody else,
// and for an id that does not exist, the error is the same NotFound, so that ids
// cannot be probed (TestTheOwnerSeesHowAReportGetsOn).
func (d *Desk) Status(ctx context.Context, caller models.Caller, id string) (models.Status, error) {
	missing := &models.Error{Kind: models.NotFound, Code: "report_not_found", Detail: "Report not found."}
	report, err := d.Store.Reports.Report(ctx, id)
	switch {
	case errors.Is(err, models.NotFound):
		return models.Status{}, missing
	case err != nil:
		return models.Status{}, fmt.Errorf("read report: %w", err)
	case caller.ID() == "" || report.Reporter != d.Keyer.Pseudonym(caller.ID()):
		return models.Status{}, missing
	}
	now := d.now()
	verdict := risk.Judge(d.hits(report, now))
	verdict.NextStep = risk.NextStep(verdict, report.Channel)
	status := models.Status{Report: report, Progress: models.ProgressReceived, Verdict: verdict}
	if report.State == models.ReportOpen {
		return status, nil
	}
	if status.Reason = closed(report, verdict); status.Reason != "" {
		status.Progress = models.ProgressClosed
		return status, nil
	}
	corroborated, err := d.corroborated(ctx, report)
	if err != nil {
		return models.Status{}, err
	}
	switch {
	case verdict.Level == models.Confirmed:
		status.Progress = models.ProgressConfirmed
	case corroborated:
		status.Progress = models.ProgressCorroborated
	case verdict.Level.Rank() >= models.Caution.Rank():
		status.Progress = models.ProgressMatched
	}
	return status, nil
}

// closed returns why nothing more will come of a weighed report, or "" while
// something may.
func closed(r models.Report, v models.Verdict) string {
	switch {
	case v.Level == models.Imitated, onlyHelplines(r.Findings):
		return closedProtected
	case v.Level == models.Cleared:
		return closedCleared
	case len(r.Findings) == 0 && len(v.Reasons) == 0:
		return closedNoIndicator
	}
	return ""
}

func onlyHelplines(findings []models.Finding) bool {
	return len(findings) > 0 && !slices.ContainsFunc(findings, func(f models.Finding) bool {
		return f.Kind != models.Phone || !phone.IsHelpline(f.Value)
	})
}

// corroborated reports whether somebody else has reported one of the same
// indicators. It reads the store: the index does not count reporters.
func (d *Desk) corroborated(ctx context.Context, r models.Report) (bool, error) {
	ids := make([]string, len(r.Findings))
	for n, f := range r.Findings {
		ids[n] = models.SignatureID(models.Exact, f.Kind, f.Value)
	}
	if len(ids) == 0 {
		return false, nil
	}
	signatures, err := d.Store.Signatures.Signatures(ctx, ids)
	if err != nil {
		return false, fmt.Errorf("read %d signatures: %w", len(ids), err)
	}
	for _, s := range signatures {
		if s.Reporters >= 2 {
			return true, nil
		}
	}
	return false, nil
}
