package brands

import (
	"hash/maphash"
	"math/bits"
	"sync/atomic"
)

// maxHostLetters is the most bytes of a host name (RFC 1035: 255 octets with those
// of the lengths). Longer ones look like nothing.
const maxHostLetters = 253

// prefixLength is how many letters a name must have to be looked for inside
// longer labels; its first ones are a key of their own.
const prefixLength = 4

// letterHash hashes rows of letters as polynomials with secret coefficients,
// modulo 2^64 (Karp and Rabin). From the sums up to each letter, the hash of any
// part of a row, and of a part without one of its letters, takes two or three
// multiplications. The base is odd, so it has an inverse.
type letterHash struct {
	value   [256]uint64                // the coefficient of a letter
	power   [maxHostLetters + 1]uint64 // of the base
	inverse [maxHostLetters + 1]uint64 // of those powers
}

// init draws the coefficients. The base is secret, or else somebody could choose names
// that collide; it is odd, so that its powers have inverses.
func (h *letterHash) init() {
	seed := maphash.MakeSeed()
	for i := range h.value {
		h.value[i] = maphash.Comparable(seed, i)
	}
	base := maphash.Comparable(seed, -1) | 3
	inverse := base // Newton's iteration: each step doubles the bits that are right, from three on
	for range 5 {
		inverse *= 2 - base*inverse
	}
	h.power[0], h.inverse[0] = 1, 1
	for i := 1; i <= maxHostLetters; i++ {
		h.power[i] = h.power[i-1] * base
		h.inverse[i] = h.inverse[i-1] * inverse
	}
}

// letterRow is letters, and the hash of the letters before each.
type letterRow struct {
	letters    [maxHostLetters]byte
	prefixSums [maxHostLetters + 1]uint64
	n          int
}

// add appends a letter; one too many is dropped.
func (r *letterRow) add(c byte, h *letterHash) {
	if r.n < maxHostLetters {
		r.letters[r.n] = c
		r.prefixSums[r.n+1] = r.prefixSums[r.n] + h.value[c]*h.power[r.n]
		r.n++
	}
}

// hashRange returns the hash of the letters from one place to another, the last
// one not included. Equal letters have equal hashes wherever they stand.
func (r *letterRow) hashRange(from, to int, h *letterHash) uint64 {
	return finalize((r.prefixSums[to] - r.prefixSums[from]) * h.inverse[from])
}

// hashWithout returns the hash of the same letters without the one at i: a key of
// the deletion neighbourhood.
func (r *letterRow) hashWithout(from, to, i int, h *letterHash) uint64 {
	return finalize((r.prefixSums[i] - r.prefixSums[from] + (r.prefixSums[to]-r.prefixSums[i+1])*h.inverse[1]) * h.inverse[from])
}

// finalize makes every bit of a hash depend on every other; the lower ones of a
// polynomial do not.
func finalize(x uint64) uint64 {
	x ^= x >> 32
	x *= 0x9E3779B97F4A7C15
	return x ^ x>>29
}

// deletionIndex finds the names that are equal to a row of letters or one edit
// away. It holds each name's own hash and those of the name without one of its
// letters (the deletion neighbourhood of distance 1). A row is within one edit of
// a name only if their neighbourhoods, they themselves included, have a hash in
// common; what is found is then compared in full. An edit is one letter more, less
// or other, or two neighbours swapped.
//
// It is a hash table with open addressing and linear probing, and a filter before it.
// One writer and any number of readers share it without locks: a slot goes from
// empty to its value once, before the bits that lead to it, and a larger table is
// published whole.
type deletionIndex struct {
	filter        []atomic.Uint64 // a blocked Bloom filter, two bits a key: a miss costs one cache line of a small table
	slots         []atomic.Uint64 // upper half: of the hash; lower: which name, counted from 1; 0: empty
	prefixLengths []atomic.Uint32 // by the hash of a name's prefix: the lengths of the names that begin so, as bits
	keys          int             // slots in use; writer only
	names         int             // writer only
}

// newDeletionIndex returns an index with room for n names of a usual length.
func newDeletionIndex(n int) *deletionIndex {
	filter := 1 << bits.Len(uint(n)*3)
	return &deletionIndex{
		filter:        make([]atomic.Uint64, filter),
		slots:         make([]atomic.Uint64, filter*6),
		prefixLengths: make([]atomic.Uint32, filter*2),
	}
}

// needsGrowth reports whether there is less than 16 bits of the filter for each key
// (the slots are then two thirds in use), or less than four prefixLengths for each name.
func (t *deletionIndex) needsGrowth() bool {
	return t.keys > len(t.filter)*4 || t.names*2 > len(t.filter)
}

func (t *deletionIndex) bytes() int64 {
	return int64(len(t.filter)*8 + len(t.slots)*8 + len(t.prefixLengths)*4)
}

// put adds one key of the name of that index. The filter comes last: whoever
// sees its bits sees the slot.
func (t *deletionIndex) put(x uint64, index uint32) {
	at := t.home(x)
	for t.slots[at].Load() != 0 {
		if at++; at == len(t.slots) {
			at = 0
		}
	}
	t.slots[at].Store(x<<32 | uint64(index) + 1)
	word, mask := t.filterBits(x)
	t.filter[word].Or(mask)
	t.keys++
}

// filterBits returns the word of the filter for a hash, and the bits in it.
func (t *deletionIndex) filterBits(x uint64) (word int, mask uint64) {
	return int(x>>40) & (len(t.filter) - 1), 1<<(x&63) | 1<<(x>>6&63)
}

// home returns the slot at which the search for a hash begins.
func (t *deletionIndex) home(x uint64) int { return int(x >> 32 * uint64(len(t.slots)) >> 32) }

// mayContain reports whether there may be a name under a hash. If there is none,
// it says no nearly always.
func (t *deletionIndex) mayContain(x uint64) bool {
	word, mask := t.filterBits(x)
	return t.filter[word].Load()&mask == mask
}

// next returns the index of a name under a hash, and where to go on. A search
// begins at home(x) and ends when the index is below 0.
func (t *deletionIndex) next(x uint64, at int) (index, then int) {
	for {
		slot := t.slots[at].Load()
		if slot == 0 {
			return -1, at
		}
		if at++; at == len(t.slots) {
			at = 0
		}
		if slot>>32 == x&(1<<32-1) {
			return int(slot&(1<<32-1)) - 1, at
		}
	}
}

// addPrefix notes that a name of n letters begins with a prefix of hash x. A name
// of 36 letters or more is not looked for inside others.
func (t *deletionIndex) addPrefix(x uint64, n int) {
	if n -= prefixLength; n < 32 {
		t.prefixLengths[int(x>>40)&(len(t.prefixLengths)-1)].Or(1 << n)
	}
}

// lengthsWithPrefix returns the lengths, less prefixLength, of the names that may
// begin with a prefix of hash x, as bits.
func (t *deletionIndex) lengthsWithPrefix(x uint64) uint32 {
	return t.prefixLengths[int(x>>40)&(len(t.prefixLengths)-1)].Load()
}
