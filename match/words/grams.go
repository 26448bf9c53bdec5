package words

import (
	"hash/maphash"
	"math"
	"sync/atomic"

	"example.org/tocsin/canon/text"
)

// gramIndex finds strings of a certain least length in a text by grams, a few
// successive bytes each (q-grams). A string is indexed under its gram that was
// rarest in all strings. Where stride is 2, it is indexed under two neighbouring
// grams, so that only every second byte of a text has to be looked at: wherever
// the string stands, one of the two is found there.
//
// The hash is keyed, so nobody can choose strings or texts that collide. One writer
// and any number of readers work without locks: what a reader has loaded is only
// ever added to, and a larger table is published whole.
type gramIndex struct {
	size, stride int // bytes; 8 and 2 at most
	key          uint64
	table        atomic.Pointer[gramTable]
	counts       []uint8 // writer only: how often grams occurred in strings, by hash: never too low, up to its greatest value
	used         int     // writer only: how many strings there are
}

// gramTable is one state of a gramIndex. A blocked Bloom filter of two bits a gram,
// small enough for the processor's cache, tells for nearly all bytes of a text that
// no string has its gram there; the slots are a hash table with open addressing, and
// lead to lists of items linked by their places.
type gramTable struct {
	key, mask   uint64
	filter      []atomic.Uint64
	slots       []atomic.Uint64 // half of the hash, and 1 + the link: twice the item and which of its grams; 0: empty
	items       []item          // those that a slot leads to never change
	filterShift uint64          // how many bits of a hash do not take part in choosing a word of the filter
	slotShift   uint64          // the same for a slot
	stride      int             // as in gramIndex
}

// role is what an item is looked for.
type role uint8

const (
	rolePhrase  role = iota // a signature by itself
	roleMember              // a phrase of phrase sets; ref is its number
	roleLiteral             // a literal of patterns; ref is its number. It counts anywhere, also within words
)

// item is one string that is looked for.
type item struct {
	value      string
	check      uint64    // eight bytes of value far from its gram, if it is that long; see checkOffset
	next       [2]uint32 // 1 + the link that was added before it under each of its grams; 0: none
	ref        uint32    // see role
	gramOffset uint16    // bytes of value before its gram
	role       role
}

const (
	itemSize          = 40         // bytes of an item
	minItems          = 64         // items that there is room for at first
	filterBitsPerGram = 16         // at least: some 2 % of other grams pass, or fewer
	countersPerItem   = 8          // at least
	maxGramOffset     = 1<<16 - 16 // grams further on in a string are not considered
)

// newGramIndex returns an index for strings of at least size + stride - 1 bytes.
func newGramIndex(size, stride int) gramIndex {
	return gramIndex{size: size, stride: stride, key: maphash.Bytes(maphash.MakeSeed(), nil) | 1}
}

// add takes in a string of at least size + stride - 1 bytes. The item is complete
// before a slot leads to it, and the table published after; a full one is built anew.
func (g *gramIndex) add(it item) {
	l := g.table.Load()
	if l == nil {
		l = g.build(minItems, nil)
	} else if g.used == len(l.items) {
		l = g.build(2*g.used, l.items)
	}
	g.countGrams(l, it.value)
	l.items[g.used] = it
	g.insert(l, g.used)
	g.used++
	g.table.Store(l)
}

// build returns a table with room for n items that holds those given, each indexed
// anew: a gram that was rare when its string came may not be any more.
func (g *gramIndex) build(n int, items []item) *gramTable {
	words, slots := n*g.stride*filterBitsPerGram/64, n*g.stride*2
	l := &gramTable{
		key: g.key, mask: math.MaxUint64 >> (64 - 8*g.size), stride: g.stride,
		filter: make([]atomic.Uint64, words), filterShift: hashShift(words),
		slots: make([]atomic.Uint64, slots), slotShift: hashShift(slots),
		items: make([]item, n),
	}
	g.counts = make([]uint8, n*countersPerItem)
	for i := range items {
		g.countGrams(l, items[i].value)
	}
	for i := range items {
		l.items[i] = items[i]
		g.insert(l, i)
	}
	return l
}

// hashShift returns how many of 64 bits are not needed to choose one of n, a power of two.
func hashShift(n int) uint64 {
	bits := uint64(64)
	for ; n > 1; n /= 2 {
		bits--
	}
	return bits
}

