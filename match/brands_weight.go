package match

import (
	"math"
	"strings"

	"example.org/tocsin/models"
)

// faintest is the least weight of a likeness that is returned.
const faintest = 0.01

// weigh says how a sighting matches and what that weighs, and keeps it if it is the heaviest.
func (s *brandSearch) weigh(seen sighting, n *brandName) {
	if seen.label < 0 {
		s.weighInside(seen, n)
		return
	}
	if !s.matters(seen) {
		return
	}
	l := &s.labels[seen.label]
	if seen.from > int(l.from) || seen.to < int(l.to) {
		s.weighWord(seen, n)
		return
	}
	text := s.text(l)
	how, odds := s.closeness(text, seen, n)
	switch {
	case text == n.label && seen.label == s.site.label:
		how, odds = models.Suffix, oddsElsewhere
	case text == n.label:
		how, odds = models.Contains, oddsBelow+s.spelledOut(n)
	}
	if seen.label != s.site.label {
		odds += oddsUnregistered
	}
	s.keep(n, how, chance(odds+s.circumstances(seen, n, how)))
}

// What each trait of a likeness adds to the logarithm of its odds: 0 is a weight
// of one half, 1.4 one of 0.8. They were set by hand so that among 120,000
// ordinary hosts few weigh 0.8 beside 3,600 brands (TestFewOrdinaryHostsLookLikeABrand).
const (
	oddsForeign      = 3.5  // spelled with letters of other scripts
	oddsDigits       = 1.5  // with digits for letters
	oddsPairs        = 1.5  // with rn for m, or i for l
	oddsHyphens      = 0.2  // with a hyphen more or less
	oddsJoined       = 0.0  // with a dot inside
	oddsEdit         = 0.0  // one letter off
	oddsSwap         = 0.5  // two letters swapped
	oddsDisguised    = 1.0  // one letter off, and others replaced
	oddsElsewhere    = -1.5 // the same name under another suffix: most often a branch
	oddsBelow        = -1.5 // the same name as a label below somebody's domain
	oddsUnregistered = -1.0 // not the registered label
	oddsWord         = -0.5 // a word of a label
	oddsNearWord     = -1.0 // near a word of a label
	oddsGlued        = 0.0  // with common words glued to it
	oddsAmid         = -2.0 // in the middle of other letters
	oddsSpelledOut   = 5.0  // the whole protected domain
	oddsRisky        = 1.0  // under a suffix that costs nothing
	oddsBait         = 2.0  // with a bait beside it
	oddsWords        = -2.0 // one letter off, and made of common words itself
)

// closeness says how a whole label or word is like a name that it is not itself.
func (s *brandSearch) closeness(text string, seen sighting, n *brandName) (models.How, float64) {
	foreign := s.labels[seen.label].foreign
	disguised := foreign || s.digits(seen) > n.digits
	switch {
	case seen.same && foreign:
		return models.Skeleton, oddsForeign
	case seen.same && s.digits(seen) != n.digits:
		return models.Skeleton, oddsDigits
	case seen.same && strings.Contains(text, "-") != strings.Contains(n.label, "-"):
		return models.Skeleton, oddsHyphens
	case seen.same:
		return models.Skeleton, oddsPairs
	case flipped(text, n.label):
		return models.BitFlip, oddsEdit
	}
	odds := oddsEdit
	if disguised {
		odds += oddsDisguised
	}
	if swapped(s.letters[seen.from:seen.to], n.letters) {
		odds += oddsSwap
	}
	return models.OneEdit, odds
}

// digits counts the letters of a sighting that are written as digits.
func (s *brandSearch) digits(seen sighting) int {
	n := 0
	for _, e := range s.edges[seen.from:seen.to] {
		if e&digit != 0 {
			n++
		}
	}
	return n
}

// weighWord weighs a word between hyphens.
func (s *brandSearch) weighWord(seen sighting, n *brandName) {
	how, odds := s.closeness("", seen, n)
	if seen.same && !seen.pairs && string(s.letters[seen.from:seen.to]) == n.letters && s.digits(seen) == n.digits {
		how, odds = models.Contains, oddsWord+s.spelledOut(n)
	} else {
		odds += oddsNearWord
	}
	s.keep(n, how, chance(odds+s.circumstances(seen, n, how)))
}

