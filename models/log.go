package models

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// MaxEntryChanges is the most changes that one entry of the verdict log holds. It keeps an entry far below the 16 MB that a
// MongoDB document may have.
const MaxEntryChanges = 1000

// Entry is one entry of the verdict log: numbered 1, 2, 3 ... without a gap, and holding the hash of the one before it, so
// that a removed, added or altered entry shows (the linking of Haber and Stornetta, "How to time-stamp a digital document",
// Journal of Cryptology 3, 1991). The chain has no signature: whoever can rewrite every entry from one on can make a chain
// that holds, so compare its last hash with one that was noted elsewhere.
type Entry struct {
	Seq     int64     `bson:"_id"     json:"seq"`
	Prev    []byte    `bson:"prev"    json:"prev"` // Hash of entry Seq-1; empty for the first
	Hash    []byte    `bson:"hash"    json:"hash"` // SHA-256 over all the other fields
	At      time.Time `bson:"at"      json:"at"`   // UTC, whole milliseconds: what MongoDB keeps
	Changes []Change  `bson:"changes" json:"changes"`
}

// NextEntry returns the entry that follows prev (the zero Entry before the first). Its time is cut to milliseconds, so that
// the hash is still that of the entry when it comes back from the database. changes is kept, not copied.
func NextEntry(prev Entry, at time.Time, changes []Change) Entry {
	e := Entry{Seq: prev.Seq + 1, Prev: prev.Hash, At: StoredTime(at), Changes: changes}
	e.Hash = e.sum()
	return e
}

// Follows reports whether e is unaltered and comes right after prev. A chain holds if each of its entries follows the one
// before it; TestTheChainShowsEveryAlteration alters each field in turn.
func (e Entry) Follows(prev Entry) bool {
	return e.Seq == prev.Seq+1 && string(e.Prev) == string(prev.Hash) && string(e.Hash) == string(e.sum())
}

// sum returns the SHA-256 of every field but Hash in a fixed order. Each string is preceded by its length, and numbers are
// eight bytes wide, so that no two entries share an encoding; times count in milliseconds since 1970, and no end counts as
// 0. Stored chains hold the results, so it can never change (TestTheHashOfAnEntryNeverChanges).
func (e Entry) sum() []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(e.Seq)) //nolint:gosec // a bit pattern, not a quantity
	b = appendString(b, string(e.Prev))
	b = binary.BigEndian.AppendUint64(b, uint64(e.At.UnixMilli()))
	for _, c := range e.Changes {
		for _, s := range []string{
			c.Signature, string(c.Rule), string(c.Kind), c.Value, string(c.From), string(c.To), string(c.Category), c.Reason,
		} {
			b = appendString(b, s)
		}
		b = binary.BigEndian.AppendUint64(b, uint64(c.Rev)) //nolint:gosec // a bit pattern, not a quantity
		ends := int64(0)
		if !c.Ends.IsZero() {
			ends = c.Ends.UnixMilli()
		}
		b = binary.BigEndian.AppendUint64(b, uint64(ends))
	}
	sum := sha256.Sum256(b)
	return sum[:]
}

// appendString appends the length of s in bytes, in 32 bits, and s.
func appendString(b []byte, s string) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(s))) //nolint:gosec // an entry is far below 4 GB
	return append(b, s...)
}
