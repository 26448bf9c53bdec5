package phone

import (
	"slices"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"example.org/tocsin/canon/text"
)

// newNumberingPlans files the library's metadata by calling code and country,
// uncompiled. If the library cannot read its own metadata there are no plans,
// and no number is known.
func newNumberingPlans() *numberingPlans {
	out := &numberingPlans{}
	long, err := phonenumbers.MetadataCollection()
	if err != nil {
		return out // the library could not start either
	}
	short, err := phonenumbers.ShortNumberMetadataCollection()
	if err != nil {
		return out
	}
	codes := map[string]*phonenumbers.PhoneMetadata{}
	for _, m := range short.GetMetadata() {
		codes[m.GetId()] = m
	}
	type key struct {
		region string
		code   int
	}
	regions := map[key]*phonenumbers.PhoneMetadata{}
	for _, m := range long.GetMetadata() {
		regions[key{m.GetId(), int(m.GetCountryCode())}] = m
	}
	// The library lists the main region of a calling code first; so do the plans.
	for code := range phonenumbers.GetSupportedCallingCodes() {
		p := &plan{code: strconv.Itoa(code)}
		for i, id := range phonenumbers.GetRegionCodesForCountryCode(code) {
			r := planRegion{long: regions[key{id, code}], short: codes[id]}
			if len(id) == 2 && text.IsUpperAlpha(id) {
				at := &out.areas[areaIndex(id)]
				r.country, at.plan, at.at = id, p, i
			}
			p.regions = append(p.regions, r)
		}
		out.add(p)
	}
	return out
}

// add files a plan under all beginnings of three digits that it has, so that
// the plan of a number is one look-up: no calling code is the beginning of
// another (ITU-T E.164).
func (n *numberingPlans) add(p *plan) {
	first, last := p.code, p.code
	for len(first) < 3 {
		first, last = first+"0", last+"9"
	}
	for at := planIndex(first); at <= planIndex(last); at++ {
		n.plans[at] = p
	}
}

// compile compiles all plans.
func (n *numberingPlans) compile() {
	for _, p := range n.plans {
		if p != nil {
			p.once.Do(p.compile)
		}
	}
}

// compile makes the areas and what they have together. If one fails, the plan
// has no areas, and the library decides about each number
// (TestEveryPlanCompiles: none does).
func (p *plan) compile() {
	areas := make([]*area, len(p.regions))
	parts := make([]*automaton, len(p.regions))
	for i, r := range p.regions {
		a, ok := newArea(r)
		if !ok {
			return
		}
		a.plan = p
		areas[i], parts[i] = a, &a.numbers
	}
	if p.numbers = parts[0]; len(parts) > 1 {
		united, ok := productAutomaton(parts, func(marks []uint8) uint8 {
			for _, m := range marks {
				if m&markOwner != 0 { // the library goes by the first area that claims a number, and no other
					return m & markValid
				}
			}
			return 0
		})
		if !ok {
			return
		}
		p.numbers = &united
	}
	p.areas = areas
}

// newArea compiles what the library knows about a region.
func newArea(r planRegion) (*area, bool) {
	long, short := r.long, r.short
	a := &area{replacesPrefix: long.GetNationalPrefixTransformRule() != ""}
	for n := range maxNationalDigits + 1 {
		if allows(long.GetGeneralDesc(), n) {
			a.lengths |= 1 << n
			a.longest = n
		}
	}
	// As the library has it, what is longer than every number may be left behind
	// a prefix too, and what is dialled locally alone may not.
	a.lengths |= ^uint32(0) << (a.longest + 1)
	for _, n := range long.GetGeneralDesc().GetPossibleLengthLocalOnly() {
		a.lengths &^= 1 << n
	}
	types := []*phonenumbers.PhoneNumberDesc{
		long.GetGeneralDesc(), long.GetPremiumRate(), long.GetTollFree(), long.GetSharedCost(), long.GetVoip(), long.GetPersonalNumber(),
		long.GetPager(), long.GetUan(), long.GetVoicemail(), long.GetFixedLine(), long.GetMobile(),
	}
	var ok [4]bool
	a.numbers, ok[0] = compileNumbers(types, long.GetLeadingDigits())
	prefixes := []string{long.GetNationalPrefixForParsing(), long.GetInternationalPrefix()}
	a.prefixes, ok[1] = compileAutomaton(prefixes, func(m matches, _ int) uint8 {
		return uint8(m.here&1*markTrunk | m.end&1*markReplaced | m.here>>1&1*markInternational) //nolint:gosec // three bits
	})
	a.formats, ok[2] = compileFormats(long.GetNumberFormat())
	a.codes, ok[3] = compileNumbers([]*phonenumbers.PhoneNumberDesc{short.GetGeneralDesc(), short.GetShortCode()}, "")
	return a, ok == [4]bool{true, true, true, true}
}

