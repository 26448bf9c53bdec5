package match

import (
	"slices"
	"sync"

	"example.org/tocsin/canon"
	"example.org/tocsin/models"
)

const (
	// mostPatterns is the most patterns that are tried on one text.
	mostPatterns = 32
	// mostSteps is the most work that they may cost together: instructions times bytes of the text.
	mostSteps = 1 << 24
)

// pattern is one regular expression, compiled.
type pattern struct {
	value string
	canon.Pattern
}

// patterns are the regular expressions. Each is tried, on the whole text, only where one
// of its literals was found. They take as long as the text is long times their size, so that
// a long text that holds the literals of many is not tried on all: those found first come first.
type patterns struct {
	mu      sync.RWMutex
	numbers map[string]uint32 // of literals
	holding [][]*pattern      // the patterns with the literal of that number
	size    int64
}

func (p *patterns) init() { p.numbers = map[string]uint32{} }

// add takes in a pattern that is not there yet, and adds its new literals to phrases.
func (p *patterns) add(value string, words *phrases) {
	parsed, err := canon.ParsePattern(value)
	if err != nil {
		return
	}
	for _, literal := range p.put(&pattern{value, parsed}) {
		words.add(literal, asLiteral, p.numbers[literal])
	}
}

// put returns the literals that are new.
func (p *patterns) put(added *pattern) (fresh []string) {
	const fixedSize, instructionSize, literalSize = 1024, 80, 48 + 24 + 8
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, literal := range added.Literals {
		n, ok := p.numbers[literal]
		if !ok {
			n = uint32(len(p.holding)) //nolint:gosec // literals are fewer than 2^31
			p.numbers[literal] = n
			p.holding = append(p.holding, nil)
			fresh = append(fresh, literal)
		}
		p.holding[n] = append(p.holding[n], added)
	}
	p.size += fixedSize + instructionSize*int64(added.Size) + literalSize*int64(len(fresh))
	return fresh
}

// in appends the places of patterns in text, given what was found there.
func (p *patterns) in(text string, finds []find, dst []place) []place {
	for _, c := range p.tried(finds, mostSteps/(len(text)+1)) {
		if at := c.Regexp.FindStringIndex(text); at != nil {
			dst = append(dst, place{models.Pattern, c.value, at[0], at[1]})
		}
	}
	return dst
}

// tried returns the patterns that may match, of so many instructions together at most.
func (p *patterns) tried(finds []find, instructions int) (out []*pattern) {
	for _, f := range finds {
		if f.item.role != asLiteral {
			continue
		}
		p.mu.RLock()
		for _, c := range p.holding[f.item.ref] {
			if len(out) == mostPatterns {
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
