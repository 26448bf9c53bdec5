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
	maxSimilar          = 4       // the most that like returns
	maxKeyGrams         = 16      // the most marks under which a script is listed
	minKeyGrams         = 8       // the fewest, unless it has no more
	maxScriptCandidates = 16      // the most scripts that are compared with one message
	frequencyCells      = 1 << 20 // of the count of marks

	// The least letters of a script and of a message that may be similar
	// without being the same. An edit may shorten the shortest script.
	minScriptLetters  = 20
	minMessageLetters = 15

	// The least similarity that makes two texts one script. A changed word
	// costs a smaller share of the grams than a changed character of a text
	// without spaces. TestEditedMessagesAreRecognisedAndOthersAreNot tells what
	// is gained and lost.
	minSimilaritySpaced = 0.48
	minSimilarityDense  = 0.42
)

// alike is a script that a message is like, and how much.
type Match struct {
	Value      string
	MatchType  models.MatchType
	Similarity float64 // the share of grams that both have among those that either has; 1 for the same text
}

// script is one that is known.
type script struct {
	value string
	grams []uint16 // distinct
}

// scripts finds the known scripts that a message repeats, word for word or
// nearly so. Both are in canonical form, without numbers and links (canon.Script).
//
// The same text is found by its hash. A similar one shares short grams, by
// which the likeness of two texts is measured (Jaccard: those that both have
// among those that either has), and long grams, by which it is found: a script
// is cut into parts and listed under the rarest long gram of each, its marks.
// So words that every scam uses are avoided, and an edit costs a script few of
// its marks. A message is looked up under all of its long grams, and the
// scripts that share most marks with it are compared.
//
// The work for one message is bounded, whatever it and the scripts say: so many
// runes are read, so many scripts are listed under one mark, so many are
// compared. Hashes are keyed, so that nobody can make marks collide. Where more
// scripts share a mark than it lists, the newest stay, the same ones under all
// marks: a script can be hidden only behind newer ones that say the same.
//
// One writer and any number of readers work without locks.
type Index struct {
	seed          maphash.Seed
	keys          [4]uint64
	list          atomic.Pointer[[]*script]
	byHash        postings
	byKeyGram     postings
	gramFrequency []uint16 // how many scripts hold a long gram, by hash: an estimate, never too low; writer only
	gramBytes     int64    // bytes of grams; writer only
	pool          sync.Pool
}

func (s *Index) Init() {
	s.seed = maphash.MakeSeed()
	for i := range s.keys {
		s.keys[i] = maphash.Comparable(s.seed, i) | 1
	}
	s.list.Store(new([]*script))
	s.byHash.init()
	s.byKeyGram.init()
	s.pool.New = func() any { return new(gramProfile) }
}

func (s *Index) Empty() bool { return len(*s.list.Load()) == 0 }

// bytes estimates the memory that s takes, without the texts themselves.
func (s *Index) Bytes() int64 {
	const scriptSize = 48 + 8
	n := int64(len(*s.list.Load()))
	return n*scriptSize + s.gramBytes + s.byHash.bytes() + s.byKeyGram.bytes() + int64(len(s.gramFrequency))*2
}

// add takes in the canonical value of a signature that is not there yet.
func (s *Index) Add(value string) {
	r := s.pool.Get().(*gramProfile)
	defer s.release(r)
	r.read(value, &s.keys)
	old := *s.list.Load()
	list := append(old, &script{value: value, grams: slices.Clone(r.grams)})
	s.gramBytes += int64(2*len(r.grams)+15) &^ 15 // as the allocator rounds it
	s.list.Store(&list)                           // before it is listed: readers load in the opposite order
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
		s.byKeyGram.add(s.rarestGram(r.longGrams[i*len(r.longGrams)/parts:(i+1)*len(r.longGrams)/parts]), n)
	}
	for _, m := range r.longGrams {
		if c := &s.gramFrequency[m%frequencyCells]; *c+1 != 0 {
			*c++
		}
	}
}

// rarest returns the mark that fewest scripts hold. Of several it is the
// first, not the least: those of one table are to be spread.
func (s *Index) rarestGram(marks []uint32) uint32 {
	best := marks[0]
	for _, m := range marks[1:] {
		if s.gramFrequency[m%frequencyCells] < s.gramFrequency[best%frequencyCells] {
			best = m
		}
	}
	return best
}

func (s *Index) hash(text string) uint32 { return uint32(maphash.String(s.seed, text) >> 32) }

func (s *Index) release(r *gramProfile) {
	r.reset()
	s.pool.Put(r)
}

// similarTo returns the scripts that a normalised message is like. Of a script for
// which holds says no, another that is less alike may be returned.
func (s *Index) SimilarTo(message string, holds func(value string) bool) []Match {
	return s.appendSimilar(words.Script(message), nil, holds)
}

// like appends the scripts that a text is like to dst, the most alike first,
// at most four. Both are canonical. Only those count of which holds says so;
// nil: all. The same text is the last word: beside it, similar ones say nothing.
func (s *Index) appendSimilar(text string, dst []Match, holds func(value string) bool) []Match {
	if s.Empty() {
		return dst
	}
	r := s.pool.Get().(*gramProfile)
	defer s.release(r)
	from := len(dst)
	for n := range s.byHash.numbers(s.hash(text)) {
		if k := s.scriptAt(n); k.value == text && (holds == nil || holds(k.value)) {
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
		if weight := r.jaccard(k.grams); weight >= least && (holds == nil || holds(k.value)) {
			dst = insertSorted(dst, from, Match{k.value, models.MatchSimilarText, weight})
		}
	}
	return dst
}

func (s *Index) scriptAt(n uint32) *script { return (*s.list.Load())[n] }

// insert puts l into dst[from:], which is sorted, best first, and keeps the best.
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
