package match

import (
	"bytes"
	"math/bits"
	"runtime"
	"sync/atomic"

	"example.org/tocsin/canon"
	"example.org/tocsin/models"
)

// A lead points from something unknown to signatures that are much like it: it
// is weak evidence, asked for only when nothing else hits, and costs a
// miss one more read. Scammers rent phone numbers in blocks and put up the same pages under many
// domains.
const (
	leastInBlock  = 3 // signatures that warn, of the 100 numbers that differ in the last two digits only
	leastDigits   = 9 // of a number whose block says anything: shorter ones do not belong to one another
	leastInSeries = 2 // signatures that warn, each on another domain than the link and one another
	mostInSeries  = 4 // kept of one series
	seriesRoom    = 160
)

// leads finds what signatures that warn have in common.
type leads struct {
	memory *memory
	blocks atomic.Pointer[counters]
	inside int   // phone numbers that the blocks count; writer only
	series table // from a series to links of it, at most mostInSeries
}

// counters say how many signatures are in a block of numbers, or more: a
// counting Bloom filter. A block has two counters of four bits in one word. A
// counter that has reached 15 stays there until the next recount.
type counters struct{ words []uint64 }

const (
	counterBits    = 4
	mostCounted    = 1<<counterBits - 1
	fewestCounters = 64 // words
	perCounters    = 8  // numbers for each word at most: 1 to 2 bytes a number; 1 % of blocks are looked through in vain
)

func (l *leads) init(m *memory) {
	l.memory = m
	l.series.init(m)
	l.blocks.Store(newCounters(m, fewestCounters))
}

func newCounters(m *memory, n int) *counters {
	c := new(counters)
	c.words = allot(m, c, n)
	return c
}

func (l *leads) bytes() int64 {
	return l.series.held + int64(len(l.blocks.Load().words))*wordSize
}

// of returns the word of a block, and where its counters are in it.
func (c *counters) of(hash uint64) (word *uint64, first, second uint64) {
	at, _ := bits.Mul64(hash, uint64(len(c.words)))
	const mask = 64 - counterBits
	return &c.words[at], hash << 2 & mask, hash >> 2 & mask
}

// hold reports whether the counters say that a block has n signatures.
func (c *counters) hold(hash, n uint64) bool {
	word, first, second := c.of(hash)
	w := atomic.LoadUint64(word)
	runtime.KeepAlive(c)
	return w>>first&mostCounted >= n && w>>second&mostCounted >= n
}

// count counts one signature of a block more, or less.
func (c *counters) count(hash uint64, less bool) {
	word, first, second := c.of(hash)
	w := *word
	for _, shift := range []uint64{first, second} {
		switch n := w >> shift & mostCounted; {
		case n == mostCounted:
		case less && n > 0:
			w -= 1 << shift
		case !less:
			w += 1 << shift
		}
		if first == second {
			break
		}
	}
	atomic.StoreUint64(word, w)
}

// follow takes notice of whether a signature warned and warns now. A record that has moved
// is not found under its series any more.
func (s *signatures) follow(t *target, ref uint32, before, now, moved bool) {
	switch {
	case t.digits != 0 && before != now:
		s.count(t.digits, before)
	case t.digits == 0 && now && (moved || !before) && (t.sort == exactURL || t.sort == expressionURL):
		s.join(ref)
	}
}

// count counts a number in its block. All are counted anew in twice as many
// counters when there are too many for them.
func (s *signatures) count(digits uint64, less bool) {
	l := &s.leads
	c := l.blocks.Load()
	if less {
		l.inside--
	} else if l.inside++; l.inside > len(c.words)*perCounters {
		s.recount(2 * len(c.words))
		return
	}
	c.count(s.block(digits), less)
}

func (s *signatures) recount(words int) {
	l := &s.leads
	c := newCounters(s.memory, words)
	for _, r := range s.records.each {
		if digits := r.digits(); digits != 0 && s.labels.of(labelOf(r[0])).level.Warns() {
			c.count(s.block(digits), false)
		}
	}
	s.memory.retire(len(l.blocks.Load().words))
	l.blocks.Store(c)
}

// block hashes the block of a number.
func (s *signatures) block(digits uint64) uint64 {
	return s.number(digits>>(2*digitBits), blockSort)
}

