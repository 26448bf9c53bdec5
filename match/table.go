package match

import (
	"math/bits"
	"runtime"
	"sync/atomic"
)

// table leads from hashes to references: for each hash any number of them, which the
// caller tells apart. It is a bucketed hash table with tags, as Swiss tables and F14 are,
// whose buckets are lines of 64 bytes, what the processor fetches at once:
//
//	word 0    seven tags, one byte for each entry, 0 where there is none; then eight overflow bits
//	words 1-7 entries: 36 bits of the hash, 28 bits of reference
//
// A hash has a home line. Its tag, compared with all seven at once, says which entries to
// look at, and their 36 bits nearly always whether it is the one. What finds its home full
// goes to the next line and leaves one of the overflow bits behind, chosen by its hash, so
// that few others follow it. In front of the lines stands a blocked Bloom filter of one word
// for each hash (Putze et al. 2007), so that a miss reads one word and no line. In all that
// is 12 to 14 bytes an entry (TestEntryTakesFourteenBytesAtMost).
//
// One writer and any number of readers work without locks. Atomic operations of Go are in
// one order that all goroutines agree on, and what was written before an atomic store is
// seen by whoever has loaded what it stored (The Go Memory Model). So the record is written
// first, then the entry that refers to it, then the tag, then the filter; a reader goes the
// other way, and finds an entry whole or not at all
// (TestReaderCloseBehindTheWriterMissesNothing). Entries are replaced by one store and never
// taken out.
//
// Growth: the table is in shards by the first bits of the hash. A full shard is built anew
// an eighth larger beside the old one and published by one store; readers that are still in
// the old one finish there. The 43 bits of the hash that home, tag and filter need are all in
// the entry, and are in the order of the lines: building streams through memory and reads no
// record (TestTableFindsAllThatWasPutThroughEveryGrowth).
type table struct {
	memory          *memory
	shards          [shardCount]atomic.Pointer[shard]
	used            [shardCount]int // writer only, as all below
	expectedEntries int             // entries that are announced, see grow
	allocatedBytes  int64           // bytes of all shards
}

const (
	shardBits  = 4
	shardCount = 1 << shardBits

	lineWords   = 8
	lineEntries = lineWords - 1
	refBits     = 28
	refMask     = 1<<refBits - 1
	tagShift    = 20 // where the tag stands in a home

	minLines = 8
	// Between one rebuilding and the next the lines fill from 76 to 85 %: more would
	// overflow too often, less would cost memory.
	fillNum, fillDen = 17, 20
	filterBits       = 12 // for each entry when the lines are full: 2 % of misses pass
)

// tagLine is seven entries and their tags.
type tagLine [lineWords]uint64

// shard is the entries of some hashes. Its slices never change, their elements do.
type shard struct {
	filter []uint64
	lines  []tagLine
	words  []uint64 // both, as they were allocated
}

// home is what a hash is within its shard: from the top 36 bits for the entry and 8 bits for
// the tag, of which the last is always set; then zeros.
type home uint64

// homeOf drops the bits that chose the shard.
func homeOf(hash uint64) home {
	const kept = 1<<64 - 1<<tagShift
	return home(hash<<shardBits&kept | 0x80<<tagShift)
}

func (p home) tag() uint64 { return uint64(p) >> tagShift & 0xFF }

// entry is the word of p for a reference.
func (p home) entry(ref uint32) uint64 { return uint64(p)&^refMask | uint64(ref) }

// overflow is the bit that p leaves in the tags of a full line.
func (p home) overflow() uint64 { return 1 << (56 + uint64(p)>>refBits&7) }

// filterMask is the bits of p in its word of the filter: four, of which two may be one.
func (p home) filterMask() uint64 {
	return 1<<(p>>20&63) | 1<<(p>>28&63) | 1<<(p>>34&63) | 1<<(p>>40&63)
}

// indexIn returns where p belongs among n words or lines, in proportion (Lemire 2019), so that
// they may be any number and keep the order of their places.
func (p home) indexIn(n int) uint64 {
	at, _ := bits.Mul64(uint64(p), uint64(n)) //nolint:gosec // a length
	return at
}

func (t *table) init(m *memory) {
	t.memory = m
	for n := range t.shards {
		s := newShard(m, minLines)
		t.allocatedBytes += int64(len(s.words)) * wordSize
		t.shards[n].Store(s)
	}
}

// newShard returns an empty shard. Filter and lines are one run of memory, so that they go
// back to the system together.
func newShard(m *memory, lines int) *shard {
	filter := (capacity(lines)*filterBits + 63) / 64
	filter = (filter + lineWords - 1) &^ (lineWords - 1) // so that lines begin where the processor's do
	s := new(shard)
	s.words = alloc(m, s, filter+lines*lineWords)
	s.filter, s.lines = s.words[:filter:filter], asLines(s.words[filter:])
	return s
}

// capacity is the number of entries at which so many lines are full.
func capacity(lines int) int { return lines * lineEntries * fillNum / fillDen }

// shard returns the shard of a hash.
func (t *table) shard(hash uint64) *shard { return t.shards[hash>>(64-shardBits)].Load() }

// lacks reports whether the filter says that there is nothing for the hash.
func (s *shard) lacks(p home) bool {
	mask := p.filterMask()
	word := atomic.LoadUint64(&s.filter[p.indexIn(len(s.filter))])
	runtime.KeepAlive(s)
	return word&mask != mask
}

