package match

import (
	"cmp"
	"slices"

	"example.org/tocsin/models"
)

// mostPlaces is the most places that are found in one text.
const maxMatches = 256

// place is where the words of a signature stand in a normalised text.
type textMatch struct {
	rule       models.Rule
	value      string
	start, end int
}

// words finds the phrases, phrase sets and patterns that recognise a message.
// All that they hold of fixed words is looked for in one search; sets and patterns are
// considered only where some of theirs was found. Nothing is ever taken
// out: a place counts only while the table still holds its signature.
//
// One writer and any number of readers may work at the same time. Readers take
// no lock but where a member of a set or a literal of a pattern was found, and then a short one.
type textIndex struct {
	phrases  phraseIndex
	sets     phraseSets
	patterns patterns
}

func (w *textIndex) init() {
	w.phrases.init()
	w.sets.init()
	w.patterns.init()
}

// add takes in the canonical value of a signature that is not there yet. What
// canon would not have let through as a set or pattern recognises nothing.
func (w *textIndex) add(rule models.Rule, value string) {
	switch rule {
	case models.Phrase:
		w.phrases.add(value, rolePhrase, 0)
	case models.PhraseSet:
		w.sets.add(value, &w.phrases)
	case models.Pattern:
		w.patterns.add(value, &w.phrases)
	case models.Exact, models.Range, models.Expression, models.Script:
	}
}

// in appends the places of text, which is normalised, in the order in which they
// appear: each signature once, a phrase and a pattern where it stands first, a
// set from the first to the last of its phrases. They are mostPlaces at most.
func (w *textIndex) appendMatches(text string, dst []textMatch) []textMatch {
	from, finds := len(dst), w.phrases.find(text)
	if len(finds) == 0 {
		return dst
	}
	for _, f := range finds {
		if f.item.role == rolePhrase {
			dst = append(dst, textMatch{models.Phrase, f.item.value, f.start, f.end})
		}
	}
	dst = w.sets.appendMatches(text, finds, dst)
	dst = w.patterns.appendMatches(text, finds, dst)
	slices.SortFunc(dst[from:], byAppearance)
	return dst[:min(len(dst), from+maxMatches)]
}

func byAppearance(a, b textMatch) int {
	if a.start != b.start {
		return a.start - b.start
	}
	return cmp.Or(a.end-b.end, cmp.Compare(a.rule, b.rule), cmp.Compare(a.value, b.value))
}

func (w *textIndex) empty() bool { return w.phrases.empty() }

// bytes estimates the memory of all, without the values themselves.
func (w *textIndex) bytes() int64 { return w.phrases.bytes() + w.sets.bytes() + w.patterns.bytes() }
