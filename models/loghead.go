package models

import (
	"encoding/binary"
	"time"
)

// Restored is the statement of an operator that the database was restored from a copy on purpose, so that the verdict log is
// shorter than some nodes have seen it. A node accepts the shorter log if the statement was made after the entry that it
// has seen, if the log holds the entry From with the hash Head, and if the signature is the deployment's own.
type Restored struct {
	ID        int64     `bson:"_id"       json:"-"`    // At in milliseconds since 1970: the newest is the highest
	From      int64     `bson:"from"      json:"from"` // number of the last entry of the restored log; 0: it was empty
	Head      []byte    `bson:"head"      json:"head"` // hash of that entry
	By        string    `bson:"by"        json:"by"`   // who states it
	At        time.Time `bson:"at"        json:"at"`   // UTC, whole milliseconds
	Key       string    `bson:"key"       json:"key,omitempty"`
	Signature []byte    `bson:"signature" json:"signature,omitempty"` // by Key; none: the deployment has no signing key
}

// NewRestored returns the statement that the log with that head is the one that counts from now on. A nil signer leaves
// it unsigned.
func NewRestored(head Entry, by string, now time.Time, signer *Signer) Restored {
	r := Restored{From: head.Seq, Head: head.Hash, By: by, At: StoredTime(now), Key: signer.KeyID()}
	r.ID = r.At.UnixMilli()
	r.Signature = signer.Sign(SignRestored, r.message())
	return r
}

// Genuine reports whether the signature is that of the signer. With a nil signer every statement is genuine: such a
// deployment trusts whoever can write its database.
func (r Restored) Genuine(signer *Signer) bool {
	return signer == nil || signer.Verify(SignRestored, r.message(), r.Signature)
}

// message returns what is signed: From, At in milliseconds and the length of Head, eight bytes each, big endian; Head; By.
func (r Restored) message() []byte {
	b := headMessage(r.From, r.Head, r.At)
	return append(b, r.By...)
}

// SignHead returns the signature of the place where the verdict log ends; nil without a key. It is over the number of the
// entry, its time in milliseconds since 1970 and the length of its hash, eight bytes each, big endian; and the hash.
func SignHead(head Entry, signer *Signer) []byte {
	return signer.Sign(SignLogHead, headMessage(head.Seq, head.Hash, head.At))
}

func headMessage(seq int64, hash []byte, at time.Time) []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(seq))     //nolint:gosec // a bit pattern, not a quantity
	b = binary.BigEndian.AppendUint64(b, uint64(millis(at))) //nolint:gosec // the same
	b = binary.BigEndian.AppendUint64(b, uint64(len(hash)))
	return append(b, hash...)
}
