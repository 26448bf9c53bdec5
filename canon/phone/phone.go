package phone

import (
	"strings"

	"github.com/nyaruka/phonenumbers"

	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

// Canonical returns the canonical form of a number that somebody typed or
// pasted in a region, or in none; see Parse. Numbers from abroad that lost their
// plus are guessed. Scan is a faster way to the same result for most numbers.
//
// The errors are those of text.CheckInput and Parse.
func Canonical(raw, region string) (string, error) {
	if err := text.CheckInput(models.Phone, raw, text.MaxValueBytes); err != nil {
		return "", err
	}
	return Parse(raw, Country(region), true)
}

// Parse returns +E.164, or country:digits for a short code. Country is an ISO
// 3166 code or empty. Raw may be written
// as people do (see parseDialString) or as a "tel:" URI (RFC 3966). The number
// must be one that the numbering plan knows (the library's IsValidNumber), a
// short number of the country, or of a range that is reserved for fiction.
//
// With guess, a number that is not the country's own is tried as one from
// abroad that lost its plus; see asNANP and asForeign. Text is read without.
//
// The errors are phone_malformed for what is no complete number, and
// phone_unassigned for a number that no plan has.
func Parse(raw, country string, guess bool) (string, error) {
	home, digits, coded := strings.Cut(strings.TrimSpace(raw), ":")
	if coded && len(home) == 2 && text.IsUpperAlpha(home) && text.IsNumeric(digits) {
		if value, ok := shortCode(digits, home); ok {
			return value, nil
		}
	}
	d, ok := parseDialString(raw)
	if !ok {
		return "", models.NewInvalid("", "phone_malformed",
			"A phone number is written in digits, best with a plus and the country code before them.")
	}
	if value, ok := d.value(country, guess); ok {
		return value, nil
	}
	if d.count < minE164Digits || !d.plus && country == "" {
		return "", models.NewInvalid("", "phone_malformed",
			"The number is incomplete: give the country code, or the region for a national number or short code.")
	}
	return "", models.NewInvalid("", "phone_unassigned", "No country has such a number: check the digits and the country code.")
}

// Warm compiles all numbering plans, in some 50 ms and a megabyte
// (BenchmarkWarm). Without it the first number of each calling code waits for
// its plan: 1 to 2 ms, and 6 ms for North America's (BenchmarkFirstNumber).
func Warm() { plans().compile() }

// dialString is a phone number as it was written, reduced to what is dialled.
type dialString struct {
	buffer     [20]byte
	count      int
	plus       bool
	trunk      int      // where "(0)" stood, -1 if nowhere
	groupSizes [5]uint8 // how many digits stand together
	groupCount int      // how many groups, also those that groupSizes has no room for
}

// digits returns a copy, which stays on the stack of a caller that keeps it
// there.
func (d *dialString) digits() string { return string(d.buffer[:d.count]) }

// parseDialString reduces a written number to its digits: any script's digits,
// any separators, "tel:" in front and an extension behind off. Letters are
// refused, since a letter O for a zero would become a 6; see Keypad.
func parseDialString(raw string) (dialString, bool) {
	if !text.AllASCII(raw) {
		raw = strings.Map(func(r rune) rune { return text.FoldASCII(text.Visible(r)) }, raw)
	}
	s := trimPhoneScheme(strings.Trim(raw, " \t\r\n'\"“”<>"))
	d := dialString{trunk: -1}
	newGroup := true
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9':
			if d.count == len(d.buffer) {
				return d, false
			}
			d.add(byte(r), newGroup)
			newGroup = false
		case r == '+' && d.count == 0 && !d.plus:
			d.plus = true
		case isSeparator(r):
			newGroup = true
			if r == '(' && d.count > 0 && strings.HasPrefix(s[i:], "(0)") {
				d.trunk = d.count
			}
		default:
			return d, d.count >= minE164Digits && isExtension(s[i:])
		}
	}
	return d, d.count >= 2
}

// add adds a digit, which begins a group if it stands apart.
func (d *dialString) add(digit byte, newGroup bool) {
	d.buffer[d.count] = digit
	d.count++
	if newGroup {
		d.groupCount++
	}
	if d.groupCount <= len(d.groupSizes) {
		d.groupSizes[d.groupCount-1]++
	}
}

// trimPhoneScheme returns s without "tel:" (RFC 3966), "sms:" (RFC 5724) or
// "callto:" in front.
func trimPhoneScheme(s string) string {
	head, rest, ok := strings.Cut(s, ":")
	if ok && (strings.EqualFold(head, "tel") || strings.EqualFold(head, "sms") || strings.EqualFold(head, "callto")) {
		return rest
	}
	return s
}

// isSeparator reports whether r is a sign that people write between digits.
func isSeparator(r rune) bool {
	switch r {
	case ' ', '\t', '-', '.', '(', ')', '/', '·', '•', '~', '_', '[', ']':
		return true
	}
	return false
}

// isExtension reports whether s, the end of a number, names an extension of at
// most ten digits. RFC 3966 writes ";ext=".
func isExtension(s string) bool {
	lower := strings.ToLower(s)
	for _, word := range [...]string{";ext=", "extension", "ext.", "ext", "x", "#", ",", "доб.", "доб", "转", "分机"} {
		if rest, ok := strings.CutPrefix(lower, word); ok {
			rest = strings.Trim(rest, " .:-#")
			return text.IsNumeric(rest) && len(rest) <= 10
		}
	}
	return false
}

