package risk

import "example.org/tocsin/models"

// The likenesses of a domain to a protected one from which on the person is told,
// and told to be careful; see models.Hit.Weight and the figures in docs/benchmarks.md.
const (
	watchSimilarity   = 0.5
	cautionSimilarity = 0.8
)

// weighed returns the hits at the levels at which they count. Without a lead
// among them they are returned as they are.
func withEffectiveLevels(hits []models.Hit) []models.Hit {
	for i, h := range hits {
		if h.Level == effectiveLevel(h) {
			continue
		}
		out := append(make([]models.Hit, 0, len(hits)), hits[:i]...)
		for _, h := range hits[i:] {
			h.Level = effectiveLevel(h)
			out = append(out, h)
		}
		return out
	}
	return hits
}

// lead returns the level at which a hit counts: its signature's own for one that was
// recognised itself, and for a lead what a likeness is worth.
//
//   - A number of a block, or a link of a series, in which several others are
//     dangerous is watched: nearly all blocks hold honest people too.
//   - A domain that looks like a protected one calls for caution if the
//     likeness is strong, is watched if it is fair, and says nothing if it is weak.
//   - What a second reading of a value has found, and a text that is only
//     similar to a known one, call for caution at most: a likeness can be chance.
func effectiveLevel(h models.Hit) models.Level {
	switch h.MatchType {
	case models.MatchBlock, models.MatchSeries:
		return atMost(h.Level, models.Watch)
	case models.MatchSkeleton, models.MatchOneEdit, models.MatchContains, models.MatchSuffix, models.MatchBitFlip:
		switch {
		case h.Similarity >= cautionSimilarity:
			return models.Caution
		case h.Similarity >= watchSimilarity:
			return models.Watch
		}
		return models.Unknown
	case models.MatchGuess, models.MatchSimilarText:
		return atMost(h.Level, models.Caution)
	case models.MatchSame, models.MatchUnderDomain, models.MatchPrefix, models.MatchRange, models.MatchWords, models.MatchConfusables, models.MatchDigits, models.MatchSameText:
	}
	return h.Level
}

// atMost returns the lower of two levels of the order.
func atMost(l, most models.Level) models.Level {
	if l.Rank() > most.Rank() {
		return most
	}
	return l
}
