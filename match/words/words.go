package words

import (
	"cmp"
	"slices"

	"example.org/tocsin/models"
)

// mostPlaces is the most places that are found in one text.
const maxMatches = 256

// place is where the words of a signature stand in a normalised text.
type Match struct {
	Rule       models.Rule
	Value      string
	Start, End int
}

// words finds the phrases, phrase sets and patterns that recognise a message.
// All that they hold of fixed words is looked for in one search; sets and patterns are
// considered only where some of theirs was found. Nothing is ever taken
// out: a place counts only while the table still holds its signature.
//
// One writer and any number of readers may work at the same time. Readers take
// no lock but where a member of a set or a literal of a pattern was found, and then a short one.
type Index struct {
	phrases  phraseIndex
	sets     phraseSets
	patterns patterns
}

func (w *Index) Init() {
	w.phrases.init()
	w.sets.init()
	w.patterns.init()
}

// add takes in the canonical value of a signature that is not there yet. What
// canon would not have let through as a set or pattern recognises nothing.
func (w *Index) Add(rule models.Rule, value string) {
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
func (w *Index) AppendMatches(text string, dst []Match) []Match {
	from, finds := len(dst), w.phrases.find(text)
	if len(finds) == 0 {
		return dst
	}
	for _, f := range finds {
		if f.item.role == rolePhrase {
			dst = append(dst, Match{models.Phrase, f.item.value, f.start, f.end})
		}
	}
	dst = w.sets.appendMatches(text, finds, dst)
	dst = w.patterns.appendMatches(text, finds, dst)
	slices.SortFunc(dst[from:], byAppearance)
	return dst[:min(len(dst), from+maxMatches)]
}

func byAppearance(a, b Match) int {
	if a.Start != b.Start {
		return a.Start - b.Start
	}
	return cmp.Or(a.End-b.End, cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Value, b.Value))
}

func (w *Index) Empty() bool { return w.phrases.empty() }

// bytes estimates the memory of all, without the values themselves.
func (w *Index) Bytes() int64 { return w.phrases.bytes() + w.sets.bytes() + w.patterns.bytes() }
