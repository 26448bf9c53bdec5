package canon

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// The library tells valid numbers by regular expressions, in microseconds. A
// check has to do it in nanoseconds, so each region's expressions are compiled
// once into an automaton over digits. Nothing is written down a second time:
// the source is the library's own metadata.

// Tags say which of a region's patterns a national number matches.
const (
	tagGeneral   = 0  // the general description: every valid number matches it and one of the types
	tagFirstType = 1  // ten types: fixed line, mobile, ...
	tagLeading   = 11 // the digits by which regions that share a calling code are told apart
	tagPrefix    = 12 // a trunk or carrier prefix, which the library would strip
	tags         = 13
)

// plan is the numbering plan of one calling code.
type plan []regionPlan

type regionPlan struct {
	automaton

	lengths [tags]uint32 // bit n: the pattern allows n digits
	leading bool         // has leading digits
}

// automaton reads a number digit by digit. State 0 is dead, state 1 the start.
type automaton struct {
	next [][10]uint16
	tags []uint16
}

func (a *automaton) read(digits []byte) uint16 {
	state := uint16(1)
	for _, d := range digits {
		state = a.next[state][d-'0']
	}
	return a.tags[state]
}

// plans returns the plans of all calling codes; nil where the library has none
// or one that cannot be compiled. They are built when the first number is read.
//
//nolint:gochecknoglobals // built once from constant data
var plans = sync.OnceValue(func() *[1000]plan {
	var out [1000]plan
	metadata, err := phonenumbers.MetadataCollection()
	if err != nil {
		return &out // the library could not start either
	}
	type key struct {
		region string
		code   int
	}
	regions := map[key]*phonenumbers.PhoneMetadata{}
	for _, m := range metadata.GetMetadata() {
		regions[key{m.GetId(), int(m.GetCountryCode())}] = m
	}
	for code := range phonenumbers.GetSupportedCallingCodes() {
		var p plan
		for _, region := range phonenumbers.GetRegionCodesForCountryCode(code) {
			r, ok := newRegionPlan(regions[key{region, code}])
			if !ok {
				p = nil
				break
			}
			p = append(p, r)
		}
		out[code] = p
	}
	return &out
})

// knows reports whether the plan has the national number, and whether the
// library would take the number as it stands, with no prefix to strip.
func (p plan) knows(digits []byte) (valid, plain bool) {
	for i := range p {
		r := &p[i]
		matched := r.read(digits)
		if i == 0 && matched>>tagPrefix&1 == 1 {
			return false, false
		}
		if len(p) > 1 && r.leading {
			if matched>>tagLeading&1 == 1 {
				return r.valid(matched, len(digits)), true
			}
			continue
		}
		if r.valid(matched, len(digits)) {
			return true, true
		}
	}
	return false, true
}

func (r *regionPlan) valid(matched uint16, length int) bool {
	if matched&1 == 0 || r.lengths[tagGeneral]>>length&1 == 0 {
		return false
	}
	for tag := tagFirstType; tag < tagLeading; tag++ {
		if matched>>tag&1 == 1 && r.lengths[tag]>>length&1 == 1 {
			return true
		}
	}
	return false
}

func newRegionPlan(m *phonenumbers.PhoneMetadata) (regionPlan, bool) {
	var r regionPlan
	if m == nil {
		return r, false
	}
	var patterns [tags]string
	for tag, desc := range [...]*phonenumbers.PhoneNumberDesc{
		m.GetGeneralDesc(), m.GetPremiumRate(), m.GetTollFree(), m.GetSharedCost(), m.GetVoip(), m.GetPersonalNumber(), m.GetPager(),
		m.GetUan(), m.GetVoicemail(), m.GetFixedLine(), m.GetMobile(),
	} {
		if p := desc.GetNationalNumberPattern(); p != "NA" {
			patterns[tag] = p
		}
		if len(desc.GetPossibleLength()) == 0 {
			r.lengths[tag] = ^uint32(0)
		}
		for _, n := range desc.GetPossibleLength() {
			if n > 0 && n < 32 {
				r.lengths[tag] |= 1 << n
			}
		}
	}
	if r.leading = m.GetLeadingDigits() != ""; r.leading {
		patterns[tagLeading] = "(?:" + m.GetLeadingDigits() + ")[0-9]*"
	}
	if p := m.GetNationalPrefixForParsing(); p != "" {
		patterns[tagPrefix] = "(?:" + p + ")[0-9]*"
	}
	var ok bool
	r.automaton, ok = compile(patterns[:])
	return r, ok
}

