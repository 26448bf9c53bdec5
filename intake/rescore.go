package intake

import (
	"cmp"
	"slices"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/risk"
)

// rescore returns the signature with the level that all evidence for it amounts
// to (risk.Reassess) and the time of its next review, and whether that is worth a write.
//
// Reports alone set the level of a signature that nobody has decided on, up and
// down. What a list or an analyst has decided is never lowered by reports, and
// what they cleared or protected is not touched
// (TestADecisionIsNotOverruledByReports). A level that reports have raised above a
// decision goes back to it when they age (TestALevelRaisedByReportsFallsBackToTheDecision).
// A decision that has ended counts no more (TestADecisionWhoseTimeIsOverLeavesItToReports).
func rescore(s models.Signature, evidence []models.Evidence, now time.Time) (models.Signature, bool) {
	next := s
	if s.Ended(now) {
		next.Level, next.Decided, next.DecidedBy, next.Ends = models.Unknown, false, "", time.Time{}
		next.DecidedLevel, next.DecidedReason = "", ""
	}
	held := models.Unknown // the level that reports have set
	if !next.Decided || next.Raised() {
		held = next.Level
	}
	assessed := risk.Reassess(evidence, held, now)
	next.Score, next.Reporters = assessed.Score, assessed.Reporters
	if next.Decided {
		next = raise(next, assessed.Level)
	} else {
		next.Level, next.Reason, next.Source = assessed.Level, models.ReasonReports, models.ReasonReports
		next.Category = mostCommonCategory(evidence)
	}
	next.ReviewAt = reviewAt(next, evidence, now)
	if next.ReviewAt.Equal(s.ReviewAt) {
		next.ReviewAt = s.ReviewAt
	}
	s.Score = next.Score // it changes with time alone, and alone is not worth a write
	return next, next != s
}

// raise returns a decided signature with the level of its evidence where that is above the
// decision, else with the decision. A decision that clears or protects stands.
func raise(s models.Signature, assessed models.Level) models.Signature {
	if s.Raised() {
		s.Level, s.Reason, s.DecidedLevel, s.DecidedReason = s.DecidedLevel, s.DecidedReason, "", ""
	}
	if s.Level != models.Imitated && s.Level != models.Cleared && assessed.Rank() > s.Level.Rank() {
		s.DecidedLevel, s.DecidedReason = s.Level, s.Reason
		s.Level, s.Reason = assessed, models.ReasonReports
	}
	return s
}

// reviewAt returns when a signature is to be weighed again though nobody reports it: when
// the level that reports have set falls, or a decision ends; zero for never.
func reviewAt(s models.Signature, evidence []models.Evidence, now time.Time) time.Time {
	var at time.Time
	if !s.Decided || s.Raised() {
		at = risk.FallsAt(evidence, s.Level, now)
	}
	if !s.Ends.IsZero() && (at.IsZero() || s.Ends.Before(at)) {
		at = s.Ends
	}
	return at
}

// mostCommonCategory returns the category that most witnesses name; of equals the
// first by name, so that every desk finds the same.
func mostCommonCategory(evidence []models.Evidence) models.Category {
	counts := make(map[models.Category]int)
	for _, e := range evidence {
		if e.Category != "" {
			counts[e.Category]++
		}
	}
	categories := make([]models.Category, 0, len(counts))
	for c := range counts {
		categories = append(categories, c)
	}
	if len(categories) == 0 {
		return models.CategoryOther
	}
	return slices.MinFunc(categories, func(a, b models.Category) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
}
