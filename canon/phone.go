package canon

import (
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"example.org/tocsin/models"
)

// phone returns +E.164, or country:digits for a short code. The number must
// be one that the numbering plan knows (the library's IsValidNumber), a short
// number of the country, or of a range that is reserved for fiction.
//
// With guess, a number without country code that the region does not know is
// tried as one from abroad that lost its plus; see foreign. Text is read
// without.
func phone(raw, country string, guess bool) (string, *models.Error) {
	if home, digits, ok := strings.Cut(strings.TrimSpace(raw), ":"); ok && len(home) == 2 && letters(home) && numeric(digits) {
		if value, ok := short(digits, home); ok {
			return value, nil
		}
	}
	d, ok := dial(raw)
	if !ok {
		return "", malformed(models.Phone, "A phone number is digits, best with a plus and the country code in front.")
	}
	if value, ok := d.read(country); ok {
		return value, nil
	}
	if guess && country != "" {
		if value, ok := d.foreign(); ok {
			return value, nil
		}
	}
	if len(d.digits) < 7 || !d.plus && country == "" {
		return "", malformed(models.Phone, "The number is incomplete: give the country code, or the region for a national number or short code.")
	}
	return "", models.Bad("", "phone_unassigned", "No numbering plan has such a number: check the digits and the country code.")
}

// Warm builds what the first phone number would have to wait for, some 60 ms of
// numbering plans.
func Warm() { plans() }

// dialled is a phone number as it was written, reduced to what is dialled.
type dialled struct {
	digits string
	plus   bool
	trunk  int // where "(0)" stood, -1 if nowhere
}

// dial reduces a written number to its digits: any script's digits, any
// separators, "tel:" in front and an extension behind off. Letters are
// refused, since a letter O for a zero would become a 6.
func dial(raw string) (dialled, bool) {
	s := strings.Map(func(r rune) rune { return fold(visible(r)) }, raw)
	s = strings.Trim(s, " \t\r\n'\"“”<>")
	if head, rest, ok := strings.Cut(s, ":"); ok && (strings.EqualFold(head, "tel") || strings.EqualFold(head, "sms") || strings.EqualFold(head, "callto")) {
		s = rest
	}
	d := dialled{trunk: -1}
	var out []byte
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9':
			out = append(out, s[i])
		case r == '+' && len(out) == 0 && !d.plus:
			d.plus = true
		case r == '(' && strings.HasPrefix(s[i:], "(0)") && len(out) > 0:
			d.trunk = len(out)
		case strings.ContainsRune(" \t-.()/·•~_[]", r):
		case len(out) >= 7 && isExtension(s[i:]):
			d.digits = string(out)
			return d, true
		default:
			return dialled{}, false
		}
	}
	d.digits = string(out)
	return d, len(out) >= 2 && len(out) <= 20
}

// isExtension reports whether s, the end of a number, names an extension.
func isExtension(s string) bool {
	lower := strings.ToLower(s)
	for _, word := range [...]string{";ext=", "extension", "ext.", "ext", "x", "#", ",", "доб.", "доб", "转", "分机"} {
		if rest, ok := strings.CutPrefix(lower, word); ok {
			rest = strings.Trim(rest, " .:-#")
			return numeric(rest) && len(rest) <= 10
		}
	}
	return false
}

// read returns the canonical value that the number has as seen from country.
func (d dialled) read(country string) (string, bool) {
	if d.trunk >= 0 {
		if value, ok := d.withoutTrunk(); ok {
			return value, true
		}
	}
	if d.plus {
		if value, ok := international(d.digits); ok {
			return value, true
		}
		return shortAbroad(d.digits)
	}
	if rest, ok := strings.CutPrefix(d.digits, "00"); ok {
		if value, ok := international(rest); ok {
			return value, true
		}
	}
	if value, ok := d.home(country); ok {
		return value, true
	}
	if rest, ok := strings.CutPrefix(d.digits, "011"); ok {
		return international(rest)
	}
	return "", false
}