// inBlock appends a hit if the number's block has enough signatures that warn: the first of them.
func (s *signatures) inBlock(hits []models.Hit, digits uint64, at int64) []models.Hit {
	if !s.leads.blocks.Load().hold(s.block(digits), leastInBlock) {
		return hits
	}
	var first string
	found := 0
	for n := range uint64(100) {
		number, ok := s.warns(digits&^0xFF|(n/10+1)<<digitBits|(n%10+1), at)
		if !ok {
			continue
		}
		if found++; found == 1 {
			first = number
		}
		if found == leastInBlock {
			return s.hit(hits, s.phone(first), first, "", models.InBlock, at)
		}
	}
	return hits
}

// warns returns the phone number of the digits, and whether there is a signature of it that warns.
func (s *signatures) warns(digits uint64, at int64) (number string, ok bool) {
	hash := s.number(digits, exactPhone)
	if s.lacks(hash) {
		return "", false
	}
	var room [mostDigits + 1]byte
	number = string(appendNumber(room[:0], digits))
	r, _ := s.find(hash, digits, exactPhone, number, "")
	if r == nil {
		return "", false
	}
	word, ends := r.state()
	l := s.labels.of(labelOf(word))
	runtime.KeepAlive(s)
	return number, l.level.Warns() && l.holds(ends, at)
}

// join puts a link under its series, in the place of one that warns no more if
// there is one. A domain stands there once, so that its own links are no series.
func (s *signatures) join(ref uint32) {
	link := s.records.at(ref).text()
	var room, others [seriesRoom]byte
	series, ok := canon.AppendSeriesKey(room[:0], link)
	if !ok {
		return
	}
	hash := s.mix(s.piece(series), 0, seriesSort)
	members, idle := 0, uint32(0)
	shard, p := s.leads.series.shard(hash), homeOf(hash)
	for member, c := shard.next(p, shard.start(p)); member != 0; member, c = shard.next(p, c) {
		r := s.records.at(member)
		if other, _ := canon.AppendSeriesKey(others[:0], r.text()); !bytes.Equal(other, series) {
			continue
		}
		members++
		switch {
		case r[0]&replaced != 0 || !s.labels.of(labelOf(r[0])).level.Warns():
			idle = member
		case member == ref || domainOf(r.text()) == domainOf(link):
			return
		}
	}
	switch {
	case idle != 0:
		s.leads.series.swap(hash, idle, ref)
	case members < mostInSeries:
		s.leads.series.add(hash, ref)
	}
}

// inSeries appends a hit if enough links of other domains are of the link's series: the first of them.
func (s *signatures) inSeries(hits []models.Hit, link string, at int64) []models.Hit {
	var room [seriesRoom]byte
	series, ok := canon.AppendSeriesKey(room[:0], link)
	if !ok {
		return hits
	}
	hash := s.mix(s.piece(series), 0, seriesSort)
	shard, p := s.leads.series.shard(hash), homeOf(hash)
	if shard.lacks(p) {
		return hits
	}
	var first models.Hit
	found := 0
	for ref, c := shard.next(p, shard.start(p)); found < leastInSeries; ref, c = shard.next(p, c) {
		if ref == 0 {
			return hits
		}
		r := s.records.at(ref)
		head, ends := r.state()
		l := s.labels.of(labelOf(head))
		if head&replaced != 0 || !l.level.Warns() || !l.holds(ends, at) || !another(r.text(), link, series) {
			continue
		}
		if found++; found == 1 {
			first = hitOf(l, r, head, models.InSeries, r.text(), "")
		}
	}
	runtime.KeepAlive(s)
	return append(hits, first)
}

// another reports whether a link is of a series, and not of the domain of link.
func another(other, link string, series []byte) bool {
	var room [seriesRoom]byte
	of, ok := canon.AppendSeriesKey(room[:0], other)
	return ok && bytes.Equal(of, series) && domainOf(other) != domainOf(link)
}

// domainOf returns the name below a public suffix that the host of a link belongs to.
func domainOf(link string) string {
	d := hostOf(link)
	for above := parent(d); above != "" && !canon.PublicSuffix(above); above = parent(d) {
		d = above
	}
	return d
}