// value returns the canonical value of the number, with guess also one from
// abroad. What is surely North American goes first: the country knows such
// digits too.
func (d *dialString) value(country string, guess bool) (string, bool) {
	guess = guess && country != ""
	if guess {
		if value, ok := d.asNANP(country); ok {
			return value, true
		}
	}
	value, ok := d.valueFrom(country)
	if !ok && guess {
		return d.asForeign()
	}
	return value, ok
}

// valueFrom returns the canonical value that the number has as seen from
// country. What is dialled for an international number is the country's own
// first; 00 and North America's 011 are read everywhere.
func (d *dialString) valueFrom(country string) (string, bool) {
	if d.trunk >= 0 {
		if value, ok := d.valueWithoutTrunk(); ok {
			return value, true
		}
	}
	digits := d.digits()
	if d.plus {
		if value, ok := International(stripMexicanMobilePrefix(digits)); ok {
			return value, true
		}
		return internationalShortCode(digits)
	}
	if rest, ok := strings.CutPrefix(digits, "00"); ok {
		if value, ok := International(stripMexicanMobilePrefix(rest)); ok {
			return value, true
		}
	}
	if value, ok := nationalOrShort(digits, country); ok {
		return value, true
	}
	if rest, ok := strings.CutPrefix(digits, "011"); ok {
		return International(rest)
	}
	return "", false
}

// stripMexicanMobilePrefix returns the digits of an international number
// without the 1 that Mexico had before its mobile numbers until 2019. The
// library has forgotten it; messengers and old lists have not.
func stripMexicanMobilePrefix(digits string) string {
	if rest, ok := strings.CutPrefix(digits, "521"); ok && len(rest) == 10 {
		return "52" + rest
	}
	return digits
}

// nationalOrShort returns the value of a national number or a short code. Up to
// six digits are a short code first.
func nationalOrShort(digits, country string) (string, bool) {
	if len(digits) < 7 {
		if value, ok := shortCode(digits, country); ok {
			return value, true
		}
	}
	if value, ok := national(digits, country); ok {
		return value, true
	}
	// What Mexico dialled before a number of ten digits until 2019.
	if country == "MX" && (len(digits) == 12 && hasAnyPrefix(digits, "01") || len(digits) == 13 && hasAnyPrefix(digits, "044 045")) {
		return national(digits[len(digits)-10:], country)
	}
	return shortCode(digits, country)
}

// valueWithoutTrunk reads "+44 (0)20 ..." without the zero, and where that is
// no number, with it. In Italy and San Marino, where the zero is part of the
// number, it is tried with it first.
func (d *dialString) valueWithoutTrunk() (string, bool) {
	with := d.digits()
	without := with[:d.trunk] + with[d.trunk+1:]
	if !d.plus {
		with, without = strings.TrimPrefix(with, "00"), strings.TrimPrefix(without, "00")
		if len(with) == d.count {
			return "", false
		}
	}
	if strings.HasPrefix(with, "39") || strings.HasPrefix(with, "378") {
		if value, ok := International(with); ok {
			return value, true
		}
	}
	if value, ok := International(without); ok {
		return value, true
	}
	return International(with)
}

// International returns the canonical value of the number with the given
// digits, country code first, without a plus. It is false where no plan has
// such a number.
func International(digits string) (string, bool) {
	value, ok, decided := plans().international(digits)
	if decided {
		return value, ok
	}
	n, err := phonenumbers.Parse("+"+digits, "")
	if err != nil {
		return "", false
	}
	return formatValid(n)
}

// national returns the number that is reached by dialling the digits in
// country. A number without the trunk prefix that its plan requires cannot be
// dialled, and is too often somebody else's, so it is refused; the library's
// own search in texts has the same rule.
func national(digits, country string) (string, bool) {
	value, ok, decided := nationalByPlan(digits, country)
	if decided {
		return value, ok
	}
	n, err := phonenumbers.ParseAndKeepRawInput(strings.Clone(digits), country)
	if err != nil || !phonenumbers.IsNationalPrefixPresentIfRequired(n) {
		return "", false
	}
	return formatValid(n)
}

// nationalByPlan is national without the library. It decides nearly always, in
// some 100 ns (BenchmarkNational); where it does not, decided is false and the
// library must.
func nationalByPlan(digits, country string) (value string, ok, decided bool) {
	if len(digits) < 4 || len(digits) > maxNationalDigits {
		return "", false, true
	}
	a, ok := plans().area(country)
	if a == nil {
		return "", false, !ok
	}
	return a.national(digits)
}

// formatValid returns the E.164 form of a number that may exist. The form is
// read again, because in a few plans (Mexico, Argentina) the library changes
// what it wrote itself; what it writes the second time stays.
func formatValid(n *phonenumbers.PhoneNumber) (string, bool) {
	n.RawInput = nil // which the library would write for a number of zeros
	again, err := phonenumbers.Parse(phonenumbers.Format(n, phonenumbers.E164), "")
	if err != nil {
		return "", false
	}
	value := phonenumbers.Format(again, phonenumbers.E164)
	return value, IsE164(value) && (phonenumbers.IsValidNumber(again) || isFictional(value[1:]))
}

// IsE164 reports whether s has the shape of an international number: a plus and
// 7 to 15 digits, the first not 0 (ITU-T E.164, section 6). It does not check
// that there is such a number.
func IsE164(s string) bool {
	return len(s) >= 8 && len(s) <= 16 && s[0] == '+' && s[1] != '0' && text.IsNumeric(s[1:])
}
