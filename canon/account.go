package canon

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

// The kinds of account, as their canonical values begin. Any other beginning is
// the name of a payment service.
const (
	PrefixIBAN  = "iban:"
	PrefixCard  = "card:"
	prefixLocal = "local:"
)

// account returns the canonical form of a payment account. The value alone
// tells its kind:
//
//   - "iban:", "card:" or "local:" in front decides, and a value that is not
//     of that kind is refused; any other word of 2 to 20 letters and a colon
//     names a payment service ("mpesa:...");
//   - two letters of a country that issues IBANs and two digits begin an IBAN;
//     a wrong check sum is a mistake and refused;
//   - 13 to 19 digits that pass the Luhn check are a card;
//   - all other 4 to 24 digits are a local account of the reporter's country; the code
//     of its bank can only be told by "local:GB:200000:55779911".
//     So is a number of a card's length that fails the check: bank accounts of
//     that length are common, a card copied wrongly is of no use to anybody,
//     and both are found again when they are copied alike.
//
// The error has the code account_malformed.
func account(raw, country string) (string, error) {
	s := strings.TrimSpace(norm.NFKC.String(strings.Map(text.Visible, raw)))
	if head, rest, ok := strings.Cut(s, ":"); ok {
		return prefixedAccount(strings.ToLower(text.StripSeparators(head, "")), rest, country)
	}
	s = strings.ToUpper(text.StripSeparators(s, "-./"))
	switch {
	case IsIBAN(s):
		return PrefixIBAN + s, nil
	case IsCard(s) && len(s) >= 13:
		return PrefixCard + s, nil
	case isLocal(s):
		return prefixLocal + country + ":" + s, nil
	}
	return "", models.NewInvalid("", "account_malformed",
		"An account is an IBAN, a card or account number, or the name of a payment service, a colon and an account there.")
}

// prefixedAccount reads an account whose kind or payment service is written in
// front.
func prefixedAccount(kind, rest, country string) (string, error) {
	bad := models.NewInvalid("", "account_malformed", "The value is not an account of the kind that is written in front of it.")
	number := strings.ToUpper(text.StripSeparators(rest, "-./"))
	switch {
	case kind == "iban" && IsIBAN(number):
		return PrefixIBAN + number, nil
	case kind == "card" && IsCard(number):
		return PrefixCard + number, nil
	case kind == "iban", kind == "card":
		return "", bad
	case kind == "local":
		if value, ok := localAccount(number, country); ok {
			return value, nil
		}
		return "", bad
	}
	name := strings.ToLower(text.StripSeparators(rest, ""))
	if len(kind) < 2 || len(kind) > 20 || !text.IsUpperAlpha(strings.ToUpper(kind)) || !isServiceName(name) {
		return "", bad
	}
	return kind + ":" + name, nil
}

// localAccount reads number, country:number or country:bank code:number.
// Account numbers are unique within a bank at best, so whoever knows the code
// (sort code, routing number, BIC, IFSC) should give it; with and without it
// they are two accounts.
func localAccount(s, country string) (string, bool) {
	if c, rest, ok := strings.Cut(s, ":"); ok {
		country, s = c, rest
	}
	if country != "" && (len(country) != 2 || !text.IsUpperAlpha(country)) {
		return "", false
	}
	bank, number, hasBank := strings.Cut(s, ":")
	if !hasBank {
		return prefixLocal + country + ":" + s, isLocal(s)
	}
	hasBank = country != "" && len(bank) >= 3 && len(bank) <= 12 && text.IsAlphanumeric(bank)
	return prefixLocal + country + ":" + bank + ":" + number, hasBank && isLocal(number)
}

// isServiceName reports whether s can be an account at a payment service: a
// number, a handle, an e-mail address, in lower case, of 3 to 64 bytes.
func isServiceName(s string) bool {
	hasAlnum := false
	for i := range len(s) {
		if !text.IsAlnum(s[i]) && !strings.ContainsRune("@._+-$", rune(s[i])) {
			return false
		}
		hasAlnum = hasAlnum || text.IsAlnum(s[i])
	}
	return hasAlnum && len(s) >= 3 && len(s) <= 64
}

