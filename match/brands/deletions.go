package brands

import (
	"hash/maphash"
	"math/bits"
	"sync/atomic"
)

// maxLetters is the most letters of a host that are looked at.
const maxHostLetters = 253

// opening is how many letters a name must begin with for it to be looked for inside longer labels.
const prefixLength = 4

// letterHash hashes rows of letters as polynomials with secret coefficients,
// modulo 2^64. From the sums up to each letter, the hash of any part of a row,
// and of a part without one of its letters, takes two multiplications.
type letterHash struct {
	value   [256]uint64
	power   [maxHostLetters + 1]uint64
	inverse [maxHostLetters + 1]uint64
}

func (h *letterHash) init() {
	seed := maphash.MakeSeed()
	for i := range h.value {
		h.value[i] = maphash.Comparable(seed, i)
	}
	base := maphash.Comparable(seed, -1) | 3
	inverse := base // of an odd number: each step doubles the bits that are right, from three on
	for range 5 {
		inverse *= 2 - base*inverse
	}
	h.power[0], h.inverse[0] = 1, 1
	for i := 1; i <= maxHostLetters; i++ {
		h.power[i] = h.power[i-1] * base
		h.inverse[i] = h.inverse[i-1] * inverse
	}
}

// row is letters and the sums of their hash up to each.
type letterRow struct {
	letters    [maxHostLetters]byte
	prefixSums [maxHostLetters + 1]uint64
	n          int
}

func (r *letterRow) add(c byte, h *letterHash) {
	if r.n < maxHostLetters {
		r.letters[r.n] = c
		r.prefixSums[r.n+1] = r.prefixSums[r.n] + h.value[c]*h.power[r.n]
		r.n++
	}
}

// part returns the hash of the letters from one place to another.
func (r *letterRow) hashRange(from, to int, h *letterHash) uint64 {
	return finalize((r.prefixSums[to] - r.prefixSums[from]) * h.inverse[from])
}

// without returns the hash of the same letters without the one at i.
func (r *letterRow) hashWithout(from, to, i int, h *letterHash) uint64 {
	return finalize((r.prefixSums[i] - r.prefixSums[from] + (r.prefixSums[to]-r.prefixSums[i+1])*h.inverse[1]) * h.inverse[from])
}

// scramble makes every bit of a hash depend on every other; the lower ones of a polynomial do not.
func finalize(x uint64) uint64 {
	x ^= x >> 32
	x *= 0x9E3779B97F4A7C15
	return x ^ x>>29
}

// nearby finds the names that are equal to a row of letters or one edit away:
// it holds each name's own hash and those of the name without one of its
// letters. A row is within one edit of a name only if the two have one of these in
// common; what is found is then compared in full.
//
// One writer and any number of readers share it without locks: a slot goes from
// empty to its value once, before the bits that lead to it, and what has grown is published whole.
type deletionIndex struct {
	filter        []atomic.Uint64 // a blocked Bloom filter, two bits a key: a miss costs one cache line of a small table
	slots         []atomic.Uint64 // upper half: of the hash; lower: which name, counted from 1; 0: empty
	prefixLengths []atomic.Uint32 // by the first letters of a name: the lengths of the names that begin so
	keys          int             // writer only
	names         int             // writer only
}

// newNearby returns one with room for n names of a usual length.
func newDeletionIndex(n int) *deletionIndex {
	filter := 1 << bits.Len(uint(n)*3)
	return &deletionIndex{
		filter:        make([]atomic.Uint64, filter),
		slots:         make([]atomic.Uint64, filter*6),
		prefixLengths: make([]atomic.Uint32, filter*2),
	}
}

// full reports whether it is time to grow: when the filter has less than 16 bits a key, or the slots are two thirds in use.
func (t *deletionIndex) needsGrowth() bool {
	return t.keys > len(t.filter)*4 || t.names*2 > len(t.filter)
}

func (t *deletionIndex) bytes() int64 {
	return int64(len(t.filter)*8 + len(t.slots)*8 + len(t.prefixLengths)*4)
}

// put adds one key of the name of that index.
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

func (t *deletionIndex) filterBits(x uint64) (word int, mask uint64) {
	return int(x>>40) & (len(t.filter) - 1), 1<<(x&63) | 1<<(x>>6&63)
}

func (t *deletionIndex) home(x uint64) int { return int(x >> 32 * uint64(len(t.slots)) >> 32) }

// may reports whether there may be a name under a hash; nearly always it says no if there is none.
func (t *deletionIndex) mayContain(x uint64) bool {
	word, mask := t.filterBits(x)
	return t.filter[word].Load()&mask == mask
}

// next returns the index of a name under a hash, and where to go on: it
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

// begin notes that a name of n letters begins with an opening of hash x.
func (t *deletionIndex) addPrefix(x uint64, n int) {
	if n -= prefixLength; n < 32 {
		t.prefixLengths[int(x>>40)&(len(t.prefixLengths)-1)].Or(1 << n)
	}
}

// lengths returns the lengths, less those of an opening, of the names that may begin with it, as bits.
func (t *deletionIndex) lengthsWithPrefix(x uint64) uint32 {
	return t.prefixLengths[int(x>>40)&(len(t.prefixLengths)-1)].Load()
}
