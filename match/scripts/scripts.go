package scripts

import (
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"

	"example.org/tocsin/canon/words"
	"example.org/tocsin/models"
)

const (
	maxSimilar          = 4       // the most that SimilarTo returns
	maxKeyGrams         = 16      // the most key grams under which a script is indexed
	minKeyGrams         = 8       // the fewest, unless it has no more long grams
	maxScriptCandidates = 16      // the most scripts that are compared with one message
	frequencyCells      = 1 << 20 // counters of long grams

	// The least letters of a script and of a message that may be similar
	// without being the same. An edit may shorten the shortest script.
	minScriptLetters  = 20
	minMessageLetters = 15

	// The least Jaccard similarity that makes two texts one script. A changed word
	// costs a smaller share of the grams than a changed character of a text
	// without spaces. TestEditedMessagesAreRecognisedAndOthersAreNot tells what
	// is gained and lost.
	minSimilaritySpaced = 0.48
	minSimilarityDense  = 0.42
)

// Match is a script that a message is like, and how much.
type Match struct {
	Value      string           // of the signature, as it was added
	MatchType  models.MatchType // models.MatchSameText or MatchSimilarText
	Similarity float64          // Jaccard: short grams that both have among those that either has; 1 for the same text
}

// script is one known script. It never changes.
type script struct {
	value string
	grams []uint16 // short grams, distinct, by hash
}

// Index is a set of scripts, searched by the messages that repeat one. Scripts are
// only ever added. New makes one; the zero value is not ready.
//
// One goroutine may call Add and Bytes while any number call SimilarTo and Empty, which
// take no lock: what they read is only ever added to, or published whole by one store.
type Index struct {
	seed          maphash.Seed              // of whole texts
	keys          [4]uint64                 // of grams
	list          atomic.Pointer[[]*script] // by number
	byHash        postings                  // numbers by the hash of the text
	byKeyGram     postings                  // numbers by key grams
	gramFrequency []uint16                  // how many scripts have a long gram, by hash: never too low; writer only
	gramBytes     int64                     // bytes of grams; writer only
	pool          sync.Pool                 // of *gramProfile: 32 KB and more each, too much for a stack
}

// New returns an empty index.
func New() *Index {
	s := new(Index)
	s.seed = maphash.MakeSeed()
	for i := range s.keys {
		s.keys[i] = maphash.Comparable(s.seed, i) | 1
	}
	s.list.Store(new([]*script))
	s.byHash.init()
	s.byKeyGram.init()
	s.pool.New = func() any { return new(gramProfile) }
	return s
}

// Empty reports whether there is no script to be like.
func (s *Index) Empty() bool { return len(*s.list.Load()) == 0 }

// Bytes returns an estimate of the memory that the index takes, without the texts
// themselves. Only the goroutine that adds may call it, or one that excludes it.
func (s *Index) Bytes() int64 {
	const scriptSize = 48 + 8
	n := int64(len(*s.list.Load()))
	return n*scriptSize + s.gramBytes + s.byHash.bytes() + s.byKeyGram.bytes() + int64(len(s.gramFrequency))*2
}

// Add takes in the canonical value of a signature that is not there yet. A script
// of fewer than minScriptLetters letters is found word for word only.
func (s *Index) Add(value string) {
	r := s.pool.Get().(*gramProfile)
	defer s.release(r)
	r.read(value, &s.keys)
	old := *s.list.Load()
	list := append(old, &script{value: value, grams: slices.Clone(r.grams)})
	s.gramBytes += int64(2*len(r.grams)+15) &^ 15 // as the allocator rounds it
	s.list.Store(&list)                           // before postings refer to it: readers load in the opposite order
	n := uint32(len(old))                         //nolint:gosec // far fewer
	s.byHash.add(s.hash(value), n)
	if r.letters < minScriptLetters {
		return
	}
	if s.gramFrequency == nil {
		s.gramFrequency = make([]uint16, frequencyCells)
	}
	parts := min(maxKeyGrams, len(r.longGrams), max(minKeyGrams, len(r.longGrams)/4))
	for i := range parts {
		part := r.longGrams[i*len(r.longGrams)/parts : (i+1)*len(r.longGrams)/parts]
		s.byKeyGram.add(s.rarestGram(part), n)
	}
	for _, m := range r.longGrams {
		if c := &s.gramFrequency[m%frequencyCells]; *c+1 != 0 {
			*c++
		}
	}
}

// rarestGram returns the long gram that fewest scripts have. Of several it is the
// first in the text, not the least: the key grams of many scripts shall differ.
func (s *Index) rarestGram(grams []uint32) uint32 {
	best := grams[0]
	for _, m := range grams[1:] {
		if s.gramFrequency[m%frequencyCells] < s.gramFrequency[best%frequencyCells] {
			best = m
		}
	}
	return best
}

func (s *Index) hash(text string) uint32 { return uint32(maphash.String(s.seed, text) >> 32) }

// release gives a profile back, ready for another text.
func (s *Index) release(r *gramProfile) {
	r.reset()
	s.pool.Put(r)
}

// SimilarTo returns the scripts that a normalised message is like (text.Normalise),
// the most alike first, at most four. Only those count of which active says so; nil:
// all. In place of a script that is not active, another that is less alike may be
// returned. The same text is the last word: beside it, similar ones say nothing.
func (s *Index) SimilarTo(message string, active func(value string) bool) []Match {
	return s.appendSimilar(nil, words.Script(message), active)
}

// appendSimilar is SimilarTo for a text in canonical form, which is appended to dst.
func (s *Index) appendSimilar(dst []Match, text string, active func(value string) bool) []Match {
	if s.Empty() {
		return dst
	}
	r := s.pool.Get().(*gramProfile)
	defer s.release(r)
	from := len(dst)
	for n := range s.byHash.numbers(s.hash(text)) {
		if k := s.scriptAt(n); k.value == text && (active == nil || active(k.value)) {
			return append(dst, Match{k.value, models.MatchSameText, 1})
		}
	}
	if r.read(text, &s.keys); r.letters < minMessageLetters {
		return dst
	}
	least := minSimilaritySpaced
	if r.dense*2 > r.letters {
		least = minSimilarityDense
	}
	s.byKeyGram.countCandidates(r)
	for _, n := range r.topCandidates() {
		k := s.scriptAt(n)
		if weight := r.jaccard(k.grams); weight >= least && (active == nil || active(k.value)) {
			dst = insertSorted(dst, from, Match{k.value, models.MatchSimilarText, weight})
		}
	}
	return dst
}

func (s *Index) scriptAt(n uint32) *script { return (*s.list.Load())[n] }

// insertSorted puts l into dst[from:], which is sorted, best first, and drops the
// last if they are more than maxSimilar.
func insertSorted(dst []Match, from int, l Match) []Match {
	at := len(dst)
	for at > from && dst[at-1].Similarity < l.Similarity {
		at--
	}
	if dst = slices.Insert(dst, at, l); len(dst)-from > maxSimilar {
		dst = dst[:len(dst)-1]
	}
	return dst
}