// isLocal reports whether s can be the number of an account at a bank.
func isLocal(s string) bool { return len(s) >= 4 && len(s) <= 24 && text.IsNumeric(s) }

// IsCard reports whether s is 12 to 19 digits (ISO/IEC 7812) that pass the Luhn
// check, and not one digit again and again.
func IsCard(s string) bool {
	return len(s) >= 12 && len(s) <= 19 && text.IsNumeric(s) && luhn(s) && strings.Trim(s, s[:1]) != ""
}

// luhn reports whether digits pass the Luhn check (ISO/IEC 7812-1, annex B).
func luhn(s string) bool {
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// IsIBAN reports whether s, in capitals and without spaces, is an IBAN (ISO
// 13616): the length of its country and check digits by ISO 7064 mod 97-10
// (TestIBANExamples).
func IsIBAN(s string) bool {
	if len(s) < 15 || !text.IsDigit(s[2]) || !text.IsDigit(s[3]) || !text.IsAlphanumeric(s) {
		return false
	}
	return (len(s) == IBANLength(s[:2]) || len(s) == IBANLengthBefore(s[:2])) && mod97(s[4:]+s[:4]) == 1
}

// mod97 returns the remainder of s by 97, with letters as 10 to 35 (ISO 7064);
// 0 if it holds anything else.
func mod97(s string) int {
	m := 0
	for i := range len(s) {
		switch c := s[i]; {
		case text.IsDigit(c):
			m = (m*10 + int(c-'0')) % 97
		case c >= 'A' && c <= 'Z':
			m = (m*100 + int(c-'A') + 10) % 97
		default:
			return 0
		}
	}
	return m
}

// IBANLength returns the length of a country's IBANs, 0 if it has none. Country
// is an ISO 3166 code in capitals. The lengths are those of the registry of
// SWIFT, with France's overseas parts and Finland's Aland under codes of their
// own, and countries that use the form without being in the registry.
func IBANLength(country string) int {
	switch country {
	case "NO":
		return 15
	case "BE":
		return 16
	case "AX", "DK", "FI", "FK", "FO", "GL", "NL", "SD":
		return 18
	case "MK", "SI":
		return 19
	case "AT", "BA", "EE", "KZ", "LT", "LU", "MN", "XK":
		return 20
	case "CH", "HR", "LI", "LV":
		return 21
	case "BG", "BH", "CR", "DE", "GB", "GE", "IE", "ME", "RS", "VA":
		return 22
	case "AE", "GI", "IL", "IQ", "OM", "SO", "TL":
		return 23
	case "AD", "CZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN", "VG", "YE":
		return 24
	case "AO", "CV", "GW", "LY", "MZ", "PT", "ST":
		return 25
	case "DZ", "IR", "IS", "TR":
		return 26
	case "BI", "BL", "CF", "CG", "CM", "DJ", "FR", "GA", "GF", "GP", "GQ", "GR", "IT", "KM", "MC", "MF", "MG", "MQ", "MR", "NC", "PF",
		"PM", "RE", "SM", "TD", "TF", "WF", "YT":
		return 27
	case "AL", "AZ", "BF", "BJ", "BY", "CI", "CY", "DO", "GT", "HN", "HU", "LB", "MA", "ML", "NE", "NI", "PL", "SN", "SV", "TG":
		return 28
	case "BR", "EG", "PS", "QA", "UA":
		return 29
	case "JO", "KW", "MU":
		return 30
	case "MT", "SC":
		return 31
	case "LC":
		return 32
	case "RU":
		return 33
	}
	return 0
}

// IBANLengthBefore returns the length that a country's IBANs had before, or
// that some of its banks use, 0 if there is none. Such IBANs are still about.
func IBANLengthBefore(country string) int {
	switch country {
	case "BI":
		return 16
	case "CR":
		return 21
	case "DZ":
		return 24
	case "BF":
		return 27
	case "NI":
		return 32
	}
	return 0
}
