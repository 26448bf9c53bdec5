package risk

import (
	"cmp"
	"slices"

	"example.org/tocsin/models"
)

// Judge returns the verdict on one report or check from all its hits, in any
// order; hits is not changed. Next is left to the caller, who knows whether
// anything is kept.
//
// The rules, each held by a test in judge_test.go:
//
//  1. The level is that of the worst hit that stands. Hits never add up: ten
//     phrases of level watch in one message are watch, and a message recognised
//     by phrases alone never exceeds the level of its worst phrase.
//  2. A protected indicator is never called a scam: a hit of level imitated
//     silences every other on the same finding. One exception: a link or an
//     e-mail address that an analyst has confirmed stands beside the protected
//     domain it lies under, for a bank's web server can be broken into.
//  3. Cleared silences everything on the same finding below confirmed.
//  4. What is known of one finding says nothing about another: a message that
//     names the bank's real number and a dangerous link is dangerous.
//  5. A lead, that is a likeness to something known, is no more than caution, whatever
//     it is like, and stands at the level that it has earned here (see lead).
//  6. Reasons are the hits that stand, worst first. Confirmed to watch come in
//     their order, then imitated, then cleared.
func Judge(hits []models.Hit) models.Verdict {
	hits = withEffectiveLevels(hits)
	var exemptions []models.Hit
	for _, h := range hits {
		if h.Level == models.Imitated || h.Level == models.Cleared {
			exemptions = append(exemptions, h)
		}
	}
	effective := make([]models.Hit, 0, len(hits))
	for _, h := range hits {
		if h.Level != models.Unknown && h.Level.Valid() && !suppressed(h, exemptions) {
			effective = append(effective, h)
		}
	}
	slices.SortFunc(effective, worstFirst)

	if len(effective) == 0 {
		return models.Verdict{Level: models.Unknown, Reasons: effective, Advice: advice(nil)}
	}
	worst := &effective[0]
	return models.Verdict{Level: worst.Level, Category: worst.Category, Reasons: effective, Advice: advice(worst)}
}

// silenced reports whether a protected or cleared signature on the same finding forbids h.
func suppressed(h models.Hit, exemptions []models.Hit) bool {
	if h.Level.Rank() == 0 {
		return false
	}
	for _, p := range exemptions {
		if !sameFinding(h, p) {
			continue
		}
		if h.Level != models.Confirmed {
			return true
		}
		if p.Level == models.Imitated && (p.Kind != models.Domain || h.Kind == models.Domain) {
			return true
		}
	}
	return false
}

func sameFinding(a, b models.Hit) bool {
	if a.Where != b.Where {
		return false
	}
	if a.Span == nil || b.Span == nil {
		return a.Span == b.Span
	}
	return *a.Span == *b.Span
}

// worstFirst is a total order, so that a verdict does not depend on the order of its hits.
func worstFirst(a, b models.Hit) int {
	return cmp.Or(
		cmp.Compare(severity(b.Level), severity(a.Level)),
		cmp.Compare(a.Where, b.Where),
		cmp.Compare(start(a), start(b)),
		cmp.Compare(breadth(a.Rule), breadth(b.Rule)),
		cmp.Compare(a.Signature, b.Signature),
		cmp.Compare(a.MatchType, b.MatchType),
		cmp.Compare(b.Similarity, a.Similarity),
	)
}

// severity puts imitated and cleared, which stand beside the order of the
// levels, under the four that say "scam".
func severity(l models.Level) int {
	switch l {
	case models.Imitated:
		return -1
	case models.Cleared:
		return -2
	case models.Unknown:
		return -3
	case models.Watch, models.Caution, models.Danger, models.Confirmed:
	}
	return l.Rank()
}

// breadth orders the rules by how much each may cover.
func breadth(r models.Rule) int { return slices.Index(models.Rules(), r) }

func start(h models.Hit) int {
	if h.Span == nil {
		return -1
	}
	return h.Span.Start
}
