package scripts

import (
	"iter"
	"sync/atomic"
)

const (
	maxPerTag   = 4    // the most numbers under one tag
	minTagSlots = 1024 // of a new table
)

// postings is an inverted index from tags, which are hashes, to numbers of scripts:
// a hash table with open addressing. Several numbers of one tag stand in several
// slots, at most maxPerTag. A blocked Bloom filter of two bits a tag, small enough
// for the processor's cache, tells of nearly every tag without numbers that it has none.
//
// One writer and any number of readers work without locks: a slot is one word,
// nothing is taken out, a larger table is published whole. Growth copies it, some 20
// ms a million numbers, in which the writer waits and readers do not.
type postings struct {
	table atomic.Pointer[tagTable]
	used  int // slots in use; writer only
}

// tagTable is one state of postings, at most three fifths full.
type tagTable struct {
	slots  []atomic.Uint64 // tag and number plus one; 0: empty
	filter []atomic.Uint64 // a quarter as many words
}

func (p *postings) init() { p.table.Store(newTagTable(minTagSlots)) }

func newTagTable(n int) *tagTable {
	return &tagTable{slots: make([]atomic.Uint64, n), filter: make([]atomic.Uint64, n/4)}
}

func (p *postings) bytes() int64 {
	l := p.table.Load()
	return 8 * int64(len(l.slots)+len(l.filter))
}

// add puts a number under a tag.
func (p *postings) add(tag, number uint32) {
	l := p.table.Load()
	if (p.used+1)*5 > len(l.slots)*3 {
		l = l.grow()
		p.table.Store(l)
	}
	if l.insert(uint64(tag)<<32 | uint64(number) + 1) {
		p.used++
	}
}

// insert reports whether it took a slot, not the place of another number. Under a tag
// with maxPerTag numbers the greatest stay, the same ones under all tags.
func (l *tagTable) insert(slot uint64) bool {
	tag, oldest, same := uint32(slot>>32), 0, 0
	for at := l.home(tag); ; at = l.next(at) {
		existing := l.slots[at].Load()
		if existing == 0 {
			l.slots[at].Store(slot)
			word, bits := l.filterMask(tag)
			l.filter[word].Or(bits)
			return true
		}
		if uint32(existing>>32) != tag {
			continue
		}
		if same == 0 || existing < l.slots[oldest].Load() {
			oldest = at
		}
		if same++; same == maxPerTag {
			l.slots[oldest].Store(max(slot, l.slots[oldest].Load()))
			return false
		}
	}
}

// numbers yields the numbers under a tag.
func (p *postings) numbers(tag uint32) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		l := p.table.Load()
		for at := l.home(tag); ; at = l.next(at) {
			existing := l.slots[at].Load()
			if existing == 0 || uint32(existing>>32) == tag && !yield(uint32(existing)-1) { //nolint:gosec // half of it
				return
			}
		}
	}
}

// countCandidates counts for each number under how many long grams of r it stands. It
// goes over them three times, filter, first slots and the rest, so that the memory
// that one waits for is fetched while others are at work.
func (p *postings) countCandidates(r *gramProfile) {
	l := p.table.Load()
	starts := r.cursors[:0]
	for _, tag := range r.longGrams {
		if word, bits := l.filterMask(tag); l.filter[word].Load()&bits == bits {
			starts = append(starts, tagCursor{tag, l.home(tag), 0})
		}
	}
	for i := range starts {
		starts[i].slot = l.slots[starts[i].at].Load()
	}
	for _, h := range starts {
		for at, slot := h.at, h.slot; slot != 0; slot = l.slots[at].Load() {
			if uint32(slot>>32) == h.tag {
				r.countCandidate(uint32(slot) - 1) //nolint:gosec // half of it
			}
			at = l.next(at)
		}
	}
	r.cursors = starts
}

// tagCursor is where the numbers of a tag begin, and the slot found there.
type tagCursor struct {
	tag  uint32
	at   int
	slot uint64
}

// home maps a tag to the slot where its search begins, in proportion, so that growth
// walks through memory in order.
func (l *tagTable) home(tag uint32) int { return int(uint64(tag) * uint64(len(l.slots)) >> 32) }

func (l *tagTable) next(at int) int {
	if at++; at == len(l.slots) {
		return 0
	}
	return at
}

// filterMask returns the word of the filter for a tag, and the bits in it.
func (l *tagTable) filterMask(tag uint32) (word int, bits uint64) {
	return int(uint64(tag) * uint64(len(l.filter)) >> 32), 1<<(tag&63) | 1<<(tag>>6&63)
}

// grow returns a table of half as many slots more with the same numbers.
func (l *tagTable) grow() *tagTable {
	g := newTagTable(len(l.slots) + len(l.slots)/2)
	for i := range l.slots {
		if slot := l.slots[i].Load(); slot != 0 {
			g.insert(slot)
		}
	}
	return g
}
