package brands

import (
	"math"
	"strings"

	"example.org/tocsin/models"
)

// minWeight is the least similarity that is returned.
const minWeight = 0.01

// score says how a candidate matches and what that weighs, and keeps it if it is the
// best. A whole label, a word of one and letters inside one are scored apart.
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

// What each trait of a likeness adds to the natural logarithm of its odds: a sum
// of 0 is a similarity of one half, 1.4 one of 0.8. They were set by hand so that
// among 120,000 ordinary hosts few reach 0.8 beside 3,600 brands
// (TestFewOrdinaryHostsLookLikeABrand); their order is held by
// TestTheWeightSaysHowLikelyALikenessIsMeant.
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
	logOddsKeyword           = 2.0  // with a phishing keyword beside it
	logOddsCommonWords       = -2.0 // one letter off, and made of common words itself
)

// classify says how a whole label or word is like a name that it is not itself,
// and what that adds to the log odds. An exact candidate differs in spelling only;
// the others are one edit away.
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

// digitCount counts the letters of a candidate that are written as digits.
func (s *brandSearch) digitCount(cand candidate) int {
	n := 0
	for _, e := range s.boundaries[cand.from:cand.to] {
		if e&writtenAsDigit != 0 {
			n++
		}
	}
	return n
}

// scoreWord scores a word between hyphens.
func (s *brandSearch) scoreWord(cand candidate, n *brandName) {
	how, logOdds := s.classify("", cand, n)
	if cand.exact && !cand.mergedPairs && string(s.letters[cand.from:cand.to]) == n.letters && s.digitCount(cand) == n.digits {
		how, logOdds = models.MatchContains, logOddsWord+s.fullDomainLogOdds(n)
	} else {
		logOdds += logOddsNearWord
	}
	s.keepBest(n, how, logistic(logOdds+s.contextLogOdds(cand, n, how)))
}

// scoreInside scores a name that stands letter for letter inside a label, or across
// several. Nearly all are short names in longer words, and are dropped before
// anything that costs time.
func (s *brandSearch) scoreInside(cand candidate, n *brandName) {
	how, logOdds := s.insideLogOdds(cand, n)
	if how == "" || !s.shouldScore(cand) {
		return
	}
	s.keepBest(n, how, logistic(logOdds+s.fullDomainLogOdds(n)+s.contextLogOdds(cand, n, how)))
}

// insideLogOdds says how a name inside other letters matches, and what that adds to
// the log odds; "" if it is no likeness.
func (s *brandSearch) insideLogOdds(cand candidate, n *brandName) (models.MatchType, float64) {
	const parted = dotBoundary | hyphenBoundary // a digit beside a name does not part it
	var within boundaryFlags
	for _, e := range s.boundaries[cand.from+1 : cand.to] {
		within |= e
	}
	left, right := s.boundaries[cand.from], s.boundaries[cand.to]
	switch whole := left&parted != 0 && right&parted != 0; {
	case whole && within&parted == 0:
		return "", 0 // a label or a word: searchLabel has found it
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

// minSubstringSurprisal is how many bits a name must tell to be believed in the
// middle of other letters: "apple" stands in pineapple.
const minSubstringSurprisal = 28

// affixedOnlyBy reports whether all that is glued to a name, up to the next hyphen
// or dot, is made of some words.
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

// fullDomainLogOdds returns what it adds that the whole protected domain stands in
// the host, left of the domain that the host is registered under.
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

// isSeparator reports whether a character stands between words.
func isSeparator(c byte) bool { return c == '.' || c == '-' }

// contextLogOdds returns what surrounds a likeness adds: how much the name tells,
// the suffix, other words of the host, and of an edit how likely it is by chance.
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

// hasKeyword reports whether another word of the host is a phishing keyword.
func (s *brandSearch) hasKeyword(cand candidate) bool {
	first, last := s.registration.keywords[0], s.registration.keywords[1]
	return first.from >= 0 && (first.to <= cand.from || last.from >= cand.to)
}

// logistic turns the logarithm of odds into a probability.
func logistic(logOdds float64) float64 { return 1 / (1 + math.Exp(-logOdds)) }

// withinOneEdit reports whether the Damerau-Levenshtein distance of two rows of
// letters is at most one: one more, one less, another, or two neighbours swapped.
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

// isTransposition reports whether a is b with two neighbouring letters swapped.
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

// isBitFlip reports whether a is b but for one bit of one letter, as when memory
// fails: what bitsquatting lives on (Dinaburg 2011).
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
