package match

import (
	"bytes"
	"math/bits"
	"runtime"
	"sync/atomic"

	"example.org/tocsin/canon/link"
	"example.org/tocsin/models"
)

// A lead points from something unknown to signatures that are much like it: it is weak
// evidence, looked for only when nothing else hits, and costs a miss one more read.
// Scammers rent phone numbers in blocks and put up the same pages under many domains.
const (
	minBlockSignatures = 3   // signatures that warn, of the 100 numbers that differ in the last two digits only
	minBlockDigits     = 9   // of a number whose block says anything: shorter ones do not belong to one another
	minSeriesLinks     = 2   // signatures that warn, each on another domain than the link and one another
	maxSeriesLinks     = 4   // kept of one series
	seriesBufferSize   = 160 // what link.AppendSeriesKey needs at most
)

// leads finds what signatures that warn have in common.
type leads struct {
	memory  *memory
	blocks  atomic.Pointer[countingFilter]
	counted int   // phone numbers that the blocks count; writer only
	series  table // from a series to links of it, at most maxSeriesLinks
}

// countingFilter says how many signatures are in a block of numbers, or more: a counting
// Bloom filter (Fan et al. 2000). A block has two counters of four bits in one word. A
// counter that has reached 15 stays there until the filter is built anew, so it is never
// too low (TestBlocksAreCountedThroughGrowth).
type countingFilter struct{ words []uint64 }

const (
	counterBits    = 4
	maxCount       = 1<<counterBits - 1
	minFilterWords = 64
	numbersPerWord = 8 // at most: 1 to 2 bytes a number; 1 % of blocks are looked through in vain
)

func (l *leads) init(m *memory) {
	l.memory = m
	l.series.init(m)
	l.blocks.Store(newCountingFilter(m, minFilterWords))
}

func newCountingFilter(m *memory, n int) *countingFilter {
	c := new(countingFilter)
	c.words = alloc(m, c, n)
	return c
}

func (l *leads) bytes() int64 {
	return l.series.allocatedBytes + int64(len(l.blocks.Load().words))*wordSize
}

// locate returns the word of a block, and the shifts of its counters in it.
func (c *countingFilter) locate(hash uint64) (word *uint64, first, second uint64) {
	at, _ := bits.Mul64(hash, uint64(len(c.words)))
	const mask = 64 - counterBits
	return &c.words[at], hash << 2 & mask, hash >> 2 & mask
}

// atLeast reports whether the counters say that a block has n signatures.
func (c *countingFilter) atLeast(hash, n uint64) bool {
	word, first, second := c.locate(hash)
	w := atomic.LoadUint64(word)
	runtime.KeepAlive(c)
	return w>>first&maxCount >= n && w>>second&maxCount >= n
}

// adjust counts one signature of a block more, or less.
func (c *countingFilter) adjust(hash uint64, decrement bool) {
	word, first, second := c.locate(hash)
	w := *word
	for _, shift := range []uint64{first, second} {
		switch n := w >> shift & maxCount; {
		case n == maxCount:
		case decrement && n > 0:
			w -= 1 << shift
		case !decrement:
			w += 1 << shift
		}
		if first == second {
			break // one counter, which counts once
		}
	}
	atomic.StoreUint64(word, w)
}

// updateLeads takes notice of whether a signature warned and warns now. A record that has
// moved is not found under its series any more.
func (s *signatures) updateLeads(t *target, ref uint32, warned, warning, moved bool) {
	switch {
	case t.digits != 0 && warned != warning:
		s.countNumber(t.digits, warned)
	case t.digits == 0 && warning && (moved || !warned) && (t.ruleKind == exactURL || t.ruleKind == expressionURL):
		s.addToSeries(ref)
	}
}

// countNumber counts a number in its block. All are counted anew in twice as many
// counters when there are too many for them.
func (s *signatures) countNumber(digits uint64, decrement bool) {
	l := &s.leads
	c := l.blocks.Load()
	if decrement {
		l.counted--
	} else if l.counted++; l.counted > len(c.words)*numbersPerWord {
		s.rebuildFilter(2 * len(c.words))
		return
	}
	c.adjust(s.hashBlock(digits), decrement)
}

// rebuildFilter counts the numbers of all records that warn in a new filter. The change
// under way is among them: its record says so already.
func (s *signatures) rebuildFilter(words int) {
	l := &s.leads
	c := newCountingFilter(s.memory, words)
	for _, r := range s.records.all {
		if digits := r.digits(); digits != 0 && s.labels.label(labelOf(r[0])).level.Warns() {
			c.adjust(s.hashBlock(digits), false)
		}
	}
	s.memory.retire(len(l.blocks.Load().words))
	l.blocks.Store(c)
}

