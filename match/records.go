package match

import "sync/atomic"

// record is what is kept of one signature, as words:
//
//	word 0   label, listed, and revision: all that a change of level changes, in one store
//	word 1   what follows, and of a phone number its digits; never changes
//	2 words  if it can end: two ends, of which word 0 says which one holds
//	then     unless it is a phone number: the value; and its id if it is not the usual one
//
// The end stands twice so that it can change together with word 0: the writer
// fills the one that does not hold and then turns to it. A reader who has read an end looks at
// word 0 again: only if it has changed, the end may already be the next but one.
type record []uint64

// Word 0 from the top: 16 bits of label, three flags, 45 bits of revision.
const (
	labelShift  = 48
	replaced    = 1 << 47 // another record has its place now
	secondEnd   = 1 << 46
	listedFlag  = 1 << 45 // it is among the ranges or phrases
	mostRev     = 1<<45 - 1
	recordUnit  = 2 // words: records begin at multiples of 16 bytes, so that a phone number lies in one line
	headerWords = 2
)

// Word 1 from the top: three flags, then of a phone number its digits, else
// its sort and the lengths of its id and its value in bytes.
const (
	endsFlag    = 1 << 63
	namedFlag   = 1 << 62
	digitsFlag  = 1 << 61
	sortShift   = 52
	idShift     = 32
	mostID      = 1<<16 - 1
	valueMask   = 1<<32 - 1
	digitsMask  = 1<<60 - 1
	endsWords   = 2
	mostRecord  = 1 << 16 // words: a value of half a megabyte
	chunkBits   = 18
	chunkUnits  = 1 << chunkBits
	fewestUnits = 256
	mostUnits   = 1 << refBits
	mostChunks  = mostUnits / chunkUnits
)

// draft is a record to be.
type draft struct {
	target
	label uint16
	rev   int64
	ends  int64  // Unix milliseconds; 0: no end
	id    string // "": the one that models.SignatureID gives
}

// is reports whether the record is of that target.
func (r record) is(digits uint64, of sort, head, tail string) bool {
	w := r[1]
	if w&digitsFlag != 0 {
		return w&digitsMask == digits
	}
	if sort(w>>sortShift) != of { //nolint:gosec // the byte it is
		return false
	}
	v, n := r.text(), len(head)
	return len(v) == n+len(tail) && v[:n] == head && v[n:] == tail
}

// text returns the value of a record other than of a phone number's, as a view.
func (r record) text() string { return textOf(r[r.textAt():], int(r[1]&valueMask)) }

func (r record) textAt() int {
	if r[1]&endsFlag != 0 {
		return headerWords + endsWords
	}
	return headerWords
}

// sort returns the sort of the record.
func (r record) sort() sort {
	if r[1]&digitsFlag != 0 {
		return exactPhone
	}
	return sort(r[1] >> sortShift) //nolint:gosec // the byte it is
}

// digits returns the number of a signature of exactly that number, packed, or 0.
func (r record) digits() uint64 {
	switch {
	case r[1]&digitsFlag != 0:
		return r[1] & digitsMask
	case r.sort() == exactPhone:
		return digitsOf(r.text())
	}
	return 0
}

// id returns its id as a view, or "" for the usual one.
func (r record) id() string {
	w := r[1]
	if w&namedFlag == 0 {
		return ""
	}
	length := int(w & valueMask)
	return textOf(r[r.textAt():], length+int(w>>idShift&mostID))[length:]
}

// state returns word 0 and the end that belongs to it.
func (r record) state() (head uint64, ends int64) {
	for {
		head = atomic.LoadUint64(&r[0])
		if r[1]&endsFlag == 0 {
			return head, 0
		}
		ends = int64(atomic.LoadUint64(&r[endAt(head)])) //nolint:gosec // as it was put
		if atomic.LoadUint64(&r[0]) == head {
			return head, ends
		}
	}
}

// endAt returns the word of the end that holds.
func endAt(head uint64) int {
	if head&secondEnd != 0 {
		return headerWords + 1
	}
	return headerWords
}

func revOf(head uint64) int64    { return int64(head & mostRev) }
func labelOf(head uint64) uint16 { return uint16(head >> labelShift) }

// revise changes word 0 and the end in place, or returns false if the record has no room for an end.
func (r record) revise(head uint64, ends int64) bool {
	if r[1]&endsFlag == 0 {
		if ends == 0 {
			atomic.StoreUint64(&r[0], head)
		}
		return ends == 0
	}
	old := r[0]
	head |= old & secondEnd
	if uint64(ends) != r[endAt(old)] { //nolint:gosec // the same bits
		head ^= secondEnd
		atomic.StoreUint64(&r[endAt(head)], uint64(ends)) //nolint:gosec // the same bits
	}
	atomic.StoreUint64(&r[0], head)
	return true
}

