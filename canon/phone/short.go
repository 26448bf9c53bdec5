package phone

import (
	"strings"

	"example.org/tocsin/canon/text"
)

// shortCode returns the canonical value of a short code in its country,
// country:digits. China's five- and six-digit codes of banks and public bodies
// (95, 96, 12, 100) are not all in the library's table.
func shortCode(digits, country string) (string, bool) {
	a, _ := plans().area(country)
	if a == nil || len(digits) > 8 || !text.IsNumeric(digits) {
		return "", false
	}
	china := country == "CN" && (len(digits) == 5 || len(digits) == 6) && hasAnyPrefix(digits, "95 96 12 100")
	if !china && a.codes.match(digits)&markValid == 0 {
		return "", false
	}
	return country + ":" + digits, true
}

// internationalShortCode reads a short code behind a country code: "+86 95588".
// People write that, though nobody can dial it.
func internationalShortCode(digits string) (string, bool) {
	if len(digits) < 4 {
		return "", false
	}
	p := plans().plan(digits)
	if p == nil || len(digits) < len(p.code)+3 || len(digits) > len(p.code)+6 {
		return "", false
	}
	return shortCode(digits[len(p.code):], p.regions[0].country)
}

// isFictional reports whether an international number is of a range that
// regulators keep free for films, books and tests, in the North American plan,
// Britain (Ofcom), Australia (ACMA) and France (ARCEP). The library knows most
// of those, not all (TestReservedRangesAreAccepted).
func isFictional(digits string) bool {
	switch digits[0] {
	case '1':
		return len(digits) == 11 && digits[4:9] == "55501"
	case '3':
		return len(digits) == 11 && hasAnyPrefix(digits, "3319900 3326191 3335301 3346571 3353649 3363998")
	case '4':
		return len(digits) == 12 &&
			hasAnyPrefix(digits, "447700900 441632960 442079460 443069990 448081570 449098790 442890180 442920180 441914980")
	case '6':
		return len(digits) == 11 && hasAnyPrefix(digits, "61491570 6125550 6127010 6135550 6137010 6175550 6177010 6185550 6187010")
	}
	return false
}

// hasAnyPrefix reports whether digits begin with one of the prefixes, which are
// separated by spaces.
func hasAnyPrefix(digits, prefixes string) bool {
	for p := range strings.SplitSeq(prefixes, " ") {
		if strings.HasPrefix(digits, p) {
			return true
		}
	}
	return false
}
