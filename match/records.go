package match

import "sync/atomic"

// record is what is kept of one signature, as words:
//
//	word 0   label, flags and revision: all that a change of level changes, in one store
//	word 1   what follows, and of a phone number its digits; never changes
//	2 words  if it can end: two ends, of which word 0 says which one is valid
//	then     unless it is a phone number: the value; and its id if it is not the derived one
//
// The end stands twice so that it can change together with word 0: the writer fills the
// one that is not valid and then switches to it. A reader who has read an end looks at
// word 0 again, as with a sequence lock: only if that has changed, the end may already be
// the next but one (TestReadersSeeRevisionEndAndLabelOfOneChange).
type record []uint64

// Word 0 from the top: 16 bits of label, three flags, 45 bits of revision.
const (
	labelShift    = 48
	replacedFlag  = 1 << 47 // another record has taken its place
	secondEndFlag = 1 << 46 // the second end is valid
	listedFlag    = 1 << 45 // it is among the candidates of ranges, words, scripts or brands
	maxRev        = 1<<45 - 1
	recordUnit    = 2 // words: records begin at multiples of 16 bytes, so that a phone number lies in one cache line
	headerWords   = 2
)

// Word 1 from the top: three flags, then of a phone number its digits, else its ruleKind
// and the lengths of its id and its value in bytes.
const (
	endsFlag       = 1 << 63 // it has room for two ends
	ownIDFlag      = 1 << 62 // its id is kept
	digitsFlag     = 1 << 61 // it is of a phone number, whose digits are in this word
	ruleKindShift  = 52
	idShift        = 32
	maxIDBytes     = 1<<16 - 1
	valueMask      = 1<<32 - 1
	digitsMask     = 1<<60 - 1
	endsWords      = 2
	maxRecordWords = 1 << 16 // a value of half a megabyte
	chunkBits      = 18
	chunkUnits     = 1 << chunkBits // 4 MB
	minChunkUnits  = 256            // of the first chunk
	maxUnits       = 1 << refBits
	maxChunks      = maxUnits / chunkUnits
)

// draft is what a change makes of a signature: a record to be, or the update of one.
type draft struct {
	target
	label uint16
	rev   int64
	ends  int64  // Unix milliseconds; 0: no end
	id    string // "": the one that models.SignatureID gives
}

// matches reports whether the record is of a target, whose fields these are.
func (r record) matches(digits uint64, rk ruleKind, head, tail string) bool {
	w := r[1]
	if w&digitsFlag != 0 {
		return w&digitsMask == digits
	}
	if ruleKind(w>>ruleKindShift) != rk { //nolint:gosec // the byte it is
		return false
	}
	v, n := r.value(), len(head)
	return len(v) == n+len(tail) && v[:n] == head && v[n:] == tail
}

// value returns the value of a record other than of a phone number's, as a view of memory
// that its signatures must outlive.
func (r record) value() string { return asString(r[r.valueOffset():], int(r[1]&valueMask)) }

// valueOffset returns the word at which the value begins.
func (r record) valueOffset() int {
	if r[1]&endsFlag != 0 {
		return headerWords + endsWords
	}
	return headerWords
}

// ruleKind returns the rule and kind of the record.
func (r record) ruleKind() ruleKind {
	if r[1]&digitsFlag != 0 {
		return exactPhone
	}
	return ruleKind(r[1] >> ruleKindShift) //nolint:gosec // the byte it is
}

// digits returns the number of a signature of exactly that number, packed, or 0.
func (r record) digits() uint64 {
	switch {
	case r[1]&digitsFlag != 0:
		return r[1] & digitsMask
	case r.ruleKind() == exactPhone:
		return packPhone(r.value())
	}
	return 0
}

// id returns its id as a view, or "" for the derived one.
func (r record) id() string {
	w := r[1]
	if w&ownIDFlag == 0 {
		return ""
	}
	length := int(w & valueMask)
	return asString(r[r.valueOffset():], length+int(w>>idShift&maxIDBytes))[length:]
}

// load returns word 0 and the end that belongs to it.
func (r record) load() (head uint64, ends int64) {
	for {
		head = atomic.LoadUint64(&r[0])
		if r[1]&endsFlag == 0 {
			return head, 0
		}
		ends = int64(atomic.LoadUint64(&r[endOffset(head)])) //nolint:gosec // as it was stored
		if atomic.LoadUint64(&r[0]) == head {
			return head, ends
		}
	}
}

// endOffset returns the word of the end that is valid.
func endOffset(head uint64) int {
	if head&secondEndFlag != 0 {
		return headerWords + 1
	}
	return headerWords
}

func revOf(head uint64) int64    { return int64(head & maxRev) }
func labelOf(head uint64) uint16 { return uint16(head >> labelShift) }

// update changes word 0 and the end in place. It returns false if the record has no room
// for an end.
func (r record) update(head uint64, ends int64) bool {
	if r[1]&endsFlag == 0 {
		if ends == 0 {
			atomic.StoreUint64(&r[0], head)
		}
		return ends == 0
	}
	old := r[0]
	head |= old & secondEndFlag
	if uint64(ends) != r[endOffset(old)] { //nolint:gosec // the same bits
		head ^= secondEndFlag
		atomic.StoreUint64(&r[endOffset(head)], uint64(ends)) //nolint:gosec // the same bits
	}
	atomic.StoreUint64(&r[0], head)
	return true
}