// compileNumbers makes the automaton of the numbers that match the first
// description and one of the others, each by pattern and length. Leading are
// the first digits by which the area claims a number of its calling code; empty
// where it claims those that are valid in it.
func compileNumbers(types []*phonenumbers.PhoneNumberDesc, leading string) (automaton, bool) {
	patterns := make([]string, len(types)+1)
	for i, t := range types {
		if p := t.GetNationalNumberPattern(); p != "NA" {
			patterns[i] = p
		}
	}
	if leading != "" {
		patterns[len(types)] = "(?:" + leading + ")[0-9]*"
	}
	return compileAutomaton(patterns, func(m matches, digits int) uint8 {
		matched, marks := m.here|m.end, uint8(0)
		if matched&1 == 1 && allows(types[0], digits) && anyMatches(types, matched, digits) {
			marks = markValid
		}
		if matched>>len(types) == 1 || leading == "" && marks != 0 {
			marks |= markOwner
		}
		return marks | uint8(matched&1)*markGeneral
	})
}

// anyMatches reports whether one of the types behind the general description is
// matched and allows so many digits.
func anyMatches(types []*phonenumbers.PhoneNumberDesc, matched uint64, digits int) bool {
	for i := 1; i < len(types); i++ {
		if matched>>i&1 == 1 && allows(types[i], digits) {
			return true
		}
	}
	return false
}

// allows reports whether a description allows so many digits. One without
// lengths allows any.
func allows(d *phonenumbers.PhoneNumberDesc, digits int) bool {
	if len(d.GetPossibleLength()) == 0 {
		return true
	}
	for _, n := range d.GetPossibleLength() {
		if int(n) == digits {
			return true
		}
	}
	return false
}

// compileFormats makes the automaton of the numbers that are written with a
// trunk prefix: the first format that a number has says so.
func compileFormats(formats []*phonenumbers.NumberFormat) (automaton, bool) {
	var patterns []string
	bit := func(pattern string) uint64 { // many formats share a pattern
		n := slices.Index(patterns, pattern)
		if n < 0 {
			n = len(patterns)
			patterns = append(patterns, pattern)
		}
		return 1 << n
	}
	wanted, marks := make([]uint64, len(formats)), make([]uint8, len(formats))
	for i, f := range formats {
		wanted[i] = bit(f.GetPattern())
		if l := f.GetLeadingDigitsPattern(); len(l) > 0 {
			wanted[i] |= bit("(?:" + l[len(l)-1] + ")[0-9]*")
		}
		switch rule := f.GetNationalPrefixFormattingRule(); {
		case rule == "" || strings.Trim(rule, "()") == "$1":
		case f.GetNationalPrefixOptionalWhenFormatting():
			marks[i] = markTrunkUsual
		default:
			marks[i] = markTrunkUsual | markTrunkRequired
		}
	}
	if slices.Max(append(marks, 0)) == 0 {
		return automaton{}, true
	}
	return compileAutomaton(patterns, func(m matches, _ int) uint8 {
		for i, want := range wanted {
			if m.here&want == want {
				return marks[i]
			}
		}
		return 0
	})
}