// hashBlock hashes the block of a number.
func (s *signatures) hashBlock(digits uint64) uint64 {
	return s.hashDigits(digits>>(2*bitsPerDigit), blockKind)
}

// appendBlockLead appends a hit if the number's block has enough signatures that warn:
// the first of them. The filter keeps nearly all blocks from being looked through.
func (s *signatures) appendBlockLead(hits []models.Hit, digits uint64, at int64) []models.Hit {
	if !s.leads.blocks.Load().atLeast(s.hashBlock(digits), minBlockSignatures) {
		return hits
	}
	var first string
	found := 0
	for n := range uint64(100) {
		number, ok := s.warningNumber(digits&^0xFF|(n/10+1)<<bitsPerDigit|(n%10+1), at)
		if !ok {
			continue
		}
		if found++; found == 1 {
			first = number
		}
		if found == minBlockSignatures {
			return s.appendHit(hits, s.findPhone(first), first, "", models.MatchBlock, at)
		}
	}
	return hits
}

// warningNumber returns the phone number of the digits, and whether there is a signature
// of it that warns.
func (s *signatures) warningNumber(digits uint64, at int64) (number string, ok bool) {
	hash := s.hashDigits(digits, exactPhone)
	if s.lacks(hash) {
		return "", false
	}
	var buf [maxDigits + 1]byte
	number = string(appendPhone(buf[:0], digits))
	r, _ := s.find(hash, digits, exactPhone, number, "")
	if r == nil {
		return "", false
	}
	word, ends := r.load()
	l := s.labels.label(labelOf(word))
	runtime.KeepAlive(s)
	return number, l.level.Warns() && l.active(ends, at)
}

// addToSeries puts a link under its series, in the place of one that warns no more if
// there is one. A domain stands there once, so that its own links are no series.
func (s *signatures) addToSeries(ref uint32) {
	url := s.records.at(ref).value()
	var buf, others [seriesBufferSize]byte
	series, ok := link.AppendSeriesKey(buf[:0], url)
	if !ok {
		return
	}
	hash := s.combine(s.hashBytes(series), 0, seriesKind)
	members, stale := 0, uint32(0)
	shard, p := s.leads.series.shard(hash), homeOf(hash)
	for member, c := shard.next(p, shard.start(p)); member != 0; member, c = shard.next(p, c) {
		r := s.records.at(member)
		if other, _ := link.AppendSeriesKey(others[:0], r.value()); !bytes.Equal(other, series) {
			continue
		}
		members++
		switch {
		case r[0]&replacedFlag != 0 || !s.labels.label(labelOf(r[0])).level.Warns():
			stale = member
		case member == ref || registrableDomain(r.value()) == registrableDomain(url):
			return
		}
	}
	switch {
	case stale != 0:
		s.leads.series.replace(hash, stale, ref)
	case members < maxSeriesLinks:
		s.leads.series.add(hash, ref)
	}
}

// appendSeriesLead appends a hit if enough links of other domains are of the link's
// series: the first of them.
func (s *signatures) appendSeriesLead(hits []models.Hit, url string, at int64) []models.Hit {
	var buf [seriesBufferSize]byte
	series, ok := link.AppendSeriesKey(buf[:0], url)
	if !ok {
		return hits
	}
	hash := s.combine(s.hashBytes(series), 0, seriesKind)
	shard, p := s.leads.series.shard(hash), homeOf(hash)
	if shard.lacks(p) {
		return hits
	}
	var first models.Hit
	found := 0
	for ref, c := shard.next(p, shard.start(p)); found < minSeriesLinks; ref, c = shard.next(p, c) {
		if ref == 0 {
			return hits
		}
		r := s.records.at(ref)
		head, ends := r.load()
		l := s.labels.label(labelOf(head))
		if head&replacedFlag != 0 || !l.level.Warns() || !l.active(ends, at) || !sameSeriesOtherDomain(r.value(), url, series) {
			continue
		}
		if found++; found == 1 {
			first = hitOf(l, r, head, models.MatchSeries, r.value(), "")
		}
	}
	runtime.KeepAlive(s)
	return append(hits, first)
}

// sameSeriesOtherDomain reports whether other is of a series, and not of the domain of url.
func sameSeriesOtherDomain(other, url string, series []byte) bool {
	var buf [seriesBufferSize]byte
	of, ok := link.AppendSeriesKey(buf[:0], other)
	return ok && bytes.Equal(of, series) && registrableDomain(other) != registrableDomain(url)
}

// registrableDomain returns the domain that the host of a link belongs to, or the
// host itself where nobody registered one: an IP address, a public suffix.
func registrableDomain(url string) string {
	host := hostOf(url)
	if d := link.RegistrableDomain(host); d != "" {
		return d
	}
	return host
}
