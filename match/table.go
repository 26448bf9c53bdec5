package match

import (
	"hash/maphash"
	"sync/atomic"

	"example.org/tocsin/models"
)

// key names a signature by what it recognises.
type key struct {
	rule  models.Rule
	kind  models.IndicatorKind
	value string
}

// label is what many entries have in common. Each distinct label exists once.
type label struct {
	rule     models.Rule
	kind     models.IndicatorKind
	level    models.Level
	category models.Category
	reason   string
}

// entry is the last word on one signature. It is never changed, only replaced,
// so readers need no lock. Its 48 bytes are one size class of the allocator:
// a further field would cost 16 bytes.
type entry struct {
	label  *label
	text   string // signature id and value in one string: one allocation less
	rev    int64
	ends   int64  // Unix milliseconds; 0: no end
	cut    uint16 // where the value starts in text
	listed bool   // it is among the ranges or phrases
}

const entrySize = 48

func (e *entry) id() string    { return e.text[:e.cut] }
func (e *entry) value() string { return e.text[e.cut:] }

func (e *entry) is(k key) bool {
	return e.value() == k.value && e.label.kind == k.kind && e.label.rule == k.rule
}

// holds reports whether the signature says anything at the given time in Unix milliseconds.
func (e *entry) holds(at int64) bool {
	return e.label.level != models.Unknown && (e.ends == 0 || at < e.ends)
}

func (e *entry) hit() models.Hit {
	return models.Hit{
		Signature: e.id(), Rule: e.label.rule, Kind: e.label.kind, Level: e.label.level,
		Category: e.label.category, Reason: e.label.reason, Rev: e.rev,
	}
}

// table finds entries by key: a hash table with open addressing. Half of a
// keyed 64-bit hash stands beside each entry, so that a miss costs one or two
// cache lines; a hit is verified against the full value, so equal hashes
// do no harm, and the key is random, so nobody can choose values that collide.
//
// One writer and any number of readers work without locks: entries are
// immutable, a slot is filled entry first and hash second, nothing is ever
// taken out, and a grown table is published whole. A reader sees the state
// before or after a put that runs meanwhile.
type table struct {
	seed  maphash.Seed
	slots atomic.Pointer[slots]
	used  int   // writer only
	text  int64 // bytes of text, writer only
}

type slots struct {
	hashes  []atomic.Uint32 // 0: empty
	entries []atomic.Pointer[entry]
}

const (
	fewestSlots = 1024
	slotSize    = 4 + 8
)

func (t *table) init() {
	t.seed = maphash.MakeSeed()
	t.slots.Store(newSlots(fewestSlots))
}

func newSlots(n int) *slots {
	return &slots{hashes: make([]atomic.Uint32, n), entries: make([]atomic.Pointer[entry], n)}
}

func (t *table) hash(k key) uint32 {
	return max(1, uint32(maphash.Comparable(t.seed, k)>>32))
}

// get returns the entry of k, or nil.
func (t *table) get(k key) *entry {
	_, e := t.slots.Load().find(t.hash(k), k)
	return e
}

// put makes e the entry of its key k.
func (t *table) put(k key, e *entry) {
	s, hash := t.slots.Load(), t.hash(k)
	at, old := s.find(hash, k)
	if old == nil {
		t.used++
		t.text += sizeClass(len(e.text))
		if t.used*4 > len(s.hashes)*3 {
			s = s.grown()
			t.slots.Store(s)
			at, _ = s.find(hash, k)
		}
	}
	s.entries[at].Store(e)
	s.hashes[at].Store(hash)
}

func (t *table) bytes() int64 {
	return int64(len(t.slots.Load().hashes))*slotSize + int64(t.used)*entrySize + t.text
}

// find returns the entry of k and its slot, or nil and the slot where it belongs.
func (s *slots) find(hash uint32, k key) (int, *entry) {
	for at := s.home(hash); ; {
		switch s.hashes[at].Load() {
		case 0:
			return at, nil
		case hash:
			if e := s.entries[at].Load(); e.is(k) {
				return at, e
			}
		}
		if at++; at == len(s.hashes) {
			at = 0
		}
	}
}

// home maps a hash to a slot in proportion, not by its remainder, so that
// slots may be any number and growing walks through memory in order.
func (s *slots) home(hash uint32) int {
	return int(uint64(hash) * uint64(len(s.hashes)) >> 32)
}

// grown returns a quarter more slots with the same entries: small steps keep
// between 60 and 75 % of the slots in use.
func (s *slots) grown() *slots {
	g := newSlots(len(s.hashes) + len(s.hashes)/4)
	for i := range s.hashes {
		hash := s.hashes[i].Load()
		if hash == 0 {
			continue
		}
		at := g.home(hash)
		for g.hashes[at].Load() != 0 {
			if at++; at == len(g.hashes) {
				at = 0
			}
		}
		g.entries[at].Store(s.entries[i].Load())
		g.hashes[at].Store(hash)
	}
	return g
}

// sizeClass estimates what the allocator gives for n bytes.
func sizeClass(n int) int64 { return int64(n+15) &^ 15 }