// cursor is how far a walk through the references of one hash has come. It is
// small enough to be kept in registers: in memory it would cost more than the walk.
type cursor struct {
	line    uint64
	matches uint64 // the top bit of each tag in the line that is ours and was not yet looked at
	slot    uint64 // of the reference found last
}

// start begins a walk: next steps to its first reference.
func (s *shard) start(p home) cursor {
	at := p.indexIn(len(s.lines))
	return cursor{line: at, matches: p.matchTags(atomic.LoadUint64(&s.lines[at][0]))}
}

// matchTags returns the top bit of each tag that is ours.
func (p home) matchTags(tags uint64) uint64 {
	const ones, tops = 0x00_01010101010101, 0x00_80808080808080
	// The classic SWAR test for a byte of zero; a borrow may raise false matches, which the
	// entry rules out.
	x := (tags ^ p.tag()*ones) & (1<<56 - 1)
	return (x - ones) &^ x & tops
}

// next returns the next reference of the hash, or 0 when there are no more.
func (s *shard) next(p home, c cursor) (ref uint32, after cursor) {
	for {
		for c.matches != 0 {
			c.slot = uint64(bits.TrailingZeros64(c.matches)/8+1) & (lineWords - 1) //nolint:gosec // 1 to 7
			c.matches &= c.matches - 1
			e := atomic.LoadUint64(&s.lines[c.line][c.slot])
			if (e^uint64(p))>>refBits == 0 {
				runtime.KeepAlive(s)
				return uint32(e & refMask), c
			}
		}
		if atomic.LoadUint64(&s.lines[c.line][0])&p.overflow() == 0 {
			runtime.KeepAlive(s)
			return 0, c
		}
		if c.line++; c.line == uint64(len(s.lines)) {
			c.line = 0
		}
		c.matches = p.matchTags(atomic.LoadUint64(&s.lines[c.line][0]))
	}
}

// prefetch reads what add will need, and returns something of it, so that the processor
// fetches it for several hashes at once.
func (t *table) prefetch(hash uint64) uint64 {
	s, p := t.shard(hash), homeOf(hash)
	return s.filter[p.indexIn(len(s.filter))] ^ s.lines[p.indexIn(len(s.lines))][0]
}

// add puts one more reference under a hash.
func (t *table) add(hash uint64, ref uint32) {
	n, p := hash>>(64-shardBits), homeOf(hash)
	s := t.shards[n].Load()
	if t.used[n] >= capacity(len(s.lines)) {
		s = t.grow(s)
		t.shards[n].Store(s)
	}
	t.used[n]++
	s.put(p, ref)
}

// replace makes another reference of a hash stand in the place of one.
func (t *table) replace(hash uint64, old, ref uint32) {
	s, p := t.shard(hash), homeOf(hash)
	for c, found := s.start(p), uint32(1); found != 0; {
		if found, c = s.next(p, c); found == old {
			atomic.StoreUint64(&s.lines[c.line][c.slot], p.entry(ref))
			return
		}
	}
}

// grow returns a larger shard with the same entries: larger by an eighth, or
// at once as large as expectedEntries needs, but never by more than double: what a
// snapshot announces may not come.
func (t *table) grow(s *shard) *shard {
	lines := len(s.lines)
	wanted := t.expectedEntries / shardCount * fillDen / fillNum / lineEntries
	wanted += wanted / 50 // the hashes do not fall evenly
	lines = max(lines+max(lines/8, 1), min(wanted, 2*lines))
	g := newShard(t.memory, lines)
	for n := range s.lines {
		l := &s.lines[n]
		for slot := 1; slot < freeSlot(l[0]); slot++ {
			tag := l[0] >> (8 * (slot - 1)) & 0xFF
			g.putUnshared(home(l[slot]&^refMask|tag<<tagShift), uint32(l[slot]&refMask))
		}
	}
	t.allocatedBytes += int64(len(g.words)-len(s.words)) * wordSize
	t.memory.retire(len(s.words))
	return g
}

// put adds a reference to a shard that readers may be in.
func (s *shard) put(p home, ref uint32) {
	for at := p.indexIn(len(s.lines)); ; {
		l := &s.lines[at]
		tags := l[0]
		if slot := freeSlot(tags); slot < lineWords {
			l[slot] = p.entry(ref) // no reader looks there before it sees the tag
			atomic.StoreUint64(&l[0], tags|p.tag()<<(8*(slot-1)))
			break
		}
		atomic.StoreUint64(&l[0], tags|p.overflow())
		if at++; at == uint64(len(s.lines)) {
			at = 0
		}
	}
	word := &s.filter[p.indexIn(len(s.filter))]
	atomic.StoreUint64(word, *word|p.filterMask())
}

// putUnshared adds a reference to a shard that nobody else knows yet: an atomic store costs
// twenty times a plain one.
func (s *shard) putUnshared(p home, ref uint32) {
	at := p.indexIn(len(s.lines))
	slot := freeSlot(s.lines[at][0])
	for ; slot == lineWords; slot = freeSlot(s.lines[at][0]) {
		s.lines[at][0] |= p.overflow()
		if at++; at == uint64(len(s.lines)) {
			at = 0
		}
	}
	s.lines[at][slot] = p.entry(ref)
	s.lines[at][0] |= p.tag() << (8 * (slot - 1))
	s.filter[p.indexIn(len(s.filter))] |= p.filterMask()
}

// freeSlot returns the first slot that no tag takes, or lineWords.
func freeSlot(tags uint64) int {
	const used = 0x00_80808080808080 // the bit that every tag has
	return bits.TrailingZeros64(^tags&used|1<<63)/8 + 1
}