// home returns the value of a national number or a short code. Up to six
// digits are a short code first.
func (d dialled) home(country string) (string, bool) {
	if country == "" {
		return "", false
	}
	if len(d.digits) < 7 {
		if value, ok := short(d.digits, country); ok {
			return value, true
		}
	}
	if value, ok := national(d.digits, country); ok {
		return value, true
	}
	return short(d.digits, country)
}

// withoutTrunk reads "+44 (0)20 ..." without the zero, and where that is no
// number, as in Italy, with it.
func (d dialled) withoutTrunk() (string, bool) {
	with, without := d.digits, d.digits[:d.trunk]+d.digits[d.trunk+1:]
	if !d.plus {
		with, without = strings.TrimPrefix(with, "00"), strings.TrimPrefix(without, "00")
		if len(with) == len(d.digits) {
			return "", false
		}
	}
	if strings.HasPrefix(with, "39") || strings.HasPrefix(with, "378") {
		if value, ok := international(with); ok {
			return value, true
		}
	}
	if value, ok := international(without); ok {
		return value, true
	}
	return international(with)
}

// foreign reads a number without plus that the reporter's country does not
// know. Calls from abroad are often shown so. In this order: an international
// number, if it is long enough not to be a national one; a number of the North
// American plan; a mobile number of China. Those two plans write no trunk
// prefix, so their national numbers are told by shape.
func (d dialled) foreign() (string, bool) {
	if d.plus || d.digits[0] == '0' {
		return "", false
	}
	if len(d.digits) >= 12 || len(d.digits) == 11 && d.digits[0] == '1' {
		if value, ok := international(d.digits); ok {
			return value, true
		}
	}
	switch {
	case len(d.digits) == 10:
		return national(d.digits, "US")
	case len(d.digits) == 11 && d.digits[0] == '1':
		return national(d.digits, "CN")
	}
	return "", false
}

// international returns the number with the given digits, country code first.
func international(digits string) (string, bool) {
	if len(digits) < 7 || len(digits) > 17 || digits[0] == '0' {
		return "", false
	}
	if len(digits) <= 15 && planned([]byte(digits)) {
		return "+" + digits, true
	}
	n, err := phonenumbers.Parse("+"+digits, "")
	if err != nil {
		return "", false
	}
	return valid(n)
}

// national returns the number that is reached by dialling the digits in
// country. A number without the trunk prefix that its plan requires cannot be
// dialled, and is too often somebody else's, so it is refused; the library's
// own search in texts asks the same.
func national(digits, country string) (string, bool) {
	if len(digits) < 4 || len(digits) > 17 {
		return "", false
	}
	n, err := phonenumbers.ParseAndKeepRawInput(digits, country)
	if err != nil || !phonenumbers.IsNationalPrefixPresentIfRequired(n) {
		return "", false
	}
	return valid(n)
}

// valid returns the E.164 form of a number that may exist. The form is read
// again, because in a few plans (Mexico, Argentina) the library changes what
// it wrote itself; what it writes the second time stays.
func valid(n *phonenumbers.PhoneNumber) (string, bool) {
	value := phonenumbers.Format(n, phonenumbers.E164)
	again, err := phonenumbers.Parse(value, "")
	if err != nil {
		return "", false
	}
	value = phonenumbers.Format(again, phonenumbers.E164)
	return value, isE164(value) && (phonenumbers.IsValidNumber(again) || fictional(value))
}