// weighInside weighs a name that stands letter for letter inside a label, or across several.
// Nearly all are short names in longer words and are dropped before anything dear is asked.
func (s *brandSearch) weighInside(seen sighting, n *brandName) {
	how, odds := s.insideOdds(seen, n)
	if how == "" || !s.matters(seen) {
		return
	}
	s.keep(n, how, chance(odds+s.spelledOut(n)+s.circumstances(seen, n, how)))
}

// insideOdds says how a name inside other letters matches; "" if it is no likeness.
func (s *brandSearch) insideOdds(seen sighting, n *brandName) (models.How, float64) {
	const parted = dotEdge | hyphenEdge
	var within hostEdge
	for _, e := range s.edges[seen.from+1 : seen.to] {
		within |= e
	}
	left, right := s.edges[seen.from], s.edges[seen.to]
	switch whole := left&parted != 0 && right&parted != 0; {
	case whole && within&parted == 0:
		return "", 0 // a label or a word: seen already
	case within&dotEdge != 0 && !whole:
		return "", 0
	case within&dotEdge != 0:
		return models.Skeleton, oddsJoined
	case left&wordEdge != 0 && right&wordEdge != 0:
		return models.Contains, oddsWord
	case s.glued(seen, s.b.words.baits):
		return models.Contains, oddsGlued + oddsBait
	case s.glued(seen, s.b.words.loose):
		return models.Contains, oddsGlued
	case n.bits >= fewestBitsAmid:
		return models.Contains, oddsAmid
	}
	return "", 0
}

// fewestBitsAmid is how rare a name must be to be told in the middle of other letters.
const fewestBitsAmid = 28

// glued reports whether all that is glued to a name, up to the next hyphen or dot, is made of some words.
func (s *brandSearch) glued(seen sighting, words map[string]struct{}) bool {
	from, to := seen.from, seen.to
	for s.edges[from]&(dotEdge|hyphenEdge) == 0 {
		from--
	}
	for s.edges[to]&(dotEdge|hyphenEdge) == 0 {
		to++
	}
	return made(words, s.letters[from:seen.from], 1) && made(words, s.letters[seen.to:to], 1)
}

// spelledOut weighs that the whole protected domain stands in the host.
func (s *brandSearch) spelledOut(n *brandName) float64 {
	for _, d := range *n.domains.Load() {
		from := strings.Index(s.host, d.root)
		to := from + len(d.root)
		if from < 0 || from >= int(s.labels[s.site.label].start) || to == len(s.host) {
			continue
		}
		if (from == 0 || parts(s.host[from-1])) && parts(s.host[to]) {
			return oddsSpelledOut
		}
	}
	return 0
}

// parts reports whether a character stands between words.
func parts(c byte) bool { return c == '.' || c == '-' }

// circumstances weighs what surrounds a likeness.
func (s *brandSearch) circumstances(seen sighting, n *brandName, how models.How) float64 {
	odds := min(max((n.bits-30)*0.15, -4), 1) // half as likely for every five bits that a name tells less
	if s.site.risky {
		odds += oddsRisky
	}
	if how == models.OneEdit || how == models.BitFlip {
		odds += min(max((float64(len(n.letters))-8)*0.8, -4), 1) // short names have neighbours that are names
		if made(s.b.words.words, s.letters[seen.from:seen.to], 4) {
			odds += oddsWords
		}
	}
	if s.bait(seen) {
		odds += oddsBait
	}
	return odds
}

// bait reports whether another word of the host is a bait.
func (s *brandSearch) bait(seen sighting) bool {
	first, last := s.site.bait[0], s.site.bait[1]
	return first.from >= 0 && (first.to <= seen.from || last.from >= seen.to)
}

// chance turns the logarithm of odds into a weight.
func chance(odds float64) float64 { return 1 / (1 + math.Exp(-odds)) }

// oneEdit reports whether two rows of letters are at most one letter apart: one
// more, one less, another, or two that stand side by side swapped.
func oneEdit(a []byte, b string) bool {
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
	return string(a[i+1:]) == b[i+1:] || swapped(a[i:], b[i:])
}

// swapped reports whether a is b with two letters side by side swapped.
func swapped(a []byte, b string) bool {
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
func flipped(a, b string) bool {
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
