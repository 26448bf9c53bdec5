package models

import (
	"crypto/hmac"
	"crypto/sha256"
)

// Keyer turns values into keyed hashes, so that a copy of the database alone tells nobody who met what. Phone numbers are
// few enough to be tried one by one, so a hash without a key would hide nothing. The secret is that of the deployment;
// with another one, nothing that was stored under the first is found again.
//
// The hashes are HMAC-SHA-256 (RFC 2104) cut to 128 bits, in 26 lower-case letters and digits. Each purpose has hashes of
// its own, so that one kind cannot be looked up as the other (TestAKeyerHasADifferentHashForEachPurpose).
type Keyer struct{ secret []byte }

// NewKeyer returns a Keyer. The secret should be 32 random bytes; its length is not checked.
func NewKeyer(secret []byte) Keyer { return Keyer{secret: secret} }

// ExposureKey returns the key under which an exposure is stored and found; recogniser comes from Recogniser.
func (k Keyer) ExposureKey(recogniser string) string { return k.sum("exposure", recogniser) }

// Pseudonym returns the name under which a caller, or the citizen for whom a call centre reports, is kept beside reports
// and evidence. Without the secret nobody can compute it, nor find out by trying whose it is.
func (k Keyer) Pseudonym(caller string) string { return k.sum("reporter", caller) }

// sum returns the keyed hash of value for one purpose, a constant without a zero byte.
func (k Keyer) sum(purpose, value string) string {
	mac := hmac.New(sha256.New, k.secret)
	mac.Write([]byte(purpose))
	mac.Write([]byte{0})
	mac.Write([]byte(value))
	return shortHash(mac.Sum(nil))
}
