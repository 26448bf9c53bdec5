package match

import (
	"math"
	"sync"
	"unicode"
	"unicode/utf8"
)

// gramSize is the number of bytes by which a phrase is first recognised: two
// Chinese characters, or six Latin letters.
const gramSize = 6

const (
	seenBits  = 16
	seenCells = 1 << seenBits
)

// gram is up to gramSize successive bytes of a text, and how many they are.
type gram uint64

// phrase is the words of one signature, normalised.
type phrase struct {
	value string
	after int // bytes of value up to and with the gram it is listed under
}

// place is where a phrase stands in a normalised text.
type place struct {
	value      string
	start, end int
}

// phrases finds all phrases in a text in one pass. Every phrase is listed
// under one of its grams, the one that was rarest in all phrases before it: words
// that every scam uses are frequent in messages too. The pass moves a window of gramSize bytes over the text and asks for each
// position whether anything is listed there. A filter of two bits a phrase,
// small enough for the processor's cache, answers that for nearly all positions.
//
// A phrase shorter than a gram is listed under all of itself; the pass asks for
// shorter grams only if there are such phrases.
type phrases struct {
	mu     sync.RWMutex // held by readers for one message
	listed map[gram][]phrase
	filter []uint64          // two bits in one word for each gram listed; a power of two of words
	seen   []uint32          // how often grams occurred in phrases, by hash: an estimate, never too low
	sizes  [gramSize + 1]int // how many phrases are listed under grams of each size
	count  int
}

func (p *phrases) init() {
	p.listed = map[gram][]phrase{}
	p.filter = make([]uint64, 64)
}

// add takes in the value of a signature that is not there yet.
func (p *phrases) add(value string) {
	if value == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	size := min(len(value), gramSize)
	rarest, after := p.rarest(value, size)
	p.listed[rarest] = append(p.listed[rarest], phrase{value: value, after: after})
	p.sizes[size]++
	p.count++
	if p.count > len(p.filter)*4 { // 16 bits a phrase
		p.filter = make([]uint64, 2*len(p.filter))
		for g := range p.listed {
			p.mark(g)
		}
	}
	p.mark(rarest)
}

// rarest returns the gram of value that occurred least, and where it ends, and counts them all.
func (p *phrases) rarest(value string, size int) (rarest gram, after int) {
	if p.seen == nil {
		p.seen = make([]uint32, seenCells)
	}
	least, window := uint32(math.MaxUint32), gram(0)
	for i := range len(value) {
		window = slide(window, value[i])
		if i+1 < size {
			continue
		}
		g := last(window, size)
		cell := &p.seen[spread(g)>>(64-seenBits)]
		if *cell < least {
			least, rarest, after = *cell, g, i+1
		}
		*cell++
	}
	return rarest, after
}

// in returns the phrases in text, which is normalised, each where it stands first.
func (p *phrases) in(text string) []place {
	p.mu.RLock()
	defer p.mu.RUnlock()
	sizes := make([]int, 0, gramSize)
	for size, n := range p.sizes {
		if n > 0 {
			sizes = append(sizes, size)
		}
	}
	var found []place
	window := gram(0)
	for i := range len(text) {
		window = slide(window, text[i])
		for _, size := range sizes {
			if i+1 < size {
				break
			}
			if g := last(window, size); p.marked(g) {
				found = appendAt(found, p.listed[g], text, i+1)
			}
		}
	}
	return found
}

func (p *phrases) empty() bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.count == 0
}

func (p *phrases) bytes() int64 {
	const listedSize = 24 + 8 + 24 + 24 // a phrase, and its share of the map with slack
	p.mu.RLock()
	defer p.mu.RUnlock()
	return int64(p.count)*listedSize + int64(len(p.filter))*8 + int64(len(p.seen))*4
}

// appendAt appends those of the phrases whose gram ends at the given byte of text.
func appendAt(found []place, list []phrase, text string, end int) []place {
	for _, p := range list {
		at := place{value: p.value, start: end - p.after, end: end - p.after + len(p.value)}
		if at.start < 0 || at.end > len(text) || text[at.start:at.end] != p.value {
			continue
		}
		if isBoundary(text, at.start) && isBoundary(text, at.end) && !among(found, p.value) {
			found = append(found, at)
		}
	}
	return found
}

func among(found []place, value string) bool {
	for _, f := range found {
		if f.value == value {
			return true
		}
	}
	return false
}

// slide moves the window one byte on.
func slide(window gram, b byte) gram { return window>>8 | gram(b)<<(8*(gramSize-1)) }

// last returns the gram of the last size bytes of the window.
func last(window gram, size int) gram {
	return window>>(8*(gramSize-size)) | gram(size)<<(8*gramSize) //nolint:gosec // at most gramSize
}

func (p *phrases) mark(g gram) {
	word, bits := p.bits(g)
	p.filter[word] |= bits
}

func (p *phrases) marked(g gram) bool {
	word, bits := p.bits(g)
	return p.filter[word]&bits == bits
}

// bits returns the bits of the filter that stand for a gram.
func (p *phrases) bits(g gram) (word int, bits uint64) {
	h := spread(g)
	return int(h >> 32 & uint64(len(p.filter)-1)), 1<<(h>>52&63) | 1<<(h>>58) //nolint:gosec // below len(p.filter)
}

// spread is Knuth's multiplicative hash, with the golden ratio; its upper bits are the good ones.
func spread(g gram) uint64 { return uint64(g) * 0x9E3779B97F4A7C15 }

// isBoundary reports whether a word may start or end before byte at of text:
// everywhere but between two runes of words that are written with spaces around them.
func isBoundary(text string, at int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	after, _ := utf8.DecodeRuneInString(text[at:])
	return at == 0 || at == len(text) || !inSpacedWord(before) || !inSpacedWord(after)
}

// inSpacedWord reports whether r belongs to words that stand between spaces.
// Chinese, Japanese, Thai, Lao, Khmer, Burmese and Tibetan are written without
// spaces; Korean is written with, but joins particles to its nouns, so that a
// phrase must be found in front of one.
func inSpacedWord(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z'
	}
	return (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)) &&
		!unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul,
			unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan) &&
		r != 'ー' // lengthens a vowel in Hiragana and Katakana, so it is of neither script
}
