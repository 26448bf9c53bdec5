package words

import (
	"slices"
	"sync"

	"example.org/tocsin/canon/words"
	"example.org/tocsin/models"
)

const (
	// maxPatterns is the most patterns that are run on one text.
	maxPatterns = 32
	// maxSteps is the most work that they may cost together: instructions times
	// bytes of the text, the bound of an RE2 matcher without backtracking.
	maxSteps = 1 << 24
)

// pattern is one regular expression, compiled.
type pattern struct {
	value string
	words.Pattern
}

// patterns are the regular expressions. Each is run, on the whole text, only where
// one of its literals was found. A run takes time in proportion to the text and to
// the size of the expression, so a long text with the literals of many patterns is
// not searched for all: those whose literal was found first come first.
type patterns struct {
	mu        sync.RWMutex
	ids       map[string]uint32 // numbers of literals; writer only
	byLiteral [][]*pattern      // the patterns with the literal of that number
	size      int64             // bytes of all patterns
}

func (p *patterns) init() { p.ids = map[string]uint32{} }

// add takes in a pattern that is not there yet. Its new literals are added to
// literals after the pattern is in place, as members of sets are.
func (p *patterns) add(value string, literals *phraseIndex) {
	parsed, err := words.ParsePattern(value)
	if err != nil {
		return
	}
	for _, literal := range p.insert(&pattern{value, parsed}) {
		literals.add(literal, roleLiteral, p.ids[literal])
	}
}

// insert takes in a pattern and returns the literals that are new.
func (p *patterns) insert(added *pattern) (fresh []string) {
	const fixedSize, instructionSize, literalSize = 1024, 80, 48 + 24 + 8 // bytes, estimated
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

// appendMatches appends the patterns that match a text, given what was found there.
func (p *patterns) appendMatches(dst []Match, text string, occurrences []occurrence) []Match {
	for _, c := range p.candidates(occurrences, maxSteps/(len(text)+1)) {
		if at := c.Regexp.FindStringIndex(text); at != nil {
			dst = append(dst, Match{models.Pattern, c.value, at[0], at[1]})
		}
	}
	return dst
}

// candidates returns the patterns that may match, each once: maxPatterns at most,
// and of so many instructions together. The lock is not held while they run.
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
