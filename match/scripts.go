package match

import (
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"

	"example.org/tocsin/models"
)

const (
	likenesses  = 4       // the most that like returns
	scriptMarks = 16      // the most marks under which a script is listed
	fewestMarks = 8       // the fewest, unless it has no more
	candidates  = 16      // the most scripts that are compared with one message
	markCells   = 1 << 20 // of the count of marks

	// The least letters of a script and of a message that may be similar
	// without being the same. An edit may shorten the shortest script.
	fewestOfScript  = 20
	fewestOfMessage = 15

	// The least similarity that makes two texts one script. A changed word
	// costs a smaller share of the grams than a changed character of a text
	// without spaces. TestEditedMessagesAreRecognisedAndOthersAreNot tells what
	// is gained and lost.
	likeSpaced = 0.48
	likeDense  = 0.42
)

// alike is a script that a message is like, and how much.
type alike struct {
	value  string
	how    models.How
	weight float64 // the share of grams that both have among those that either has; 1 for the same text
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
type scripts struct {
	seed   maphash.Seed
	keys   [4]uint64
	list   atomic.Pointer[[]*script]
	equal  postings
	marks  postings
	common []uint16 // how many scripts hold a long gram, by hash: an estimate, never too low; writer only
	text   int64    // bytes of grams; writer only
	pool   sync.Pool
}

func (s *scripts) init() {
	s.seed = maphash.MakeSeed()
	for i := range s.keys {
		s.keys[i] = maphash.Comparable(s.seed, i) | 1
	}
	s.list.Store(new([]*script))
	s.equal.init()
	s.marks.init()
	s.pool.New = func() any { return new(reading) }
}

func (s *scripts) empty() bool { return len(*s.list.Load()) == 0 }

// bytes estimates the memory that s takes, without the texts themselves.
func (s *scripts) bytes() int64 {
	const scriptSize = 48 + 8
	n := int64(len(*s.list.Load()))
	return n*scriptSize + s.text + s.equal.bytes() + s.marks.bytes() + int64(len(s.common))*2
}

// add takes in the canonical value of a signature that is not there yet.
func (s *scripts) add(value string) {
	r := s.pool.Get().(*reading)
	defer s.release(r)
	r.read(value, &s.keys)
	old := *s.list.Load()
	list := append(old, &script{value: value, grams: slices.Clone(r.grams)})
	s.text += int64(2*len(r.grams)+15) &^ 15 // as the allocator rounds it
	s.list.Store(&list)                      // before it is listed: readers load in the opposite order
	n := uint32(len(old))                    //nolint:gosec // far fewer
	s.equal.add(s.hash(value), n)
	if r.letters < fewestOfScript {
		return
	}
	if s.common == nil {
		s.common = make([]uint16, markCells)
	}
	parts := min(scriptMarks, len(r.marks), max(fewestMarks, len(r.marks)/4))
	for i := range parts {
		s.marks.add(s.rarest(r.marks[i*len(r.marks)/parts:(i+1)*len(r.marks)/parts]), n)
	}
	for _, m := range r.marks {
		if c := &s.common[m%markCells]; *c+1 != 0 {
			*c++
		}
	}
}

// rarest returns the mark that fewest scripts hold. Of several it is the
// first, not the least: those of one table are to be spread.
func (s *scripts) rarest(marks []uint32) uint32 {
	best := marks[0]
	for _, m := range marks[1:] {
		if s.common[m%markCells] < s.common[best%markCells] {
			best = m
		}
	}
	return best
}

func (s *scripts) hash(text string) uint32 { return uint32(maphash.String(s.seed, text) >> 32) }

func (s *scripts) release(r *reading) {
	r.clear()
	s.pool.Put(r)
}

// like appends the scripts that a text is like to dst, the most alike first,
// at most four. Both are canonical. Only those count of which holds says so;
// nil: all. The same text is the last word: beside it, similar ones say nothing.
func (s *scripts) like(text string, dst []alike, holds func(value string) bool) []alike {
	if s.empty() {
		return dst
	}
	r := s.pool.Get().(*reading)
	defer s.release(r)
	from := len(dst)
	for n := range s.equal.of(s.hash(text)) {
		if k := s.known(n); k.value == text && (holds == nil || holds(k.value)) {
			return append(dst, alike{k.value, models.SameText, 1})
		}
	}
	if r.read(text, &s.keys); r.letters < fewestOfMessage {
		return dst
	}
	least := likeSpaced
	if r.dense*2 > r.letters {
		least = likeDense
	}
	s.marks.vote(r)
	for _, n := range r.elected() {
		k := s.known(n)
		if weight := r.overlap(k.grams); weight >= least && (holds == nil || holds(k.value)) {
			dst = insert(dst, from, alike{k.value, models.AlikeText, weight})
		}
	}
	return dst
}

func (s *scripts) known(n uint32) *script { return (*s.list.Load())[n] }

// insert puts l into dst[from:], which is sorted, best first, and keeps the best.
func insert(dst []alike, from int, l alike) []alike {
	at := len(dst)
	for at > from && dst[at-1].weight < l.weight {
		at--
	}
	if dst = slices.Insert(dst, at, l); len(dst)-from > likenesses {
		dst = dst[:len(dst)-1]
	}
	return dst
}
