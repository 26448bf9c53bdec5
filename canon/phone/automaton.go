package phone

import (
	"encoding/binary"
	"math/bits"
	"regexp/syntax"
	"slices"
)

// The library tells numbers by regular expressions, in microseconds. A check
// has to do it in nanoseconds, so the expressions are compiled once into
// automata over digits. Nothing is written down a second time: the source is
// the library's own metadata.

// maxNationalDigits is the most digits of a national number (the library's
// bound).
const maxNationalDigits = 17

// automaton reads a number digit by digit and marks it. It is the smallest
// deterministic one there is: two rows with the same future are one row. Row 0
// is dead. Once nothing but the count of the digits still matters, which in
// most plans is so after the first four, reading stops and the count is looked
// up.
type automaton struct {
	rows  []row
	ends  [][maxNationalDigits + 1]uint8 // marks by how many digits are still to come
	start uint16
}

// row is one state: the next row for each digit, the marks of a number that
// ends here, and one more than the index of its ends, 0 where the digits still
// matter. It takes half a cache line.
type row [16]uint16

const (
	rowMarks = 10
	rowEnds  = 11
)

// match returns the marks of a number. Digits must be ASCII digits.
func (a *automaton) match(digits string) uint8 {
	if len(digits) > maxNationalDigits || len(a.rows) == 0 {
		return 0
	}
	at := &a.rows[a.start]
	for i := range len(digits) {
		if at[rowEnds] != 0 {
			return a.ends[at[rowEnds]-1][len(digits)-i]
		}
		at = &a.rows[at[digits[i]&15]]
	}
	return uint8(at[rowMarks]) //nolint:gosec // marks have eight bits
}

// longestPrefix returns how many digits the longest beginning of a number has
// that carries the mark, -1 if none does.
func (a *automaton) longestPrefix(digits string, mark uint8) int {
	if len(a.rows) == 0 {
		return -1
	}
	found, at := -1, a.start
	for i := 0; ; i++ {
		if uint8(a.rows[at][rowMarks])&mark != 0 { //nolint:gosec // marks have eight bits
			found = i
		}
		if i == len(digits) || at == 0 && i > 0 {
			return found
		}
		at = a.rows[at][digits[i]&15]
	}
}

// builder makes an automaton from its last rows to its first. Equal rows are
// one, which makes it minimal, since no automaton here has a loop.
type builder struct {
	automaton

	numbers map[row]uint16
}

// newBuilder returns a builder that holds the dead row.
func newBuilder() *builder {
	b := &builder{numbers: map[row]uint16{}}
	b.add(row{})
	return b
}

// add returns the number of a row whose next rows are there already. A row that
// leads to the same row by every digit gets the marks by count.
func (b *builder) add(r row) uint16 {
	if n, ok := b.numbers[r]; ok {
		return n
	}
	key, n := r, len(b.rows)
	uniform := true
	for d := 1; d < 10; d++ {
		uniform = uniform && r[d] == r[0]
	}
	if next := r[0]; uniform && (n == 0 || b.rows[next][rowEnds] != 0) {
		ends := [maxNationalDigits + 1]uint8{uint8(r[rowMarks])} //nolint:gosec // marks have eight bits
		if n > 0 {
			copy(ends[1:], b.ends[b.rows[next][rowEnds]-1][:maxNationalDigits])
		}
		b.ends = append(b.ends, ends)
		r[rowEnds] = uint16(len(b.ends)) //nolint:gosec // no more than rows
	}
	b.rows = append(b.rows, r)
	b.numbers[key] = uint16(n) //nolint:gosec // finish refuses more
	return uint16(n)           //nolint:gosec // finish refuses more
}

// finish returns the automaton, and false if it has too many rows.
func (b *builder) finish(start uint16) (automaton, bool) {
	b.start = start
	b.rows, b.ends = slices.Clone(b.rows), slices.Clone(b.ends)
	return b.automaton, len(b.rows) <= 0xFFFF
}

// productAutomaton makes one automaton of several that read the same number
// side by side (the product construction). Mark says what their marks together
// mean.
func productAutomaton(parts []*automaton, mark func(marks []uint8) uint8) (automaton, bool) {
	b := newBuilder()
	known := map[string]uint16{} // the row of each combination of rows
	var state func(at []uint16) uint16
	state = func(at []uint16) uint16 {
		key := make([]byte, 0, 2*len(at))
		marks, dead := make([]uint8, len(at)), true
		for i, n := range at {
			key = binary.BigEndian.AppendUint16(key, n)
			marks[i] = uint8(parts[i].rows[n][rowMarks]) //nolint:gosec // marks have eight bits
			dead = dead && n == 0
		}
		if dead {
			return 0
		}
		if n, ok := known[string(key)]; ok {
			return n
		}
		r := row{rowMarks: uint16(mark(marks))}
		next := make([]uint16, len(at))
		for d := range 10 {
			for i, n := range at {
				next[i] = parts[i].rows[n][d]
			}
			r[d] = state(next)
		}
		n := b.add(r)
		known[string(key)] = n
		return n
	}
	start := make([]uint16, len(parts))
	for i, p := range parts {
		start[i] = p.start
	}
	return b.finish(state(start))
}

// matches says which patterns a number matches: bit n stands for pattern n.
type matches struct {
	here uint64 // wherever the number goes on
	end  uint64 // only if the number ends, because of a "$"
}

