package brands

import (
	"math"
	"strings"

	"example.org/tocsin/models"
)

// faintest is the least weight of a likeness that is returned.
const minWeight = 0.01

// weigh says how a sighting matches and what that weighs, and keeps it if it is the heaviest.
func (s *brandSearch) score(cand candidate, n *brandName) {
	if cand.label < 0 {
		s.scoreInside(cand, n)
		return
	}
	if !s.shouldScore(cand) {
		return
	}
	l := &s.labels[cand.label]
	if cand.from > int(l.from) || cand.to < int(l.to) {
		s.scoreWord(cand, n)
		return
	}
	text := s.labelText(l)
	how, logOdds := s.classify(text, cand, n)
	switch {
	case text == n.label && cand.label == s.registration.labelIndex:
		how, logOdds = models.MatchSuffix, logOddsOtherSuffix
	case text == n.label:
		how, logOdds = models.MatchContains, logOddsSubdomain+s.fullDomainLogOdds(n)
	}
	if cand.label != s.registration.labelIndex {
		logOdds += logOddsUnregisteredLabel
	}
	s.keepBest(n, how, logistic(logOdds+s.contextLogOdds(cand, n, how)))
}

// What each trait of a likeness adds to the logarithm of its odds: 0 is a weight
// of one half, 1.4 one of 0.8. They were set by hand so that among 120,000
// ordinary hosts few weigh 0.8 beside 3,600 brands (TestFewOrdinaryHostsLookLikeABrand).
const (
	logOddsForeignScript     = 3.5  // spelled with letters of other scripts
	logOddsDigits            = 1.5  // with digits for letters
	logOddsPairs             = 1.5  // with rn for m, or i for l
	logOddsHyphens           = 0.2  // with a hyphen more or less
	logOddsDotInside         = 0.0  // with a dot inside
	logOddsEdit              = 0.0  // one letter off
	logOddsTransposition     = 0.5  // two letters swapped
	logOddsDisguisedEdit     = 1.0  // one letter off, and others replaced
	logOddsOtherSuffix       = -1.5 // the same name under another suffix: most often a branch
	logOddsSubdomain         = -1.5 // the same name as a label below somebody's domain
	logOddsUnregisteredLabel = -1.0 // not the registered label
	logOddsWord              = -0.5 // a word of a label
	logOddsNearWord          = -1.0 // near a word of a label
	logOddsAffixed           = 0.0  // with common words glued to it
	logOddsSubstring         = -2.0 // in the middle of other letters
	logOddsFullDomain        = 5.0  // the whole protected domain
	logOddsRiskySuffix       = 1.0  // under a suffix that costs nothing
	logOddsKeyword           = 2.0  // with a bait beside it
	logOddsCommonWords       = -2.0 // one letter off, and made of common words itself
)

// closeness says how a whole label or word is like a name that it is not itself.
func (s *brandSearch) classify(text string, cand candidate, n *brandName) (models.MatchType, float64) {
	foreign := s.labels[cand.label].idn
	disguised := foreign || s.digitCount(cand) > n.digits
	switch {
	case cand.exact && foreign:
		return models.MatchSkeleton, logOddsForeignScript
	case cand.exact && s.digitCount(cand) != n.digits:
		return models.MatchSkeleton, logOddsDigits
	case cand.exact && strings.Contains(text, "-") != strings.Contains(n.label, "-"):
		return models.MatchSkeleton, logOddsHyphens
	case cand.exact:
		return models.MatchSkeleton, logOddsPairs
	case isBitFlip(text, n.label):
		return models.MatchBitFlip, logOddsEdit
	}
	logOdds := logOddsEdit
	if disguised {
		logOdds += logOddsDisguisedEdit
	}
	if isTransposition(s.letters[cand.from:cand.to], n.letters) {
		logOdds += logOddsTransposition
	}
	return models.MatchOneEdit, logOdds
}

// digits counts the letters of a sighting that are written as digits.
func (s *brandSearch) digitCount(cand candidate) int {
	n := 0
	for _, e := range s.boundaries[cand.from:cand.to] {
		if e&writtenAsDigit != 0 {
			n++
		}
	}
	return n
}

// weighWord weighs a word between hyphens.
func (s *brandSearch) scoreWord(cand candidate, n *brandName) {
	how, logOdds := s.classify("", cand, n)
	if cand.exact && !cand.mergedPairs && string(s.letters[cand.from:cand.to]) == n.letters && s.digitCount(cand) == n.digits {
		how, logOdds = models.MatchContains, logOddsWord+s.fullDomainLogOdds(n)
	} else {
		logOdds += logOddsNearWord
	}
	s.keepBest(n, how, logistic(logOdds+s.contextLogOdds(cand, n, how)))
}

// weighInside weighs a name that stands letter for letter inside a label, or across several.
// Nearly all are short names in longer words and are dropped before anything dear is asked.
func (s *brandSearch) scoreInside(cand candidate, n *brandName) {
	how, logOdds := s.insideLogOdds(cand, n)
	if how == "" || !s.shouldScore(cand) {
		return
	}
	s.keepBest(n, how, logistic(logOdds+s.fullDomainLogOdds(n)+s.contextLogOdds(cand, n, how)))
}

