package match

import (
	"runtime"
	"strings"
	"sync/atomic"

	"example.org/tocsin/models"
)

// signatures holds the latest change of every signature, by what it recognises. Any number
// of goroutines may read it beside one writer. Whatever reads a record keeps signatures
// alive (runtime.KeepAlive) and returns copies: see memory.
type signatures struct {
	hasher
	memory  *memory
	labels  labelTable
	table   table
	records records
	leads   leads
}

func (s *signatures) init() {
	s.hasher, s.memory = newHasher(), new(memory)
	s.labels.init()
	s.table.init(s.memory)
	s.records.init(s.memory)
	s.leads.init(s.memory)
}

// find returns the record of a target and its reference, or nil. The fields of the target
// are parameters, so that they are passed in registers.
func (s *signatures) find(hash, digits uint64, rk ruleKind, head, tail string) (record, uint32) {
	shard, p := s.table.shard(hash), homeOf(hash)
	if shard.lacks(p) {
		return nil, 0
	}
	for ref, c := shard.next(p, shard.start(p)); ref != 0; ref, c = shard.next(p, c) {
		if r := s.records.at(ref); r.matches(digits, rk, head, tail) {
			runtime.KeepAlive(s)
			return r, ref
		}
	}
	return nil, 0
}

// lacks reports whether there is certainly nothing for a hash, as for most that are
// looked up.
func (s *signatures) lacks(hash uint64) bool { return s.table.shard(hash).lacks(homeOf(hash)) }

// findPhone returns the record of a signature of exactly that number, or nil. It is the most
// frequent look-up, so it looks at the first record itself: the fewer instructions, the
// more look-ups are under way at once.
func (s *signatures) findPhone(number string) record {
	digits := packPhone(number)
	if digits == 0 {
		r, _ := s.find(s.combine(s.hashString(number), 0, exactPhone), 0, exactPhone, number, "")
		return r
	}
	hash := s.hashDigits(digits, exactPhone)
	shard, p := s.table.shard(hash), homeOf(hash)
	if shard.lacks(p) {
		return nil
	}
	ref, _ := shard.next(p, shard.start(p))
	if ref == 0 {
		return nil
	}
	if r := s.records.at(ref); r[1]&^endsFlag == digitsFlag|digits {
		runtime.KeepAlive(s)
		return r
	}
	r, _ := s.find(hash, digits, exactPhone, number, "")
	return r
}

// appendHit appends the hit of the record of that value, which is head and tail in one, if
// there is a record and it is active.
func (s *signatures) appendHit(hits []models.Hit, r record, head, tail string, how models.MatchType, at int64) []models.Hit {
	if r == nil {
		return hits
	}
	word, ends := r.load()
	if l := s.labels.label(labelOf(word)); l.active(ends, at) {
		hits = append(hits, hitOf(l, r, word, how, head, tail))
	}
	runtime.KeepAlive(s)
	return hits
}

// appendLookup appends the hit of the signature of that rule, kind and value, if it is active.
func (s *signatures) appendLookup(hits []models.Hit, rk ruleKind, value string, how models.MatchType, at int64) []models.Hit {
	var t target
	s.fillTarget(&t, rk, value)
	r, _ := s.find(t.hash, t.digits, t.ruleKind, t.head, t.tail)
	return s.appendHit(hits, r, value, "", how, at)
}

// hitOf returns the hit of a record, given its label and its word 0.
func hitOf(l *label, r record, word uint64, how models.MatchType, head, tail string) models.Hit {
	id := strings.Clone(r.id())
	if id == "" {
		id = derivedID(l.rule, l.kind, head, tail)
	}
	return models.Hit{
		Signature: id, Rule: l.rule, Kind: l.kind, Level: l.level,
		Category: l.category, Reason: l.reason, Rev: revOf(word), MatchType: how,
	}
}

// put applies a draft, if its revision is a later one. It returns whether the signature has
// to be listed now, which is once for those that need it: when they first have a level
// other than unknown. Not ok: there is no room for it, and what was there before stays.
func (s *signatures) put(d *draft, needsListing bool) (list, ok bool) {
	if d.rev < 0 || d.rev > maxRev {
		return false, false
	}
	old, ref := s.find(d.hash, d.digits, d.ruleKind, d.head, d.tail)
	var head uint64
	if old != nil {
		if head = old[0]; d.rev <= revOf(head) {
			return false, true
		}
	}
	l := s.labels.label(d.label)
	d.normalize(l, old)
	list = needsListing && head&listedFlag == 0 && l.level != models.Unknown
	next := uint64(d.label)<<labelShift | head&listedFlag | uint64(d.rev)
	if list {
		next |= listedFlag
	}
	moved := old == nil || old.id() != d.id || !old.update(next, d.ends)
	if moved {
		if ref, ok = s.insertRecord(d, next, old, ref); !ok {
			return false, false
		}
	}
	warned := false
	if old != nil {
		warned = s.labels.label(labelOf(head)).level.Warns()
		s.labels.count[labelOf(head)]--
	}
	s.labels.count[d.label]++
	s.updateLeads(&d.target, ref, warned, l.level.Warns(), moved)
	return list, true
}

// prefetch reads what put will need for a target: see table.prefetch.
func (s *signatures) prefetch(t *target) uint64 {
	fetched := s.table.prefetch(t.hash)
	if t.digits != 0 {
		word, _, _ := s.leads.blocks.Load().locate(s.hashBlock(t.digits))
		fetched ^= *word
	}
	return fetched
}

// insertRecord adds a record and makes the table lead to it, in the place of the old one if
// there is one.
func (s *signatures) insertRecord(d *draft, head uint64, old record, from uint32) (ref uint32, ok bool) {
	ref, ok = s.records.add(d, head)
	switch {
	case !ok:
		return 0, false
	case old == nil:
		s.table.add(d.hash, ref)
	default:
		s.table.replace(d.hash, from, ref)
		atomic.StoreUint64(&old[0], old[0]|replacedFlag)
	}
	return ref, true
}

// normalize brings the id and the end of a draft to what has to be kept of them. Of a
// signature of level unknown, neither is ever shown.
func (d *draft) normalize(l *label, old record) {
	if l.level == models.Unknown {
		d.ends, d.id = 0, ""
		if old != nil {
			d.id = old.id()
		}
		return
	}
	if isDerivedID(d.id) {
		d.id = ""
	}
}

// bytes returns the memory of all, on the Go heap and off it. It is for the writer.
func (s *signatures) bytes() int64 {
	return s.table.allocatedBytes + s.records.allocatedBytes + s.leads.bytes() + s.labels.bytes()
}