// compileAutomaton makes an automaton of patterns, which must match from the
// first digit on. An empty pattern matches nothing. Mark says what the patterns
// that match a number mean, by the count of its digits. It fails on more than
// 64 patterns, and on one that looks elsewhere than at the end.
func compileAutomaton(patterns []string, mark func(m matches, digits int) uint8) (automaton, bool) {
	c := compiler{builder: newBuilder(), mark: mark, known: map[string]uint16{}, insts: make([]instruction, 1, 256)}
	for n, p := range patterns {
		if p == "" {
			continue
		}
		first, ok := c.pattern(p, n)
		if !ok {
			return automaton{}, false
		}
		c.worklist = append(c.worklist, first)
	}
	if len(patterns) > 64 {
		return automaton{}, false
	}
	c.visited = make([]uint32, len(c.insts))
	return c.finish(c.state(c.epsilonClosure(), 0))
}

// compiler makes one automaton of several patterns by the subset construction.
type compiler struct {
	*builder

	mark       func(m matches, digits int) uint8
	insts      []instruction
	visited    []uint32 // which call of epsilonClosure has seen an instruction last
	generation uint32   // the number of that call
	worklist   []uint16 // what epsilonClosure has still to look at
	known      map[string]uint16
}

// instruction is a place in one of the patterns, all of which stand in one
// list: it takes a digit, or it is a match, or it does neither and leads on.
type instruction struct {
	digits  uint16 // the digits that are taken, by bit
	next    uint16
	matches matches
	epsilon [2]uint16 // the instructions reached without a digit, 0 for none
}

// pattern adds the instructions of a pattern and returns the first.
func (c *compiler) pattern(p string, bit int) (uint16, bool) {
	parsed, err := syntax.Parse(p, syntax.Perl)
	if err != nil {
		return 0, false
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if err != nil || len(c.insts)+len(prog.Inst) > 0xFFFF {
		return 0, false
	}
	base := len(c.insts)
	at := func(n uint32) uint16 { return uint16(base + int(n)) } //nolint:gosec // at most 65,535
	for i := range prog.Inst {
		inst := &prog.Inst[i]
		var to instruction
		switch inst.Op {
		case syntax.InstMatch:
			to.matches.here = 1 << bit
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			to.next, to.digits = at(inst.Out), digitsOf(inst)
		case syntax.InstAlt, syntax.InstAltMatch:
			to.epsilon = [2]uint16{at(inst.Out), at(inst.Arg)}
		case syntax.InstCapture, syntax.InstNop:
			to.epsilon[0] = at(inst.Out)
		case syntax.InstEmptyWidth:
			if !atEnd(prog, inst) {
				return 0, false
			}
			to.matches.end = 1 << bit
		case syntax.InstFail:
		}
		c.insts = append(c.insts, to)
	}
	return at(uint32(prog.Start)), true //nolint:gosec // an index
}

// digitsOf returns the digits that an instruction takes, by bit.
func digitsOf(inst *syntax.Inst) uint16 {
	out := uint16(0)
	for d := range 10 {
		if inst.MatchRune(rune('0' + d)) {
			out |= 1 << d
		}
	}
	return out
}

// atEnd reports whether an instruction is a "$" with nothing behind it.
func atEnd(prog *syntax.Prog, inst *syntax.Inst) bool {
	if syntax.EmptyOp(inst.Arg)&^(syntax.EmptyEndText|syntax.EmptyEndLine) != 0 { //nolint:gosec // eight bits
		return false
	}
	for inst.Op == syntax.InstEmptyWidth || inst.Op == syntax.InstCapture || inst.Op == syntax.InstNop {
		inst = &prog.Inst[inst.Out]
	}
	return inst.Op == syntax.InstMatch
}

// epsilonClosure returns the instructions that take a digit or match and that
// are reached without a digit from those in the worklist, sorted. It empties
// the worklist.
func (c *compiler) epsilonClosure() []uint16 {
	c.generation++
	out := make([]uint16, 0, 2*len(c.worklist))
	for len(c.worklist) > 0 {
		n := c.worklist[len(c.worklist)-1]
		c.worklist = c.worklist[:len(c.worklist)-1]
		if c.visited[n] == c.generation {
			continue
		}
		c.visited[n] = c.generation
		if i := &c.insts[n]; i.digits != 0 || i.matches != (matches{}) {
			out = append(out, n)
		} else {
			c.worklist = append(c.worklist, i.epsilon[:]...)
		}
	}
	slices.Sort(out)
	return out
}

// state returns the row of a set of instructions after some digits. The count
// of the digits is part of the key, since marks depend on it: that also makes
// the automaton free of loops.
func (c *compiler) state(set []uint16, digits int) uint16 {
	key := make([]byte, 1, 1+2*len(set))
	key[0] = byte(digits) //nolint:gosec // at most maxNationalDigits
	var m matches
	for _, n := range set {
		key = binary.BigEndian.AppendUint16(key, n)
		m.here |= c.insts[n].matches.here
		m.end |= c.insts[n].matches.end
	}
	if n, ok := c.known[string(key)]; ok || len(set) == 0 {
		return n
	}
	r := row{rowMarks: uint16(c.mark(m, digits))}
	for left := uint16(1<<10 - 1); left != 0 && digits < maxNationalDigits; {
		alike := c.transition(set, left)
		to := c.state(c.epsilonClosure(), digits+1)
		for d := range 10 {
			if alike>>d&1 == 1 {
				r[d] = to
			}
		}
		left &^= alike
	}
	n := c.add(r)
	c.known[string(key)] = n
	return n
}

// transition puts into the worklist what follows the first of some digits, and
// returns the digits that are taken alike. So each set of digits with one
// result is worked out once.
func (c *compiler) transition(set []uint16, digits uint16) (alike uint16) {
	first := bits.TrailingZeros16(digits)
	for _, n := range set {
		if i := &c.insts[n]; i.digits>>first&1 == 1 {
			digits &= i.digits
			c.worklist = append(c.worklist, i.next)
		} else {
			digits &^= i.digits
		}
	}
	return digits
}
