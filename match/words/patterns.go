package words

import (
	"slices"
	"sync"

	"example.org/tocsin/canon/words"
	"example.org/tocsin/models"
)

const (
	// mostPatterns is the most patterns that are tried on one text.
	maxPatterns = 32
	// mostSteps is the most work that they may cost together: instructions times bytes of the text.
	maxSteps = 1 << 24
)

// pattern is one regular expression, compiled.
type pattern struct {
	value string
	words.Pattern
}

// patterns are the regular expressions. Each is tried, on the whole text, only where one
// of its literals was found. They take as long as the text is long times their size, so that
// a long text that holds the literals of many is not tried on all: those found first come first.
type patterns struct {
	mu        sync.RWMutex
	ids       map[string]uint32 // of literals
	byLiteral [][]*pattern      // the patterns with the literal of that number
	size      int64
}

func (p *patterns) init() { p.ids = map[string]uint32{} }

// add takes in a pattern that is not there yet, and adds its new literals to phrases.
func (p *patterns) add(value string, literals *phraseIndex) {
	parsed, err := words.ParsePattern(value)
	if err != nil {
		return
	}
	for _, literal := range p.insert(&pattern{value, parsed}) {
		literals.add(literal, roleLiteral, p.ids[literal])
	}
}

// put returns the literals that are new.
func (p *patterns) insert(added *pattern) (fresh []string) {
	const fixedSize, instructionSize, literalSize = 1024, 80, 48 + 24 + 8
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, literal := range added.Literals {
		n, ok := p.ids[literal]
		if !ok {
			n = uint32(len(p.byLiteral)) //nolint:gosec // literals are fewer than 2^31
			p.ids[literal] = n
			p.byLiteral = append(p.byLiteral, nil)
			fresh = append(fresh, literal)
		}
		p.byLiteral[n] = append(p.byLiteral[n], added)
	}
	p.size += fixedSize + instructionSize*int64(added.Size) + literalSize*int64(len(fresh))
	return fresh
}

// in appends the places of patterns in text, given what was found there.
func (p *patterns) appendMatches(text string, occurrences []occurrence, dst []Match) []Match {
	for _, c := range p.candidates(occurrences, maxSteps/(len(text)+1)) {
		if at := c.Regexp.FindStringIndex(text); at != nil {
			dst = append(dst, Match{models.Pattern, c.value, at[0], at[1]})
		}
	}
	return dst
}

// tried returns the patterns that may match, of so many instructions together at most.
func (p *patterns) candidates(occurrences []occurrence, instructions int) (out []*pattern) {
	for _, f := range occurrences {
		if f.item.role != roleLiteral {
			continue
		}
		p.mu.RLock()
		for _, c := range p.byLiteral[f.item.ref] {
			if len(out) == maxPatterns {
				break
			}
			if c.Size <= instructions && !slices.Contains(out, c) {
				out = append(out, c)
				instructions -= c.Size
			}
		}
		p.mu.RUnlock()
	}
	return out
}

func (p *patterns) bytes() int64 {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.size
}
