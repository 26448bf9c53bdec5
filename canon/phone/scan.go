package phone

import (
	"strings"

	"example.org/tocsin/canon/text"
)

// Scan is the hot path before Canonical: international numbers, with a plus or
// 00 in front, are canonicalised by one scan, those that are canonical already
// without an allocation. It accepts only what Canonical accepts, with the same
// result (TestScanPhoneEqualsTheLibrary, FuzzPhone), and leaves all else to it.
func Scan(raw string) (string, bool) {
	s := raw
	if len(s) > 4 && s[3] == ':' && strings.EqualFold(s[:3], "tel") {
		s = s[4:]
	}
	if len(s) <= minE164Digits || len(s) > 32 {
		return "", false
	}
	if s[0] == '+' && text.IsNumeric(s[1:]) {
		return s, plans().isCanonical(s[1:])
	}
	switch {
	case s[0] == '+':
		s = s[1:]
	case s[0] == '0' && s[1] == '0':
		s = s[2:]
	default:
		return "", false
	}
	// What people write between the digits goes. A sign that is not listed here
	// may be an extension or a letter: that is left to Parse.
	digits := [1 + maxE164Digits]byte{'+'}
	n := 1
	for i := range len(s) {
		c := s[i]
		switch {
		case text.IsDigit(c) && n < len(digits):
			digits[n] = c
			n++
		case c == '(' && strings.HasPrefix(s[i:], "(0)"):
			return "", false // to be dialled from the same country only
		case c == ' ' || c == '-' || c == '.' || c == '(' || c == ')' || c == '/':
		default:
			return "", false
		}
	}
	if !plans().isCanonical(string(digits[1:n])) {
		return "", false
	}
	return string(digits[:n]), true
}
