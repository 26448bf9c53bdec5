package words

import (
	"cmp"
	"slices"

	"example.org/tocsin/models"
)

// maxMatches is the most matches of one text. A scam hits a handful of signatures.
const maxMatches = 256

// Match says where the words of a signature stand in a normalised text.
type Match struct {
	Rule       models.Rule // models.Phrase, PhraseSet or Pattern
	Value      string      // of the signature, as it was added
	Start, End int         // bytes of the text, the last not included
}

// Index is a set of phrases, phrase sets and patterns, searched all at once.
// They are only ever added. New makes one; the zero value is not ready.
//
// One goroutine may call Add and Bytes while any number call AppendMatches and Empty.
type Index struct {
	phrases  phraseIndex
	sets     phraseSets
	patterns patterns
}

// New returns an empty index.
func New() *Index {
	w := new(Index)
	w.phrases.init()
	w.sets.init()
	w.patterns.init()
	return w
}

// Add takes in the canonical value of a signature that is not there yet: adding it
// twice would match twice. A value that canon/words does not accept as a set or
// pattern recognises nothing, and other rules are ignored.
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

// AppendMatches appends the matches in text, which is normalised (text.Normalise),
// in the order in which they begin: each signature once, a phrase and a pattern
// where it stands first, a set from the first to the last of its phrases. They are
// maxMatches at most.
func (w *Index) AppendMatches(dst []Match, text string) []Match {
	from, found := len(dst), w.phrases.find(text)
	if len(found) == 0 {
		return dst
	}
	for _, f := range found {
		if f.item.role == rolePhrase {
			dst = append(dst, Match{models.Phrase, f.item.value, f.start, f.end})
		}
	}
	dst = w.sets.appendMatches(dst, text, found)
	dst = w.patterns.appendMatches(dst, text, found)
	slices.SortFunc(dst[from:], byAppearance)
	return dst[:min(len(dst), from+maxMatches)]
}

// byAppearance orders matches by where they begin. The rest makes the order
// total, so that the same text always gives the same answer.
func byAppearance(a, b Match) int {
	if a.Start != b.Start {
		return a.Start - b.Start
	}
	return cmp.Or(a.End-b.End, cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Value, b.Value))
}

// Empty reports whether there is nothing to look for.
func (w *Index) Empty() bool { return w.phrases.empty() }

// Bytes returns an estimate of the memory that the index takes, without the values
// themselves. Only the goroutine that adds may call it, or one that excludes it.
func (w *Index) Bytes() int64 { return w.phrases.bytes() + w.sets.bytes() + w.patterns.bytes() }