// insideOdds says how a name inside other letters matches; "" if it is no likeness.
func (s *brandSearch) insideLogOdds(cand candidate, n *brandName) (models.MatchType, float64) {
	const parted = dotBoundary | hyphenBoundary
	var within boundaryFlags
	for _, e := range s.boundaries[cand.from+1 : cand.to] {
		within |= e
	}
	left, right := s.boundaries[cand.from], s.boundaries[cand.to]
	switch whole := left&parted != 0 && right&parted != 0; {
	case whole && within&parted == 0:
		return "", 0 // a label or a word: seen already
	case within&dotBoundary != 0 && !whole:
		return "", 0
	case within&dotBoundary != 0:
		return models.MatchSkeleton, logOddsDotInside
	case left&wordBoundary != 0 && right&wordBoundary != 0:
		return models.MatchContains, logOddsWord
	case s.affixedOnlyBy(cand, s.b.lexicon.keywords):
		return models.MatchContains, logOddsAffixed + logOddsKeyword
	case s.affixedOnlyBy(cand, s.b.lexicon.affixes):
		return models.MatchContains, logOddsAffixed
	case n.surprisal >= minSubstringSurprisal:
		return models.MatchContains, logOddsSubstring
	}
	return "", 0
}

// fewestBitsAmid is how rare a name must be to be told in the middle of other letters.
const minSubstringSurprisal = 28

// glued reports whether all that is glued to a name, up to the next hyphen or dot, is made of some words.
func (s *brandSearch) affixedOnlyBy(cand candidate, words map[string]struct{}) bool {
	from, to := cand.from, cand.to
	for s.boundaries[from]&(dotBoundary|hyphenBoundary) == 0 {
		from--
	}
	for s.boundaries[to]&(dotBoundary|hyphenBoundary) == 0 {
		to++
	}
	return segmentable(words, s.letters[from:cand.from], 1) && segmentable(words, s.letters[cand.to:to], 1)
}

// spelledOut weighs that the whole protected domain stands in the host.
func (s *brandSearch) fullDomainLogOdds(n *brandName) float64 {
	for _, d := range *n.domains.Load() {
		from := strings.Index(s.host, d.registrable)
		to := from + len(d.registrable)
		if from < 0 || from >= int(s.labels[s.registration.labelIndex].start) || to == len(s.host) {
			continue
		}
		if (from == 0 || isSeparator(s.host[from-1])) && isSeparator(s.host[to]) {
			return logOddsFullDomain
		}
	}
	return 0
}

// parts reports whether a character stands between words.
func isSeparator(c byte) bool { return c == '.' || c == '-' }

// circumstances weighs what surrounds a likeness.
func (s *brandSearch) contextLogOdds(cand candidate, n *brandName, how models.MatchType) float64 {
	logOdds := min(max((n.surprisal-30)*0.15, -4), 1) // half as likely for every five bits that a name tells less
	if s.registration.risky {
		logOdds += logOddsRiskySuffix
	}
	if how == models.MatchOneEdit || how == models.MatchBitFlip {
		logOdds += min(max((float64(len(n.letters))-8)*0.8, -4), 1) // short names have neighbours that are names
		if segmentable(s.b.lexicon.words, s.letters[cand.from:cand.to], 4) {
			logOdds += logOddsCommonWords
		}
	}
	if s.hasKeyword(cand) {
		logOdds += logOddsKeyword
	}
	return logOdds
}

// bait reports whether another word of the host is a bait.
func (s *brandSearch) hasKeyword(cand candidate) bool {
	first, last := s.registration.keywords[0], s.registration.keywords[1]
	return first.from >= 0 && (first.to <= cand.from || last.from >= cand.to)
}

// chance turns the logarithm of odds into a weight.
func logistic(logOdds float64) float64 { return 1 / (1 + math.Exp(-logOdds)) }

// oneEdit reports whether two rows of letters are at most one letter apart: one
// more, one less, another, or two that stand side by side swapped.
func withinOneEdit(a []byte, b string) bool {
	if d := len(a) - len(b); d < -1 || d > 1 {
		return false
	}
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	switch {
	case len(a) > len(b):
		return string(a[i+1:]) == b[i:]
	case len(a) < len(b):
		return string(a[i:]) == b[i+1:]
	case i == len(a):
		return true
	}
	return string(a[i+1:]) == b[i+1:] || isTransposition(a[i:], b[i:])
}

// swapped reports whether a is b with two letters side by side swapped.
func isTransposition(a []byte, b string) bool {
	if len(a) != len(b) {
		return false
	}
	i := 0
	for i < len(b) && a[i] == b[i] {
		i++
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && string(a[i+2:]) == b[i+2:]
}

// flipped reports whether a is b but for one bit of one letter.
func isBitFlip(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	i := 0
	for i < len(b) && a[i] == b[i] {
		i++
	}
	if i == len(a) || a[i+1:] != b[i+1:] {
		return false
	}
	x := a[i] ^ b[i]
	return x&(x-1) == 0
}
