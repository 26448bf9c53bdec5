package brands

import (
	"math"
	"strings"

	"example.org/tocsin/canon/text"
)

// lexicon is what tells a word from a name. It never changes once it is made.
type lexicon struct {
	words         map[string]struct{}
	keywords      map[string]struct{}
	affixes       map[string]struct{} // keywords and neutral affixes
	riskySuffixes map[string]struct{}
	bigramBits    [27][27]float64 // bits of a letter after another; 26 is the edge of a word
}

// newLexicon reads the word lists. It takes some milliseconds and a third of a megabyte,
// so an index without names does without.
func newLexicon() *lexicon {
	v := &lexicon{
		words: wordSet(commonWords), keywords: wordSet(phishingKeywords), affixes: wordSet(phishingKeywords + neutralAffixes),
		riskySuffixes: map[string]struct{}{},
	}
	for suffix := range strings.FieldsSeq(riskySuffixes) {
		v.riskySuffixes[suffix] = struct{}{}
	}
	v.trainBigrams()
	return v
}

// wordSet returns the words of a list as the letters that they look like, as a
// host is read (text.AppendLookalikes).
func wordSet(list string) map[string]struct{} {
	set := map[string]struct{}{}
	for w := range strings.FieldsSeq(list) {
		set[string(text.AppendLookalikes(nil, w))] = struct{}{}
	}
	return set
}

const (
	maxWordLetters = 16 // longer words are not looked up
	maxSegmented   = 24 // letters that are read as words in a row; they must fit the bits of a word
)

// segmentable reports whether letters are nothing but words of at least that many
// letters, one after the other (word segmentation by dynamic programming). No
// letters at all are; more than maxSegmented are not.
func segmentable(words map[string]struct{}, letters []byte, least int) bool {
	if len(letters) > maxSegmented {
		return false
	}
	reached := uint32(1) // places where a word may begin, as bits
	for from := range letters {
		if reached>>from&1 == 0 {
			continue
		}
		for to := from + least; to <= min(from+maxWordLetters, len(letters)); to++ {
			if _, ok := words[string(letters[from:to])]; ok {
				reached |= 1 << to
			}
		}
	}
	return reached>>len(letters)&1 != 0
}

// trainBigrams takes the frequencies of pairs of letters from the common words,
// with half a count added to each pair (additive smoothing).
func (v *lexicon) trainBigrams() {
	var seen [27][27]float64
	for w := range v.words {
		prev := 26
		for i := 0; i <= len(w); i++ {
			c := letterIndex(w, i)
			seen[prev][c]++
			prev = c
		}
	}
	for a := range seen {
		sum := 0.0
		for _, n := range seen[a] {
			sum += n + 0.5
		}
		for b, n := range seen[a] {
			v.bigramBits[a][b] = -math.Log2((n + 0.5) / sum)
		}
	}
}

// letterIndex returns 0 to 25 for a letter, 26 for what is none and for the end.
func letterIndex(s string, i int) int {
	if i < len(s) && 'a' <= s[i] && s[i] <= 'z' {
		return int(s[i] - 'a')
	}
	return 26
}

const (
	// wordSurprisal is what a common word tells, in bits: one in some thousand.
	wordSurprisal = 12
	// maxLetterSurprisal is the most that one letter tells on average: of short
	// names all are taken, the odd ones too.
	maxLetterSurprisal = 4.3
)

// surprisal returns how much a name tells (Shannon's self-information): the binary
// logarithm of the number of names that it is picked from. It is the least over all
// ways to read the name as common words and single letters, the latter by a bigram
// model. "applestore" tells little, "kolibrium" much.
func (v *lexicon) surprisal(letters string) float64 {
	least := make([]float64, len(letters)+1)
	for to := 1; to <= len(letters); to++ {
		prev := 26
		if to > 1 {
			prev = letterIndex(letters, to-2)
		}
		least[to] = min(least[to-1]+v.bigramBits[prev][letterIndex(letters, to-1)], float64(to)*maxLetterSurprisal)
		for from := max(0, to-maxWordLetters); from <= to-3; from++ {
			if _, ok := v.words[letters[from:to]]; ok {
				least[to] = min(least[to], least[from]+wordSurprisal)
			}
		}
	}
	return least[len(letters)]
}