// layout returns the length in words of the record that the draft makes, and its word 1.
func (d *draft) layout() (words int, header uint64) {
	words = headerWords
	if d.ends != 0 {
		words, header = words+endsWords, endsFlag
	}
	if d.digits != 0 && d.id == "" {
		return words, header | digitsFlag | d.digits
	}
	size := len(d.head) + len(d.tail)
	header |= uint64(d.ruleKind)<<ruleKindShift | uint64(len(d.id))<<idShift | uint64(size)
	if d.id != "" {
		header |= ownIDFlag
	}
	words += (size + len(d.id) + wordSize - 1) / wordSize
	return (words + recordUnit - 1) &^ (recordUnit - 1), header
}

// length returns the length of a record in words.
func (r record) length() int {
	words := r.valueOffset()
	if w := r[1]; w&digitsFlag == 0 {
		words += (int(w&valueMask) + int(w>>idShift&maxIDBytes) + wordSize - 1) / wordSize
	}
	return (words + recordUnit - 1) &^ (recordUnit - 1)
}

// records keeps records one behind the other in chunks of 4 MB, 4 GB at most: 268 million
// phone numbers, or some 60 million links. A reference is the place in units of 16 bytes.
// What a record was replaced by lies further on; its own place is lost. That happens once
// to a signature that gets its first end, and whenever its id changes, which it never should.
type records struct {
	memory         *memory
	chunks         [maxChunks]atomic.Pointer[chunk]
	end            atomic.Uint32 // the next reference; 0 is never one
	limit          uint32        // of references; less than maxUnits in tests only
	allocatedBytes int64         // bytes of all chunks; writer only
}

// chunk owns a run of records: see alloc.
type chunk struct{ words []uint64 }

func (r *records) init(m *memory) {
	r.memory, r.limit = m, maxUnits
	r.end.Store(1)
}

// at returns the record of a reference, and what lies behind it.
func (r *records) at(ref uint32) record {
	c := r.chunks[ref>>chunkBits&(maxChunks-1)].Load()
	return c.words[int(ref&(chunkUnits-1))*recordUnit:]
}

// add keeps a record, unless it is too long or the space used up. No record crosses the
// end of a chunk.
func (r *records) add(d *draft, head uint64) (ref uint32, ok bool) {
	length, header := d.layout()
	units := uint32(length / recordUnit) //nolint:gosec // checked next
	ref = r.end.Load()
	if length > maxRecordWords || len(d.id) > maxIDBytes {
		return 0, false
	}
	if ref%chunkUnits+units > chunkUnits {
		ref = (ref/chunkUnits + 1) * chunkUnits
	}
	if ref+units > r.limit {
		return 0, false
	}
	r.ensureChunk(ref, units)
	w := r.at(ref)
	w[0], w[1] = head, header
	if header&endsFlag != 0 {
		w[headerWords] = uint64(d.ends) //nolint:gosec // the same bits
	}
	if header&digitsFlag == 0 {
		text := asBytes(w[w.valueOffset():length])
		n := copy(text, d.head)
		n += copy(text[n:], d.tail)
		copy(text[n:], d.id)
	}
	r.end.Store(ref + units)
	return ref, true
}

// ensureChunk makes sure that there is a chunk with room for the units. The first chunk
// begins small and is copied when it is full, so that a small index is small.
func (r *records) ensureChunk(ref, units uint32) {
	slot := &r.chunks[ref>>chunkBits]
	old, size := slot.Load(), chunkUnits
	if ref < chunkUnits {
		size = minChunkUnits
		for size < int(ref+units) {
			size *= 2
		}
	}
	if old != nil && len(old.words) >= size*recordUnit {
		return
	}
	c := new(chunk)
	if size < chunkUnits {
		c.words = make([]uint64, size*recordUnit) // whoever reads it when it is replaced keeps it alive
	} else {
		c.words = alloc(r.memory, c, size*recordUnit)
	}
	r.allocatedBytes += int64(size) * recordUnit * wordSize
	if old != nil {
		copy(c.words, old.words)
		r.allocatedBytes -= int64(len(old.words)) * wordSize
	}
	slot.Store(c)
}

// all visits the records in the order in which they were added, those included that are
// added meanwhile, until visit returns false. It may run beside the writer: a record that
// was replaced is left out, and the one in its place comes later.
func (r *records) all(visit func(ref uint32, r record) bool) {
	for ref := uint32(1); ref < r.end.Load(); {
		rec := r.at(ref)
		if len(rec) < headerWords || rec[1] == 0 { // the rest of the chunk was too small for the next
			ref = (ref/chunkUnits + 1) * chunkUnits
			continue
		}
		if atomic.LoadUint64(&rec[0])&replacedFlag == 0 && !visit(ref, rec) {
			return
		}
		ref += uint32(rec.length() / recordUnit) //nolint:gosec // at most maxRecordWords
	}
}