// short returns the canonical value of a short code in its country. China's
// five-digit codes of banks and public bodies are not all in the library's table.
func short(digits, country string) (string, bool) {
	if len(digits) > 8 {
		return "", false
	}
	code := phonenumbers.GetCountryCodeForRegion(country)
	v, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || code == 0 {
		return "", false
	}
	china := country == "CN" && (len(digits) == 5 || len(digits) == 6) &&
		(strings.HasPrefix(digits, "95") || strings.HasPrefix(digits, "96") || strings.HasPrefix(digits, "12") || strings.HasPrefix(digits, "100"))
	if !china {
		n := &phonenumbers.PhoneNumber{CountryCode: ptr(int32(code)), NationalNumber: &v} //nolint:gosec // a calling code
		if zeros := min(len(digits)-len(strings.TrimLeft(digits, "0")), len(digits)-1); zeros > 0 {
			n.ItalianLeadingZero, n.NumberOfLeadingZeros = ptr(true), ptr(int32(zeros)) //nolint:gosec // at most eight
		}
		if !phonenumbers.IsValidShortNumberForRegion(n, country) {
			return "", false
		}
	}
	return country + ":" + digits, true
}

func ptr[T any](v T) *T { return &v }

// shortAbroad reads a short code behind a country code: "+86 95588".
func shortAbroad(digits string) (string, bool) {
	for n := 1; n <= 3 && n+3 <= len(digits) && len(digits)-n <= 6; n++ {
		code, err := strconv.Atoi(digits[:n])
		if err != nil {
			return "", false
		}
		if home := phonenumbers.GetRegionCodeForCountryCode(code); home != "ZZ" && home != "001" {
			return short(digits[n:], home)
		}
	}
	return "", false
}

// fictional reports whether a number is of a range that regulators keep free
// for films, books and tests, in the North American plan, Britain, Australia
// and France. The library knows most of those, not all.
func fictional(e164 string) bool {
	if strings.HasPrefix(e164, "+1") {
		return len(e164) == 12 && e164[5:10] == "55501"
	}
	for _, r := range [...]struct {
		digits   int
		prefixes string
	}{
		{12, "+447700900 +441632960 +442079460 +443069990 +448081570 +449098790 +442890180 +442920180 +441914980"},
		{11, "+61491570 +6125550 +6127010 +6135550 +6137010 +6175550 +6177010 +6185550 +6187010"},
		{11, "+3319900 +3326191 +3335301 +3346571 +3353649 +3363998"},
	} {
		for p := range strings.SplitSeq(r.prefixes, " ") {
			if len(e164) == r.digits+1 && strings.HasPrefix(e164, p) {
				return true
			}
		}
	}
	return false
}

// scanPhone is the hot path of phone: international numbers with a plus are
// canonicalised by one scan. It accepts only what phone accepts, with the same
// result (TestScanPhoneEqualsTheLibrary), and leaves all else to it.
func scanPhone(raw string) (string, bool) {
	if len(raw) < 8 || len(raw) > 32 || raw[0] != '+' {
		return "", false
	}
	var digits [16]byte
	digits[0] = '+'
	n, clean := 1, true
	for i := 1; i < len(raw); i++ {
		c := raw[i]
		switch {
		case isDigit(c):
			if n == len(digits) {
				return "", false
			}
			digits[n] = c
			n++
		case c == ' ' || c == '-' || c == '.' || c == '(' || c == ')' || c == '/':
			clean = false
		default:
			return "", false
		}
	}
	if n < 8 || !planned(digits[1:n]) {
		return "", false
	}
	if clean {
		return raw, true
	}
	return string(digits[:n]), true
}

// planned reports whether digits are an international number that its plan
// knows and the library would take as it stands.
func planned(digits []byte) bool {
	code, length := callingCode(digits)
	if length == 0 {
		return false
	}
	valid, plain := plans()[code].knows(digits[length:])
	return valid && plain
}

// callingCode returns the country calling code at the start of digits and its
// length, 0 if there is none. ITU-T E.164: codes of one digit are 1 and 7, of
// two digits those listed, all others have three.
func callingCode(digits []byte) (code, length int) {
	d := int(digits[0] - '0')
	if d == 1 || d == 7 {
		return d, 1
	}
	d = d*10 + int(digits[1]-'0')
	switch d {
	case 20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56, 57, 58,
		60, 61, 62, 63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98:
		return d, 2
	}
	if d < 20 {
		return 0, 0
	}
	return d*10 + int(digits[2]-'0'), 3
}
