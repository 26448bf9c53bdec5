package models

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

const sumBytes = sha256.Size

// leafPrefix begins what the hash of an entry is taken over, so that it can be a leaf of a Merkle tree: RFC 9162, section
// 2.1.1, keeps leaves and nodes apart so.
const leafPrefix = 0x00

// The tags of an entry's fields. A field is its tag, its length in four bytes, big endian, and its bytes: a text, or a
// number in eight bytes, big endian. Fields stand in the order of their tags, and an empty text and the number 0 are left
// out. So no two entries share an encoding, and a field that is added later, with a new tag, leaves the hash of every
// older entry as it is. A tag is never used again for something else.
const (
	tagFormat = 1
	tagSeq    = 2
	tagPrev   = 3
	tagAt     = 4 // milliseconds since 1970
	tagChange = 5 // the fields of a change; once for each, in their order
)

// The tags of a change's fields.
const (
	tagCommitment = 1
	tagRule       = 2
	tagKind       = 3
	tagFrom       = 4
	tagTo         = 5
	tagCategory   = 6
	tagReason     = 7
	tagRev        = 8
	tagEnds       = 9 // milliseconds since 1970
)

// sum returns the SHA-256 of the leaf prefix and every field but Hash and Redacted. Stored chains hold the results, so it
// can never change (TestTheHashOfAnEntryNeverChanges).
func (e Entry) sum() []byte {
	const entryBytes, changeBytes = 128, 192 // an estimate
	b := append(make([]byte, 0, entryBytes+len(e.Changes)*changeBytes), leafPrefix)
	b = appendNumber(b, tagFormat, e.Format)
	b = appendNumber(b, tagSeq, e.Seq)
	b = appendText(b, tagPrev, e.Prev)
	b = appendNumber(b, tagAt, millis(e.At))
	for i := range e.Changes {
		b = append(b, tagChange, 0, 0, 0, 0)
		from := len(b)
		b = e.Changes[i].appendFields(b)
		binary.BigEndian.PutUint32(b[from-4:], length(len(b)-from))
	}
	return appendSum(nil, b)
}

// appendFields appends every field of c that an entry hashes itself.
func (c *Change) appendFields(b []byte) []byte {
	b = appendText(b, tagCommitment, c.Commitment)
	b = appendText(b, tagRule, c.Rule)
	b = appendText(b, tagKind, c.Kind)
	b = appendText(b, tagFrom, c.From)
	b = appendText(b, tagTo, c.To)
	b = appendText(b, tagCategory, c.Category)
	b = appendText(b, tagReason, c.Reason)
	b = appendNumber(b, tagRev, c.Rev)
	return appendNumber(b, tagEnds, millis(c.Ends))
}

// committed reports whether each change is what its commitment says, or redacted.
func (e Entry) committed() bool {
	var opening []byte
	var sum [sumBytes]byte
	for i := range e.Changes {
		c := &e.Changes[i]
		if c.Redacted() {
			if len(c.Commitment) != sumBytes {
				return false
			}
			continue
		}
		opening = c.appendOpening(opening[:0])
		if len(c.Salt) != saltBytes || string(appendSum(sum[:0], opening)) != string(c.Commitment) {
			return false
		}
	}
	return true
}

// appendOpening appends what the commitment of c is the SHA-256 of: the salt, the length of the signature's id in four
// bytes, the id, the value. The salt's length is fixed, so nothing can move from one to the next.
func (c *Change) appendOpening(b []byte) []byte {
	b = append(b, c.Salt...)
	b = binary.BigEndian.AppendUint32(b, length(len(c.Signature)))
	b = append(b, c.Signature...)
	return append(b, c.Value...)
}

// appendText appends a field, unless it is empty.
func appendText[T ~string | ~[]byte](b []byte, tag byte, text T) []byte {
	if len(text) == 0 {
		return b
	}
	b = binary.BigEndian.AppendUint32(append(b, tag), length(len(text)))
	return append(b, text...)
}

// appendNumber appends a field, unless it is 0.
func appendNumber(b []byte, tag byte, n int64) []byte {
	if n == 0 {
		return b
	}
	b = binary.BigEndian.AppendUint32(append(b, tag), 8)
	return binary.BigEndian.AppendUint64(b, uint64(n)) //nolint:gosec // a bit pattern, not a quantity
}

// appendSum appends the SHA-256 of data.
func appendSum(b, data []byte) []byte {
	sum := sha256.Sum256(data)
	return append(b, sum[:]...)
}

// length returns n as it stands before a field: an entry is far below 4 GB.
func length(n int) uint32 { return uint32(n) } //nolint:gosec // see above

// millis returns t in milliseconds since 1970; 0 for no time.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