// thread is a place in one of the compiled patterns: tag<<16 | instruction.
type thread = uint32

// compiler makes one automaton of several patterns by the subset construction.
type compiler struct {
	progs  []*syntax.Prog
	states map[string]uint16
	queue  [][]thread
	out    automaton
	failed bool
}

// compile returns the automaton that tags a number with all patterns that
// match the whole of it. It fails on a pattern that looks elsewhere than at
// the end, and on one that is too large.
func compile(patterns []string) (automaton, bool) {
	c := compiler{states: map[string]uint16{"": 0}, out: automaton{next: make([][10]uint16, 1), tags: make([]uint16, 1)}}
	var start []thread
	for tag, p := range patterns {
		prog := &syntax.Prog{}
		if p != "" {
			parsed, err := syntax.Parse(p, syntax.Perl)
			if err != nil {
				return automaton{}, false
			}
			if prog, err = syntax.Compile(parsed.Simplify()); err != nil {
				return automaton{}, false
			}
		}
		c.progs = append(c.progs, prog)
		if p != "" {
			start = c.follow(start, thread(tag)<<16|thread(prog.Start)) //nolint:gosec // a few hundred instructions
		}
	}
	c.state(start)
	for n := 1; n <= len(c.queue) && !c.failed; n++ {
		for d := range 10 {
			c.out.next[n][d] = c.state(c.step(c.queue[n-1], rune('0'+d)))
		}
	}
	return c.out, !c.failed
}

// follow adds a thread and all that it reaches without reading a digit.
func (c *compiler) follow(set []thread, t thread) []thread {
	if slices.Contains(set, t) {
		return set
	}
	tag := t &^ 0xFFFF
	set = append(set, t)
	switch inst := &c.progs[t>>16].Inst[t&0xFFFF]; inst.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		set = c.follow(set, tag|inst.Out)
		return c.follow(set, tag|inst.Arg)
	case syntax.InstCapture, syntax.InstNop:
		return c.follow(set, tag|inst.Out)
	case syntax.InstEmptyWidth:
		return c.end(set, inst, tag)
	case syntax.InstMatch, syntax.InstFail, syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
	}
	return set
}

// end follows the end of a number, "$": of what lies behind it only a match counts.
func (c *compiler) end(set []thread, inst *syntax.Inst, tag thread) []thread {
	if inst.Arg&^uint32(syntax.EmptyEndText|syntax.EmptyEndLine) != 0 {
		c.failed = true
		return set
	}
	for _, t := range c.follow(nil, tag|inst.Out) {
		if c.progs[t>>16].Inst[t&0xFFFF].Op == syntax.InstMatch && !slices.Contains(set, t) {
			set = append(set, t)
		}
	}
	return set
}

// step returns the threads after one more digit.
func (c *compiler) step(set []thread, digit rune) []thread {
	var out []thread
	for _, t := range set {
		inst := &c.progs[t>>16].Inst[t&0xFFFF]
		switch inst.Op {
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			if inst.MatchRune(digit) {
				out = c.follow(out, t&^0xFFFF|inst.Out)
			}
		default:
		}
	}
	return out
}

// state returns the number of a set of threads, a new one for a new set.
func (c *compiler) state(set []thread) uint16 {
	var kept []thread
	tagged := uint16(0)
	for _, t := range set {
		switch c.progs[t>>16].Inst[t&0xFFFF].Op {
		case syntax.InstMatch:
			tagged |= 1 << (t >> 16)
			kept = append(kept, t)
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			kept = append(kept, t)
		default:
		}
	}
	slices.Sort(kept)
	key := make([]byte, 0, 4*len(kept))
	for _, t := range kept {
		key = binary.BigEndian.AppendUint32(key, t)
	}
	if n, ok := c.states[string(key)]; ok {
		return n
	}
	n := len(c.out.next)
	if n > 0xFFFF {
		c.failed = true
		return 0
	}
	c.states[string(key)] = uint16(n)
	c.queue = append(c.queue, kept)
	c.out.next = append(c.out.next, [10]uint16{})
	c.out.tags = append(c.out.tags, tagged)
	return uint16(n)
}
