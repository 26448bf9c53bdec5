package models

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// IndicatorKind is the kind of thing by which a scammer can be met again.
type IndicatorKind string

// The kinds of indicator.
const (
	Phone   IndicatorKind = "phone"
	URL     IndicatorKind = "url"
	Domain  IndicatorKind = "domain"
	Email   IndicatorKind = "email"
	Account IndicatorKind = "account"
	Wallet  IndicatorKind = "wallet"
	Handle  IndicatorKind = "handle" // a name on a platform where people write to each other
	App     IndicatorKind = "app"    // a program, by its package name or its SHA-256
)

// Text is the kind of a signature that recognises words; it is never the kind
// of an indicator.
const Text IndicatorKind = "text"

// IndicatorKinds lists the kinds that an indicator can have.
func IndicatorKinds() []IndicatorKind {
	return []IndicatorKind{Phone, URL, Domain, Email, Account, Wallet, Handle, App}
}

// Indicator is one canonical value: two spellings of one phone number are one
// Indicator. Package canon makes them. Canonical values are
//
//	phone    +8613800138000, or CN:95588 for a short code and its country
//	url      evil.example/login?x=1 (Safe Browsing canonical form without the scheme)
//	domain   evil.example (lower case, A-labels, no trailing dot)
//	email    mule@evil.example
//	account  iban:DE89370400440532013000, card:6222021234567890, local:CN:36488573, local:GB:200000:55779911, mpesa:wal07843807
//	wallet   btc:1A1z..., eth:0x... (lower case), tron:T..., other:...
//	handle   telegram:evil_name (lower case, without the @)
//	app      android:com.example.pay, ios:com.example.pay, or sha256: and 64 hexadecimal digits
type Indicator struct {
	Kind  IndicatorKind `bson:"kind"  json:"kind"`
	Value string        `bson:"value" json:"value"`
}

// Tail returns what a warning may show of the indicator so that a person
// recognises it: the last four digits or letters, and for links and mail the
// registered host only. It is never enough to dial or to open.
func (i Indicator) Hint() string {
	switch i.Kind {
	case Domain:
		return i.Value
	case URL:
		host, _, _ := strings.Cut(i.Value, "/")
		return host
	case Email:
		_, host, _ := strings.Cut(i.Value, "@")
		return host
	case Phone, Account, Wallet, Handle, App, Text:
	}
	return i.Value[max(0, len(i.Value)-4):]
}

// Keyer turns values into keyed hashes, so that a copy of the database alone
// tells nobody who met what. Phone numbers are few enough to be tried one by
// one, so a hash without a key would hide nothing. The key is the deployment's.
type Keyer struct{ secret []byte }

// NewKeyer returns a Keyer; secret should be 32 random bytes.
func NewKeyer(secret []byte) Keyer { return Keyer{secret: secret} }

// Exposure returns the key under which an exposure to a recogniser (a pair of
// rule and value, see Signature.Recognisers) is kept: 26 letters, HMAC-SHA-256 cut to 128 bits.
func (k Keyer) ExposureKey(recogniser string) string { return k.sum("exposure", recogniser) }

// Pseudonym returns the name under which a reporter or caller is kept beside
// reports and evidence. Whoever knows neither key nor caller cannot go back.
func (k Keyer) Pseudonym(caller string) string { return k.sum("reporter", caller) }

func (k Keyer) sum(purpose, value string) string {
	mac := hmac.New(sha256.New, k.secret)
	mac.Write([]byte(purpose))
	mac.Write([]byte{0})
	mac.Write([]byte(value))
	return shortHash(mac.Sum(nil))
}

// digest returns 128 bits of SHA-256 over the parts, as 26 lower-case letters and digits.
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return shortHash(h.Sum(nil))
}

func shortHash(sum []byte) string {
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16]))
}
