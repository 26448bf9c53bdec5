package intake

import (
	"cmp"
	"slices"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/risk"
)

// rescore returns the signature with the level that all evidence for it amounts
// to (risk.Score), and whether that is worth a write.
//
// Reports alone set the level of a signature that nobody has decided on, up and
// down. What a list or an analyst has decided is never lowered by reports, and
// what they cleared or protected is not touched
// (TestADecisionIsNotOverruledByReports). A decision that has ended counts no more
// (TestADecisionWhoseTimeIsOverLeavesItToReports).
func rescore(s models.Signature, evidence []models.Evidence, now time.Time) (models.Signature, bool) {
	assessed := risk.Score(evidence, now)
	next := s
	next.Score, next.Reporters = assessed.Score, assessed.Reporters
	if s.Ended(now) {
		next.Decided, next.Ends = false, time.Time{}
	}
	switch {
	case !next.Decided:
		next.Level, next.Reason, next.Source = assessed.Level, models.ReasonReports, models.ReasonReports
		next.Category = mostCommonCategory(evidence)
	case s.Level == models.Imitated, s.Level == models.Cleared:
	case assessed.Level.Rank() > s.Level.Rank():
		next.Level, next.Reason = assessed.Level, models.ReasonReports
	}
	s.Score = next.Score // it changes with time alone, and alone is not worth a write
	return next, next != s
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
