package phone

import (
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"

	"example.org/tocsin/canon/text"
)

// Marks of a national number: what it is in an area.
const (
	markValid         = 1 << iota // a number of the area, by type and length
	markGeneral                   // it matches the general description, whatever its length
	markOwner                     // of the areas that share a calling code, this one decides about it
	markTrunkRequired             // nationally it is always written with a trunk prefix
	markTrunkUsual                // nationally it is written with a trunk prefix
)

// Marks of the beginning of dialled digits.
const (
	markTrunk         = 1 << iota // a trunk or carrier prefix
	markReplaced                  // digits, all there are, that the library puts others in the place of
	markInternational             // what is dialled before a country code
)

// minReplacedDigits is the fewest digits that the library replaces rather than
// strips.
const minReplacedDigits = 4

// An international number has 7 to 15 digits (ITU-T E.164 has no least count;
// the library knows shorter ones in Iran alone).
const (
	minE164Digits = 7
	maxE164Digits = 15
)

// numberingPlans is what the world's numbering plans say, compiled. Some
// numbers it leaves undecided: those in which the library would replace digits,
// and those of a plan that could not be compiled. What it decides, it decides
// as the library does (TestInternationalEqualsTheLibrary,
// TestNationalEqualsTheLibrary).
type numberingPlans struct {
	plans [1000]*plan // by the first three digits of an international number
	areas [26 * 26]struct {
		plan *plan
		at   int // among the areas of the plan
	}
}

// plan is the numbering plan of one calling code. Most processes meet few
// countries, so a plan is compiled when its first number is read; goroutines
// that come meanwhile wait for it (TestPlansAreCompiledByWhoeverIsFirst).
type plan struct {
	code    string
	regions []planRegion
	once    sync.Once
	areas   []*area    // the main one first; none if the plan could not be compiled
	numbers *automaton // markValid: the numbers of all its areas
}

// planRegion is what the library knows about a region, before it is compiled.
type planRegion struct {
	country     string // empty for the codes of no country, such as 800
	long, short *phonenumbers.PhoneMetadata
}

// area is one region's part of a plan: of calling code 1 those of the United
// States, of Canada and of each other country.
type area struct {
	plan           *plan
	numbers        automaton // markValid, markGeneral, markOwner
	formats        automaton // markTrunkRequired, markTrunkUsual
	prefixes       automaton // markTrunk, markReplaced, markInternational
	codes          automaton // markValid: short codes
	lengths        uint32    // bit n: a number of n digits may be what is left behind a prefix
	longest        int       // the most digits of a number
	replacesPrefix bool      // some prefixes are replaced
}

// plans returns the numbering plans.
//
//nolint:gochecknoglobals // built once from constant data
var plans = sync.OnceValue(newNumberingPlans)

// plan returns the plan of the digits of an international number, nil if no
// calling code begins them.
func (n *numberingPlans) plan(digits string) *plan {
	if len(digits) < 3 {
		return nil
	}
	p := n.plans[planIndex(digits)%len(n.plans)]
	if p != nil {
		p.once.Do(p.compile)
	}
	return p
}

// area returns the area of a country, and false if it has none. The area is
// nil if its plan could not be compiled.
func (n *numberingPlans) area(country string) (*area, bool) {
	if len(country) != 2 || !text.IsUpperAlpha(country) {
		return nil, false
	}
	at := &n.areas[areaIndex(country)]
	if at.plan == nil {
		return nil, false
	}
	at.plan.once.Do(at.plan.compile)
	if at.plan.areas == nil {
		return nil, true
	}
	return at.plan.areas[at.at], true
}

// areaIndex returns the number that a country's two letters make.
func areaIndex(country string) int { return int(country[0]-'A')*26 + int(country[1]-'A') }

// planIndex returns the number that the first three digits make.
func planIndex(digits string) int {
	return int(digits[0]&15)*100 + int(digits[1]&15)*10 + int(digits[2]&15)
}

// international returns the canonical value of the digits of an international
// number, country code first. It leaves open what the library must decide.
func (n *numberingPlans) international(digits string) (value string, ok, decided bool) {
	if len(digits) < minE164Digits || len(digits) > maxNationalDigits || digits[0] == '0' {
		return "", false, true
	}
	p := n.plan(digits)
	if p == nil {
		return "", false, true
	}
	if p.areas == nil {
		return "", false, false
	}
	rest, decided := p.areas[0].trimPrefix(digits[len(p.code):])
	if !decided {
		return "", false, false
	}
	return p.value(rest)
}

