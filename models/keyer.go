package models

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
)

// Keyer turns values into keyed hashes, and seals what has to be read again, so that a copy of the database alone tells
// nobody who met what. Phone numbers are few enough to be tried one by one, so a hash without a key would hide nothing.
//
// An installation has one root secret, and a second one while the first is replaced. Each use has a key of its own, derived
// from the root with HKDF-SHA-256 (RFC 5869), so that one kind of hash cannot be looked up as another
// (TestAKeyerHasADifferentHashForEachPurpose). The key of the reporters alone is not derived: it outlives every root, since
// whoever reported before a rotation would vote a second time after it (TestARotationKeepsTheNameOfEveryReporter).
//
// The hashes are HMAC-SHA-256 (RFC 2104) cut to 128 bits, in 26 lower-case letters and digits. The zero Keyer opens
// nothing and must not be used for hashes.
type Keyer struct {
	current  rootKeys // everything is written under it
	other    rootKeys // known too, for what is looked up and opened; the zero one: there is none
	reporter []byte
}

// rootKeys is what is derived from one root.
type rootKeys struct {
	check    string // RootCheck
	exposure []byte
	seal     cipher.AEAD
}

// The labels of the keys that are derived from a root. Databases hold what was made with them, so they never change
// (TestDerivedKeysNeverChange).
const (
	labelCheck    = "check"
	labelExposure = "exposure"
	labelReporter = "reporter"
	labelSeal     = "seal"
)

// NewKeyer returns a Keyer of one root, which should be 32 random bytes; its length is not checked. The key of the
// reporters is derived from it as well, until WithReporterKey sets the one that lasts.
func NewKeyer(root []byte) Keyer {
	return Keyer{current: newRootKeys(root), reporter: derive(root, labelReporter)}
}

// Also returns a Keyer that knows a second root besides: exposures are looked up under both, and what was sealed under
// either is opened; everything is written under the first as before.
func (k Keyer) Also(root []byte) Keyer {
	k.other = newRootKeys(root)
	return k
}

// WithReporterKey returns a Keyer that makes pseudonyms with this key, 32 random bytes that no rotation replaces.
func (k Keyer) WithReporterKey(key []byte) Keyer {
	k.reporter = key
	return k
}

// ExposureKey returns the key under which an exposure is stored; recogniser comes from Recogniser. It begins with the id
// of the root, two letters or digits, so that the exposures of a root can be told from those of another.
func (k Keyer) ExposureKey(recogniser string) string { return k.current.exposureKey(recogniser) }

// ExposureKeys returns every key under which an exposure may be found: that of ExposureKey first, and while a root is
// replaced that of the other root.
func (k Keyer) ExposureKeys(recogniser string) []string {
	keys := []string{k.current.exposureKey(recogniser)}
	if k.other.check != "" {
		keys = append(keys, k.other.exposureKey(recogniser))
	}
	return keys
}

// Pseudonym returns the name under which a caller, or the citizen for whom a call centre reports, is kept beside reports
// and evidence. Without the key nobody can compute it, nor find out by trying whose it is.
func (k Keyer) Pseudonym(caller string) string { return sum(k.reporter, caller) }

// Roots returns the RootCheck of each root that the Keyer knows; the first is the one that it writes under.
func (k Keyer) Roots() []string {
	checks := []string{k.current.check}
	if k.other.check != "" {
		checks = append(checks, k.other.check)
	}
	return checks
}

// RootCheck returns a value by which a root is known again, and from which it cannot be computed: 26 letters and digits.
func RootCheck(root []byte) string { return shortHash(derive(root, labelCheck)) }

// id returns the id of the root, the first two characters of its RootCheck; of no root, "". One root in 1,024 has the id of
// another: nothing is mistaken then, but what each of them made cannot be told apart at sight.
func (r rootKeys) id() string { return r.check[:min(2, len(r.check))] }

func newRootKeys(root []byte) rootKeys {
	return rootKeys{check: RootCheck(root), exposure: derive(root, labelExposure), seal: newSeal(derive(root, labelSeal))}
}

func (r rootKeys) exposureKey(recogniser string) string {
	return r.id() + sum(r.exposure, recogniser)
}

// derive returns the 32 bytes that a root gives for a label.
func derive(root []byte, label string) []byte {
	key, err := hkdf.Key(sha256.New, root, nil, label, sha256.Size)
	if err != nil {
		panic(err) // only for a length of more than 255 hashes, or a root that FIPS 140 finds too short: 32 bytes never are
	}
	return key
}

// sum returns the keyed hash of a value.
func sum(key []byte, value string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(value))
	return shortHash(mac.Sum(nil))
}
