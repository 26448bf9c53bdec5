package risk

import (
	"cmp"
	"slices"

	"example.org/tocsin/models"
)

// Judge returns the verdict on one report or check from all its hits, in any order; hits is not changed. NextStep of the
// verdict is left to the caller, who knows whether anything is kept.
//
// The rules, each held by a test in judge_test.go:
//
//  1. The level is that of the worst hit that counts. Hits never add up: ten phrases of level watch in one message are
//     watch (TestPhrasesAloneNeverExceedTheirOwnLevel).
//  2. A protected indicator is never called a scam: a hit of level imitated suppresses every other on the same finding
//     (TestProtectedFindingIsNeverCalledAScam). One exception: a link or an e-mail address that an analyst has confirmed
//     counts beside the protected domain that it lies under, for a bank's web server can be broken into.
//  3. Cleared suppresses everything on the same finding below confirmed.
//  4. What is known of one finding says nothing about another: a message that names the bank's real number and a dangerous
//     link is dangerous (TestFindingsInOneMessageAreToldApartByTheirSpan).
//  5. A lead, that is a likeness to something known, is no more than caution, whatever it is like: it counts at the level
//     that effectiveLevel gives it (TestALeadIsNoMoreThanCaution), and suppresses nothing (TestALikenessExemptsNothing).
//  6. Reasons are the hits that count, worst first: confirmed to watch in their order, then imitated, then cleared
//     (TestReasonsAreWorstFirst). A level that is none of models.Levels counts for nothing.
func Judge(hits []models.Hit) models.Verdict {
	hits = withEffectiveLevels(hits)
	var exemptions []models.Hit
	for _, h := range hits {
		if h.Level.Exempts() {
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

// suppressed reports whether a protected or cleared signature on the same finding overrules h: rules 2 and 3 of Judge.
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

// sameFinding reports whether two hits are on the same finding: in the same place of the list of indicators, or on the same
// bytes of the message. One with a span and one without are not.
func sameFinding(a, b models.Hit) bool {
	if a.Where != b.Where {
		return false
	}
	if a.Span == nil || b.Span == nil {
		return a.Span == b.Span
	}
	return *a.Span == *b.Span
}

// worstFirst compares two hits for sorting. It is a total order, so that a verdict does not depend on the order of its hits
// (TestVerdictDoesNotDependOnTheOrderOfHits).
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

// severity returns the rank of a level for sorting, with imitated, cleared and unknown, which all rank 0, in this order
// under the four that say "scam".
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

// breadth returns the place of a rule among all rules, from exact to script: of two hits that are equally bad and stand in
// the same place, the one whose rule covers less comes first.
func breadth(r models.Rule) int { return slices.Index(models.Rules(), r) }

// start returns the first byte of a hit in the message, -1 where it has no span.
func start(h models.Hit) int {
	if h.Span == nil {
		return -1
	}
	return h.Span.Start
}
