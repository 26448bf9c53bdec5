package match

import (
	"hash/maphash"
	"math"
	"sync/atomic"
)

// grams finds strings of a certain length in a text by gram, a few successive
// bytes of each. A string is listed under its gram that was rarest in all strings: words that
// every scam uses are frequent in messages too. Where stride is 2, it is listed under
// two neighbouring grams, so that only every second byte of a text has to be looked at:
// wherever the string stands, one of the two is found there.
//
// The hash is keyed, so nobody can choose strings or texts that collide. One
// writer and any number of readers work without locks, as in table: what a reader has loaded is
// only ever added to, and a grown list is published whole.
type grams struct {
	size, stride int // bytes; 8 and 2 at most
	key          uint64
	now          atomic.Pointer[listing]
	seen         []uint8 // writer only: how often grams occurred in strings, by hash; an estimate, never too low below its greatest value
	used         int     // writer only: how many strings are listed
}

// listing is one state of grams. A filter of two bits a gram, small
// enough for the processor's cache, tells for nearly all bytes of a text that nothing
// is listed there; the slots are a hash table with open addressing.
type listing struct {
	key, mask uint64
	filter    []atomic.Uint64
	slots     []atomic.Uint64 // half of the hash, and 1 + the link: twice the item and which of its grams; 0: empty
	items     []item          // those that a slot leads to are never changed
	drop      uint64          // how many bits of a hash do not take part in choosing a word of the filter
	dropSlot  uint64          // the same for a slot
	step      int             // the stride
}

// role is what an item is looked for.
type role uint8

const (
	asPhrase  role = iota // a signature by itself
	asMember              // a phrase of phrase sets; ref is its number
	asLiteral             // a literal of patterns; ref is its number. It stands anywhere, also within words
)

// item is one string that is looked for.
type item struct {
	value string
	check uint64    // eight bytes of value far from its gram, if it is that long; see checked
	next  [2]uint32 // 1 + the link listed before it under each of its grams; 0: none
	ref   uint32
	after uint16 // bytes of value before its gram
	role  role
}

const (
	itemSize   = 40
	fewest     = 64 // items that there is room for at first
	gramBits   = 16 // of the filter for each gram, at least
	seenCells  = 8  // for each item, at least
	mostBefore = 1<<16 - 16
)

func newGrams(size, stride int) grams {
	return grams{size: size, stride: stride, key: maphash.Bytes(maphash.MakeSeed(), nil) | 1}
}

// add lists a string of at least size + stride - 1 bytes.
func (g *grams) add(it item) {
	l := g.now.Load()
	if l == nil {
		l = g.grown(fewest, nil)
	} else if g.used == len(l.items) {
		l = g.grown(2*g.used, l.items)
	}
	g.count(l, it.value)
	l.items[g.used] = it
	g.list(l, g.used)
	g.used++
	g.now.Store(l)
}

// grown returns a listing with room for n items that lists those given, each anew:
// what was rare when it came may not be any more.
func (g *grams) grown(n int, items []item) *listing {
	words, slots := n*g.stride*gramBits/64, n*g.stride*2
	l := &listing{
		key: g.key, mask: math.MaxUint64 >> (64 - 8*g.size), step: g.stride,
		filter: make([]atomic.Uint64, words), drop: unused(words),
		slots: make([]atomic.Uint64, slots), dropSlot: unused(slots),
		items: make([]item, n),
	}
	g.seen = make([]uint8, n*seenCells)
	for i := range items {
		g.count(l, items[i].value)
	}
	for i := range items {
		l.items[i] = items[i]
		g.list(l, i)
	}
	return l
}

// unused returns how many of 64 bits are not needed to choose one of n, a power of two.
func unused(n int) uint64 {
	bits := uint64(64)
	for ; n > 1; n /= 2 {
		bits--
	}
	return bits
}

// count notes the grams of a string.
func (g *grams) count(l *listing, value string) {
	for i := range grammed(value) - g.size + 1 {
		if cell := g.cell(l, value, i); *cell < math.MaxUint8 {
			*cell++
		}
	}
}

func (g *grams) cell(l *listing, value string, at int) *uint8 {
	return &g.seen[l.hash(loadEnd(value, at))>>unused(len(g.seen))]
}

// grammed returns how many bytes of a string may be part of its gram.
func grammed(value string) int { return min(len(value), mostBefore) }

// list puts an item's links where its grams lead, the filter last.
func (g *grams) list(l *listing, at int) {
	it := &l.items[at]
	it.after = g.rarest(l, it.value)
	if len(it.value) >= 8 {
		it.check = load(it.value, it.checked())
	}
	for p := range g.stride {
		h := l.hash(loadEnd(it.value, int(it.after)+p))
		slot, head := l.slot(h)
		it.next[p] = head
		l.slots[slot].Store(h&half | uint64(2*at+p+1)) //nolint:gosec // a listing has less than 2^31 items
		l.filter[h>>(l.drop&63)].Or(marks(h))
	}
}

// rarest returns where in a string the grams start that occurred least.
func (g *grams) rarest(l *listing, value string) (after uint16) {
	least := math.MaxInt
	for i := range grammed(value) - g.size - g.stride + 2 {
		n := 0
		for p := range g.stride {
			n += int(*g.cell(l, value, i+p))
		}
		if n < least {
			least, after = n, uint16(i)
		}
	}
	return after
}

func (g *grams) bytes() int64 {
	l := g.now.Load()
	if l == nil {
		return 0
	}
	return int64(len(l.items))*itemSize + int64(len(l.filter)+len(l.slots))*8 + int64(len(g.seen))
}

// half is the upper half of a slot or hash.
const half = 1<<64 - 1<<32

// hash is multiplicative: of all keys, two in m let two given grams meet in m places. Its upper bits are the good ones.
func (l *listing) hash(bytes uint64) uint64 { return (bytes & l.mask) * l.key }

// marks are the bits of a word of the filter that stand for a gram.
func marks(h uint64) uint64 { return 1<<(h>>40&63) | 1<<(h>>34&63) }

// slot returns the slot where a gram's links are or belong, and 1 + the first of them or 0.
func (l *listing) slot(h uint64) (at uint64, head uint32) {
	last := uint64(len(l.slots) - 1) //nolint:gosec // positive
	for at = h >> (l.dropSlot & 63); ; at = (at + 1) & last {
		switch s := l.slots[at].Load(); {
		case s == 0:
			return at, 0
		case (s^h)&half == 0:
			return at, uint32(s) //nolint:gosec // the lower half
		}
	}
}

// checked returns where in the value the bytes of check stand: at the end that is farther from
// its gram. They tell a mismatch without a look at the value, which is far away in memory.
func (it *item) checked() int {
	if 2*int(it.after) > len(it.value)-8 {
		return 0
	}
	return len(it.value) - 8
}

// load returns eight bytes of text.
func load(text string, at int) uint64 {
	b := text[at : at+8]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// loadEnd is load where the text may end before; zeros follow it.
func loadEnd(text string, at int) (bytes uint64) {
	if at+8 <= len(text) {
		return load(text, at)
	}
	if len(text) >= 8 {
		return load(text, len(text)-8) >> (8 * uint64(at+8-len(text))) //nolint:gosec // positive
	}
	for i := len(text) - 1; i >= at; i-- {
		bytes = bytes<<8 | uint64(text[i])
	}
	return bytes
}
