package models

import (
	"crypto/rand"
	"slices"
	"time"
)

// MaxEntryChanges is the most changes that one entry of the verdict log holds. It keeps an entry far below the 16 MB that a
// MongoDB document may have.
const MaxEntryChanges = 1000

// EntryFormat is the format in which entries are hashed. It is stored with each and hashed; an entry of another format
// follows none. A new optional field needs no new format: see the tags in log_hash.go.
const EntryFormat = 2

// saltBytes is the length of a salt: 128 random bits, so that a removed value cannot be found by trying all numbers.
const saltBytes = 16

// Entry is one entry of the verdict log: numbered 1, 2, 3 ... without a gap, and holding the hash of the one before it, so
// that a removed, added or altered entry shows (the linking of Haber and Stornetta, "How to time-stamp a digital document",
// Journal of Cryptology 3, 1991). The chain has no signature of its own: whoever can rewrite every entry from one on can make
// a chain that holds, so compare its head with one that was signed or noted elsewhere.
type Entry struct {
	Seq      int64     `bson:"_id"      json:"seq"`
	Format   int64     `bson:"format"   json:"format"`             // EntryFormat
	Prev     []byte    `bson:"prev"     json:"prev"`               // Hash of entry Seq-1; empty for the first
	Hash     []byte    `bson:"hash"     json:"hash"`               // of all the other fields but Redacted: see sum
	At       time.Time `bson:"at"       json:"at"`                 // UTC, whole milliseconds: what MongoDB keeps
	Changes  []Change  `bson:"changes"  json:"changes"`            // as hashed, in this order
	Redacted int64     `bson:"redacted" json:"redacted,omitempty"` // how often changes were taken out of sight; not hashed
}

// Change is one change of a signature, with all that a follower of the verdict log needs to apply it. Whoever applies
// changes ignores one whose Rev is not above the last that it applied to the signature, so a repeated entry is harmless.
//
// Signature, Value and Salt are in the hash of the entry through Commitment alone, and can be taken away: see Redact. The id
// goes with the value because it is a hash of it without a salt, so all numbers can be tried against it.
type Change struct {
	Commitment []byte        `bson:"commitment"         json:"commitment"`          // SHA-256 of Salt, Signature and Value
	Salt       []byte        `bson:"salt,omitempty"     json:"salt,omitempty"`      // 16 random bytes; none: redacted
	Signature  string        `bson:"sig,omitempty"      json:"signature,omitempty"` // none: redacted
	Value      string        `bson:"value,omitempty"    json:"value,omitempty"`     // none: redacted
	Rule       Rule          `bson:"rule"               json:"rule"`
	Kind       IndicatorKind `bson:"kind"               json:"kind"`
	From       Level         `bson:"from"               json:"from"`
	To         Level         `bson:"to"                 json:"to"`
	Category   Category      `bson:"category"           json:"category"`
	Reason     string        `bson:"reason"             json:"reason"`
	Rev        int64         `bson:"rev"                json:"rev"` // Signature.LogRev
	Ends       time.Time     `bson:"ends_at,omitempty"  json:"ends_at,omitzero"`
}

// Commit returns a copy of the changes, each with a random salt and the commitment to its signature and value: what an
// entry is made of.
func Commit(changes []Change) []Change {
	committed := slices.Clone(changes)
	salts, sums := make([]byte, len(changes)*saltBytes), make([]byte, 0, len(changes)*sumBytes)
	_, _ = rand.Read(salts) // crypto/rand.Read never fails
	var scratch []byte
	for i := range committed {
		c := &committed[i]
		c.Salt = salts[i*saltBytes : (i+1)*saltBytes : (i+1)*saltBytes]
		scratch = c.appendOpening(scratch[:0])
		sums = appendSum(sums, scratch)
		c.Commitment = sums[i*sumBytes : (i+1)*sumBytes : (i+1)*sumBytes]
	}
	return committed
}

// Redacted reports whether the signature and the value of the change were taken away. Whoever applies changes leaves such a
// one out.
func (c Change) Redacted() bool { return len(c.Salt) == 0 && c.Signature == "" && c.Value == "" }

// Redact returns the change without its salt, signature and value. The entry keeps its hash
// (TestAnEntryWithoutItsValuesStillFollows), and nobody can find the value from what is left: it is one of 2^128 for each salt.
func (c Change) Redact() Change {
	c.Salt, c.Signature, c.Value = nil, "", ""
	return c
}

// NextEntry returns the entry that follows prev (the zero Entry before the first). Its time is cut to milliseconds, so that
// the hash is still that of the entry when it comes back from the database. The changes come from Commit, and are kept, not
// copied; with others nothing follows.
func NextEntry(prev Entry, at time.Time, changes []Change) Entry {
	e := Entry{Seq: prev.Seq + 1, Format: EntryFormat, Prev: prev.Hash, At: StoredTime(at), Changes: changes}
	e.Hash = e.sum()
	return e
}

// Follows reports whether e is unaltered and comes right after prev. A chain holds if each of its entries follows the one
// before it; TestTheChainShowsEveryAlteration alters each field in turn. Of a redacted change only the commitment is
// left to be compared.
func (e Entry) Follows(prev Entry) bool {
	return e.Seq == prev.Seq+1 && e.Format == EntryFormat && string(e.Prev) == string(prev.Hash) &&
		e.committed() && string(e.Hash) == string(e.sum())
}

// Head returns e without its changes: what says where a chain ends.
func (e Entry) Head() Entry {
	return Entry{Seq: e.Seq, Format: e.Format, Prev: e.Prev, Hash: e.Hash, At: e.At}
}
