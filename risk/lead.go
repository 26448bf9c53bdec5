package risk

import "example.org/tocsin/models"

// The least similarity (models.Hit.Similarity, 0 to 1) of a domain to a protected one at which a hit counts as watch, and
// as caution. They were set on one set of honest domains: docs/benchmarks.md has how many of them are hit by mistake, and
// docs/decisions/0011-leads.md what is traded away.
const (
	watchSimilarity   = 0.5
	cautionSimilarity = 0.8
)

// withEffectiveLevels returns the hits at the levels at which they count. Where all of them count at their own, as is usual,
// hits itself is returned, and nothing is allocated; otherwise a copy.
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

// effectiveLevel returns the level at which a hit counts: its signature's own for something that was recognised itself, and
// for a likeness what it is worth.
//
//   - A number of a block, or a link of a series, in which several others are dangerous is watch at most: nearly all blocks
//     hold honest people too.
//   - A domain that looks like a protected one is caution if the similarity is at least cautionSimilarity, watch if it is
//     at least watchSimilarity, and unknown below. The level of the signature, which is imitated, plays no part.
//   - What a second reading of a value has found, and a text that is only similar to a known one, are caution at most: the
//     likeness can be chance.
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
	case models.MatchSame, models.MatchUnderDomain, models.MatchPrefix, models.MatchRange,
		models.MatchWords, models.MatchConfusables, models.MatchDigits, models.MatchSameText:
	}
	return h.Level
}

// atMost returns l, or most where l ranks above it. Imitated and cleared rank 0, so they stay as they are.
func atMost(l, most models.Level) models.Level {
	if l.Rank() > most.Rank() {
		return most
	}
	return l
}
