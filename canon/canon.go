// Package canon gives each indicator and each signature its canonical form: two
// spellings of one number, link or account become one value. It is the front of
// its rooms and keeps what is too small for one: accounts, wallets, handles,
// apps, senders and regions. It is pure: no clock, no network, no file.
//
// The rooms, each with a package comment of its own:
//
//   - text: characters, the normal form and the readings of a message, skeletons
//   - phone: telephone numbers
//   - link: links, domains, e-mail addresses, hubs
//   - words: phrases, sets of phrases, patterns and scripts
//   - extract: the indicators in a text, and what is hidden in one
//
// What is promised, and which test holds it:
//
//   - Every canonical value is a fixed point: canonicalising it again, in any region,
//     gives the same value (FuzzIndicator).
//   - A refusal says why by a code, and never repeats the value (TestIndicator).
//   - A signature is found by every exposure that it covers, since both have a
//     recogniser in common (TestEverySignatureIsFoundByItsExposures).
//   - A signature lists nobody but whom it means: what strangers share is refused
//     (TestSignatureOfASharedHostIsRefused, TestSignature).
package canon

import (
	"strings"

	"example.org/tocsin/canon/link"
	"example.org/tocsin/canon/phone"
	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

// Indicator returns the canonical indicator of an explicit value: one that
// somebody typed or pasted into the field of its kind. Region is an ISO 3166
// country or subdivision ("CN-44"), or empty; it completes national phone
// numbers, short codes and local accounts.
//
// The error is of kind models.Invalid, with one of the codes of its kind
// (docs/errors.md); its Field is left empty, for the caller to fill in.
func Indicator(kind models.IndicatorKind, raw, region string) (models.Indicator, error) {
	value, err := canonical(kind, raw, region)
	if err != nil {
		return models.Indicator{}, err
	}
	return models.Indicator{Kind: kind, Value: value}, nil
}

// canonical returns the canonical value of a kind. The parsers of the first
// kinds check their input themselves, behind their hot paths.
func canonical(kind models.IndicatorKind, raw, region string) (string, error) {
	switch kind {
	case models.Phone:
		if value, ok := phone.Scan(raw); ok { // the hot path
			return value, nil
		}
		return phone.Canonical(raw, region)
	case models.URL:
		return link.Canonical(raw)
	case models.Domain:
		return link.Domain(raw)
	case models.Email:
		return link.Email(raw)
	default: // one of the kinds below
	}
	if err := text.CheckInput(kind, raw, text.MaxValueBytes); err != nil {
		return "", err
	}
	switch kind {
	case models.Account:
		return account(raw, phone.Country(region))
	case models.Wallet:
		return wallet(raw)
	case models.Handle:
		return Handle(raw)
	case models.App:
		return App(raw)
	default:
		return "", models.NewInvalid("", "kind_unknown", "This kind of indicator is not known.")
	}
}

// Keypad is a second reading of a phone number that has letters where digits
// belong, for which Indicator says phone_malformed: O and o as 0, I and l as 1
// ("+86 138 0013 8OOO"), or words as the keys of a telephone (ITU-T E.161),
// "1-800-FLOWERS". It is false if there are no such letters, or if what is read
// is no number. A word that names an extension ("ext 12") is not read as keys.
//
// It is a guess about what somebody meant: it may find a signature, and must
// never confirm one.
func Keypad(raw, region string) (models.Indicator, bool) {
	value, ok := phone.Keypad(raw, region)
	if !ok {
		return models.Indicator{}, false
	}
	return models.Indicator{Kind: models.Phone, Value: value}, true
}

// Recognisers returns every recogniser that could touch an exposure to i (see
// models.Recogniser): what a device has met is kept under all of them, so that
// a signature finds it under its own (TestEverySignatureIsFoundByItsExposures).
// They are those of the signatures that a check of i would hit, and of no others
// (TestAnExposureIsFoundByWhatACheckFindsAndNothingElse).
// For a phone number they include each prefix from five digits on; Signature
// refuses ranges that would need a shorter one.
func Recognisers(i models.Indicator) []string {
	out := []string{models.Recogniser(models.Exact, i.Kind, i.Value)}
	switch i.Kind {
	case models.Phone:
		for n := minRangePrefixDigits + 1; strings.HasPrefix(i.Value, "+") && n <= len(i.Value); n++ {
			out = append(out, models.RangeRecogniser(i.Kind, i.Value[:n], len(i.Value)))
		}
	case models.URL:
		for _, e := range link.Expressions(i.Value) {
			out = append(out, models.Recogniser(models.Expression, i.Kind, e))
		}
		host, _, _ := strings.Cut(i.Value, "/")
		host = withoutPort(host)
		out = appendDomains(out, host, host)
	case models.Domain:
		_, parent, _ := strings.Cut(i.Value, ".")
		out = appendDomains(out, i.Value, parent)
	case models.Email:
		_, host, _ := strings.Cut(i.Value, "@")
		out = appendDomains(out, host, host)
	case models.Account, models.Wallet, models.Handle, models.App, models.Text:
	}
	return out
}

// appendDomains adds the recognisers of first, which is host or the domain above
// it, and of each domain above first, as far up as what is said of a domain
// holds for host too: not past a hub or a public suffix.
func appendDomains(out []string, host, first string) []string {
	if link.IsIPAddress(host) {
		return out
	}
	for d := first; d != "" && !link.CrossesHub(host, d); _, d, _ = strings.Cut(d, ".") {
		out = append(out, models.Recogniser(models.Exact, models.Domain, d))
	}
	return out
}

// withoutPort returns the host of a link without its port. The colons of an IPv6
// address in brackets are none.
func withoutPort(host string) string {
	if n := strings.LastIndexByte(host, ':'); n >= 0 && host[len(host)-1] != ']' {
		return host[:n]
	}
	return host
}