// countGrams counts the grams of a string; a counter stops at its greatest value.
func (g *gramIndex) countGrams(l *gramTable, value string) {
	for i := range gramLimit(value) - g.size + 1 {
		if cell := g.counter(l, value, i); *cell < math.MaxUint8 {
			*cell++
		}
	}
}

// counter returns the counter of the gram that begins at a byte of a string. It
// is shared by grams with the same upper bits of the hash.
func (g *gramIndex) counter(l *gramTable, value string, at int) *uint8 {
	return &g.counts[l.hash(loadPadded(value, at))>>hashShift(len(g.counts))]
}

// gramLimit returns how many bytes of a string may be part of its gram.
func gramLimit(value string) int { return min(len(value), maxGramOffset) }

// insert puts an item's links where its grams lead, the filter last: whoever sees
// its bits sees the slot, and whoever sees the slot the item.
func (g *gramIndex) insert(l *gramTable, at int) {
	it := &l.items[at]
	it.gramOffset = g.rarestGram(l, it.value)
	if len(it.value) >= 8 {
		it.check = text.LoadUint64(it.value, it.checkOffset())
	}
	for p := range g.stride {
		h := l.hash(loadPadded(it.value, int(it.gramOffset)+p))
		slot, head := l.slot(h)
		it.next[p] = head
		l.slots[slot].Store(h&upperHalf | uint64(2*at+p+1)) //nolint:gosec // a table has less than 2^31 items
		l.filter[h>>(l.filterShift&63)].Or(bloomBits(h))
	}
}

// rarestGram returns where in a string the grams begin that occurred least.
func (g *gramIndex) rarestGram(l *gramTable, value string) (offset uint16) {
	least := math.MaxInt
	for i := range gramLimit(value) - g.size - g.stride + 2 {
		n := 0
		for p := range g.stride {
			n += int(*g.counter(l, value, i+p))
		}
		if n < least {
			least, offset = n, uint16(i)
		}
	}
	return offset
}

func (g *gramIndex) bytes() int64 {
	l := g.table.Load()
	if l == nil {
		return 0
	}
	return int64(len(l.items))*itemSize + int64(len(l.filter)+len(l.slots))*8 + int64(len(g.counts))
}

// upperHalf is the upper half of a slot or hash.
const upperHalf = 1<<64 - 1<<32

// hash is multiplicative (universal hashing, Dietzfelbinger et al. 1997): of all odd
// keys, two in m let two given grams meet in m slots. Its upper bits are the good ones.
func (l *gramTable) hash(bytes uint64) uint64 { return (bytes & l.mask) * l.key }

// bloomBits returns the bits of a word of the filter that stand for a gram.
func bloomBits(h uint64) uint64 { return 1<<(h>>40&63) | 1<<(h>>34&63) }

// slot returns the slot where a gram's links are or belong, and 1 + the first of them or 0.
func (l *gramTable) slot(h uint64) (at uint64, head uint32) {
	last := uint64(len(l.slots) - 1) //nolint:gosec // positive
	for at = h >> (l.slotShift & 63); ; at = (at + 1) & last {
		switch s := l.slots[at].Load(); {
		case s == 0:
			return at, 0
		case (s^h)&upperHalf == 0:
			return at, uint32(s) //nolint:gosec // the lower half
		}
	}
}

// checkOffset returns where in the value the bytes of check stand: at the end that
// is farther from its gram. They tell a mismatch without a look at the value, which
// is far away in memory.
func (it *item) checkOffset() int {
	if 2*int(it.gramOffset) > len(it.value)-8 {
		return 0
	}
	return len(it.value) - 8
}

// loadPadded is text.LoadUint64 where the text may end before; zeros follow it.
func loadPadded(s string, at int) (bytes uint64) {
	if at+8 <= len(s) {
		return text.LoadUint64(s, at)
	}
	if len(s) >= 8 {
		return text.LoadUint64(s, len(s)-8) >> (8 * uint64(at+8-len(s))) //nolint:gosec // positive
	}
	for i := len(s) - 1; i >= at; i-- {
		bytes = bytes<<8 | uint64(s[i])
	}
	return bytes
}
