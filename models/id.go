package models

import (
	"crypto/sha256"
	"encoding/base32"
	"strconv"
	"strings"
)

// digest returns the same name for the same parts, in the same order: 128 bits of their SHA-256, as 26 lower-case letters
// and digits. Each part is ended by a zero byte, so that ("ab", "c") and ("a", "bc") differ. Only the last part
// may hold a zero byte itself.
// A chance collision becomes likely at 2^64 names only.
//
// Ids made of it are stored, so it can never change (TestIDsNeverChange).
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return shortHash(h.Sum(nil))
}

// shortHash returns the first 128 bits of a hash in the base32 of RFC 4648, section 6, lower case and unpadded.
func shortHash(sum []byte) string {
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16]))
}

// itoa returns n in decimal, for a digest.
func itoa(n int64) string { return strconv.FormatInt(n, 10) }
