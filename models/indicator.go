package models

import "strings"

// IndicatorKind is a kind of thing by which a scammer can be met again. It is stored and part of the API.
type IndicatorKind string

// The kinds of indicator.
const (
	Phone   IndicatorKind = "phone"
	URL     IndicatorKind = "url"
	Domain  IndicatorKind = "domain"
	Email   IndicatorKind = "email"
	Account IndicatorKind = "account" // of a bank, a card or a payment service
	Wallet  IndicatorKind = "wallet"  // an address of a crypto-currency
	Handle  IndicatorKind = "handle"  // a name on a platform where people write to each other
	App     IndicatorKind = "app"     // a program, by its package name or its SHA-256
)

// Text is the kind of a signature that recognises words. It is never the kind of an indicator, so IndicatorKinds leaves
// it out.
const Text IndicatorKind = "text"

// IndicatorKinds lists the kinds that an indicator can have, in the order of the constants.
func IndicatorKinds() []IndicatorKind {
	return []IndicatorKind{Phone, URL, Domain, Email, Account, Wallet, Handle, App}
}

// Indicator is one canonical value: two spellings of one phone number are the same Indicator. Package canon makes them.
// Canonical values are
//
//	phone    +8613800138000 (E.164), or CN:95588 for a short code and its country
//	url      evil.example/login?x=1 (Safe Browsing canonical form without the scheme)
//	domain   evil.example (lower case, A-labels of UTS #46, no trailing dot)
//	email    mule@evil.example
//	account  iban:DE89370400440532013000, card:6222021234567890, local:CN:36488573, local:GB:200000:55779911, mpesa:wal07843807
//	wallet   btc:1A1z..., eth:0x... (lower case), tron:T..., other:...
//	handle   telegram:evil_name (lower case, without the @)
//	app      android:com.example.pay, ios:com.example.pay, or sha256: and 64 hexadecimal digits
type Indicator struct {
	Kind  IndicatorKind `bson:"kind"  json:"kind"`
	Value string        `bson:"value" json:"value"`
}

// Hint returns what a warning may show of the indicator so that a person recognises it: the host of a link, a domain or a
// mail address, and of anything else its last characters, four at most and never more than half of it
// (TestAHintNeverShowsMoreThanHalf). What stands in front of the value itself, such as the platform of a handle or the
// country of a short code, counts for nothing and is not shown. A host is shown whole: it is the only part by which a
// person knows a link again. So no hint is stored but sealed: see Keyer.SealHint.
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
	own := []rune(strings.TrimLeft(i.Value[strings.LastIndexByte(i.Value, ':')+1:], "+@"))
	return string(own[len(own)-min(4, len(own)/2):])
}