// words returns the length of the record that the draft makes, and its word 1.
func (d *draft) words() (words int, form uint64) {
	words = headerWords
	if d.ends != 0 {
		words, form = words+endsWords, endsFlag
	}
	if d.digits != 0 && d.id == "" {
		return words, form | digitsFlag | d.digits
	}
	size := len(d.head) + len(d.tail)
	form |= uint64(d.sort)<<sortShift | uint64(len(d.id))<<idShift | uint64(size)
	if d.id != "" {
		form |= namedFlag
	}
	words += (size + len(d.id) + wordSize - 1) / wordSize
	return (words + recordUnit - 1) &^ (recordUnit - 1), form
}

// length returns the words of a record.
func (r record) length() int {
	words := r.textAt()
	if w := r[1]; w&digitsFlag == 0 {
		words += (int(w&valueMask) + int(w>>idShift&mostID) + wordSize - 1) / wordSize
	}
	return (words + recordUnit - 1) &^ (recordUnit - 1)
}

// records keeps records one behind the other in chunks of 4 MB, 4 GB at most: 268 million phone
// numbers, or some 60 million links. A reference is the place in units of 16 bytes.
// What a record was replaced by lies further on; its own place is lost. That happens
// once to a signature that gets its first end, and whenever its id changes, which it never should.
type records struct {
	memory *memory
	chunks [mostChunks]atomic.Pointer[chunk]
	end    atomic.Uint32 // the next reference; 0 is never one
	limit  uint32
	held   int64 // bytes of all chunks; writer only
}

type chunk struct{ words []uint64 }

func (r *records) init(m *memory) {
	r.memory, r.limit = m, mostUnits
	r.end.Store(1)
}

// at returns the record of a reference, and what lies behind it.
func (r *records) at(ref uint32) record {
	c := r.chunks[ref>>chunkBits&(mostChunks-1)].Load()
	return c.words[int(ref&(chunkUnits-1))*recordUnit:]
}

// add keeps a record, unless it is too long or the space used up.
func (r *records) add(d *draft, head uint64) (ref uint32, ok bool) {
	length, form := d.words()
	units := uint32(length / recordUnit) //nolint:gosec // checked next
	ref = r.end.Load()
	if length > mostRecord || len(d.id) > mostID {
		return 0, false
	}
	if ref%chunkUnits+units > chunkUnits {
		ref = (ref/chunkUnits + 1) * chunkUnits
	}
	if ref+units > r.limit {
		return 0, false
	}
	r.extend(ref, units)
	w := r.at(ref)
	w[0], w[1] = head, form
	if form&endsFlag != 0 {
		w[headerWords] = uint64(d.ends) //nolint:gosec // the same bits
	}
	if form&digitsFlag == 0 {
		text := bytesOf(w[w.textAt():length])
		n := copy(text, d.head)
		n += copy(text[n:], d.tail)
		copy(text[n:], d.id)
	}
	r.end.Store(ref + units)
	return ref, true
}

// extend makes sure that there is a chunk with room for the units. The first
// chunk begins small and is copied when it is full, so that a small index is small.
func (r *records) extend(ref, units uint32) {
	slot := &r.chunks[ref>>chunkBits]
	old, size := slot.Load(), chunkUnits
	if ref < chunkUnits {
		size = fewestUnits
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
		c.words = allot(r.memory, c, size*recordUnit)
	}
	r.held += int64(size) * recordUnit * wordSize
	if old != nil {
		copy(c.words, old.words)
		r.held -= int64(len(old.words)) * wordSize
	}
	slot.Store(c)
}

// each visits the records in the order in which they were put, those included
// that are added meanwhile, until visit returns false. It may run beside the
// writer: a record that was replaced is followed by the other.
func (r *records) each(visit func(ref uint32, r record) bool) {
	for ref := uint32(1); ref < r.end.Load(); {
		rec := r.at(ref)
		if len(rec) < headerWords || rec[1] == 0 { // the rest of the chunk was too small for the next
			ref = (ref/chunkUnits + 1) * chunkUnits
			continue
		}
		if atomic.LoadUint64(&rec[0])&replaced == 0 && !visit(ref, rec) {
			return
		}
		ref += uint32(rec.length() / recordUnit) //nolint:gosec // at most mostRecord
	}
}