// isCanonical reports whether the digits of an international number are a
// number that the library would take as it stands.
func (n *numberingPlans) isCanonical(digits string) bool {
	if len(digits) < minE164Digits || len(digits) > maxE164Digits || digits[0] == '0' {
		return false
	}
	p := n.plan(digits)
	if p == nil || p.areas == nil {
		return false
	}
	main, rest := p.areas[0], digits[len(p.code):]
	if p.numbers.match(rest)&markValid == 0 {
		return false
	}
	if !main.replacesPrefix && main.prefixes.longestPrefix(rest, markTrunk) <= 0 {
		return true
	}
	trimmed, decided := main.trimPrefix(rest)
	return decided && len(trimmed) == len(rest)
}

// value returns the international form of a national number. The library writes
// a number and reads it again before it checks whether there is such a number,
// and so does this: the value is a fixed point; see formatValid.
func (p *plan) value(digits string) (value string, ok, decided bool) {
	rest, decided := p.areas[0].trimPrefix(digits)
	if !decided {
		return "", false, false
	}
	if n := len(p.code) + len(rest); n < minE164Digits || n > maxE164Digits {
		return "", false, true
	}
	if p.numbers.match(rest)&markValid == 0 && !isFictional(p.code+rest) {
		return "", false, true
	}
	return "+" + p.code + rest, true, true
}

// national returns the canonical value of digits that are dialled in the area.
// It leaves open what the library must decide.
func (a *area) national(digits string) (value string, ok, decided bool) {
	if n := a.prefixes.longestPrefix(digits, markInternational); n > 0 && (n == len(digits) || digits[n] != '0') {
		return plans().international(digits[n:])
	}
	main := a.plan.areas[0]
	rest, hasCode, decided := a.stripCode(digits)
	if !decided {
		return "", false, false
	}
	if hasCode {
		rest, decided = main.trimPrefix(rest)
	} else {
		rest, decided = a.trimPrefix(digits)
	}
	if !decided {
		return "", false, false
	}
	if !hasCode && main.formats.match(rest)&markTrunkRequired != 0 {
		if _, prefixed, decided := main.stripPrefix(digits); !prefixed {
			return "", false, decided
		}
	}
	return a.plan.value(rest)
}

// stripCode returns digits without a country code that has no plus, as in
// "12025550123", and without the trunk prefix behind it, and whether there is
// one: if the digits are no number as they stand.
func (a *area) stripCode(digits string) (rest string, hasCode, decided bool) {
	rest, ok := strings.CutPrefix(digits, a.plan.code)
	if !ok {
		return digits, false, true
	}
	rest, _, decided = a.stripPrefix(rest)
	return rest, decided && (!a.matchesGeneral(digits) && a.matchesGeneral(rest) || len(digits) > a.longest), decided
}

// trimPrefix returns a national number without its trunk or carrier prefix, if
// what is left is long enough for a number.
func (a *area) trimPrefix(digits string) (rest string, decided bool) {
	rest, _, decided = a.stripPrefix(digits)
	if len(rest) > maxNationalDigits || a.lengths>>len(rest)&1 == 0 {
		rest = digits
	}
	return rest, decided
}

// stripPrefix returns digits without the trunk or carrier prefix, and whether
// there was one. A prefix that is part of a number stays.
func (a *area) stripPrefix(digits string) (rest string, stripped, decided bool) {
	n := a.prefixes.longestPrefix(digits, markTrunk)
	if a.replacesPrefix && (n >= minReplacedDigits || a.prefixes.match(digits)&markReplaced != 0) {
		return digits, false, false
	}
	if n < 0 || digits == "" || a.matchesGeneral(digits) && !a.matchesGeneral(digits[n:]) {
		return digits, false, true
	}
	return digits[n:], true, true
}

// matchesGeneral reports whether digits match the general description of the
// area's numbers.
func (a *area) matchesGeneral(digits string) bool { return a.numbers.match(digits)&markGeneral != 0 }
