package canon

import (
	"sync"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// trait is what normalisation does with one rune: flags, and from the lowest
// bit on the rune that it becomes, as the difference to itself; a byte of its
// combining class, and a byte of the ASCII letter that it looks like.
type trait uint64

// The flags. A rune that is not plain, mark, blank, gone or spelled takes the slow way.
const (
	plain    trait = 1 << (21 + iota) // becomes one rune and never changes with the rune before
	mark                              // stays, but may change place or merge with the rune before
	blank                             // white space
	gone                              // shows nothing
	joins                             // what is not a base: it belongs to the rune before
	merges                            // a mark that some rune before it takes in
	takes                             // a base that takes in some mark after it
	trails                            // a base that ends in marks, so that one after it may have to go before them
	spelled                           // becomes what its page spells at that place; no mark may follow
	letter                            // a letter or mark of a script with capitals, or a letter that looks like one
	latin                             // a Latin letter that stands for itself
	accented                          // a Latin letter that ASCII lacks
	native                            // a Latin letter that some languages need and others may take for one of ASCII
	alike                             // a letter that looks like one of ASCII
	loose                             // a letter that looks like one of ASCII as a capital, or between such
	foreign                           // a letter that looks like nothing in ASCII
)

const (
	changeMask = 1<<21 - 1
	classShift = 40
	lookShift  = 48
)

// becomes returns what r becomes, for a plain rune.
func (t trait) becomes(r rune) rune { return r ^ rune(t&changeMask) }

// class returns the canonical combining class of a mark.
func (t trait) class() uint8 { return uint8(t >> classShift & 0xFF) }

// look returns the lower-case ASCII letter that the rune is taken for; 0: none.
func (t trait) look() byte { return byte(t >> lookShift & 0xFF) }

// pair is a rune and a mark that it takes in.
type pair struct{ base, mark rune }

// Traits are worked out for pageSize runes when one of them is first met: a
// text needs few of the 8704 pages, and working out all takes a second.
const (
	pageBits = 7
	pageSize = 1 << pageBits
)

type page struct {
	traits  [pageSize]trait
	spelled []string
}

// runes holds the traits of all runes.
type runes struct {
	pages [(unicode.MaxRune + 1) >> pageBits]atomic.Pointer[page]
	usual page // a page on which every rune stays as it is: all of Han share it
	pairs map[pair]rune
}

// runeTraits returns the one table. It is filled as it is read.
func runeTraits() *runes { return traitTable() }

//nolint:gochecknoglobals // a cache of constants: every caller sees the same, whoever fills it
var traitTable = sync.OnceValue(func() *runes {
	t := &runes{}
	for i := range t.usual.traits {
		t.usual.traits[i] = plain
	}
	t.pairs = canonicalPairs()
	return t
})

// canonicalPairs returns the composed runes of the scripts that are written
// with pairs, by what each is composed of. The Unicode tables do the others.
func canonicalPairs() map[pair]rune {
	pairs := map[pair]rune{}
	for r := rune(0xC0); r < 0x3100; r++ {
		apart := norm.NFC.PropertiesString(string(r)).Decomposition()
		if apart == nil || !norm.NFC.IsNormalString(string(r)) {
			continue
		}
		last, size := utf8.DecodeLastRune(apart)
		base, rest := utf8.DecodeRune(norm.NFC.Bytes(apart[:len(apart)-size]))
		if rest > 0 {
			pairs[pair{base, last}] = r
		}
	}
	return pairs
}

// of returns the trait of a valid rune.
func (t *runes) of(r rune) trait {
	p := t.pages[r>>pageBits].Load()
	if p == nil {
		p = t.fill(r >> pageBits)
	}
	return p.traits[r&(pageSize-1)]
}

// spelling returns what r becomes, whose trait says that it is spelled.
func (t *runes) spelling(r rune, of trait) string {
	return t.pages[r>>pageBits].Load().spelled[of&changeMask]
}

// composed returns the rune that a base and a mark after it are composed to; 0: none that is known here.
func (t *runes) composed(base, mark rune) rune {
	const leads, vowels, tails, syllables = 0x1100, 0x1161, 0x11A7, 0xAC00 // Unicode 3.12
	switch {
	case leads <= base && base < leads+19 && vowels <= mark && mark < vowels+21:
		return syllables + ((base-leads)*21+mark-vowels)*28
	case syllables <= base && base < syllables+11172 && (base-syllables)%28 == 0 && tails < mark && mark < tails+28:
		return base + mark - tails
	}
	return t.pairs[pair{base, mark}]
}

func (t *runes) fill(n rune) *page {
	p := new(page)
	w := worker{fold: cases.Fold()}
	for i := range p.traits {
		r := n<<pageBits + rune(i)
		p.traits[i] = w.trait(r)
		if p.traits[i]&(joins|plain|blank|gone) == 0 {
			p.traits[i] |= spelled | trait(len(p.spelled))
			p.spelled = append(p.spelled, string(appendWords([]byte{'x'}, w.normal(string(r)))[1:]))
		}
	}
	if p.traits == t.usual.traits {
		p = &t.usual
	}
	t.pages[n].Store(p)
	return p
}

// trait works out the trait of r from what the Unicode tables say of it.
func (w *worker) trait(r rune) trait {
	switch {
	case r == utf8.RuneError, hidden(r), !utf8.ValidRune(r):
		return gone
	case unicode.IsSpace(r):
		return blank
	}
	s := string(r)
	composed := norm.NFKC.String(s)
	whole := string(w.normal(s))
	first, _ := utf8.DecodeRuneInString(composed)
	last, size := utf8.DecodeRuneInString(whole)
	single := whole != "" && size == len(whole) && string(first) == composed
	base := starts(r) && starts(first) && starts(last)
	t := lookOf(r) | neighbourly(r) | neighbourly(first) | neighbourly(last)
	if !base {
		t |= joins
	}
	switch {
	case whole == " " && base:
		t |= blank
	case single && base:
		t |= plain | trait(r^last) //nolint:gosec // two runes differ in 21 bits
	case single && last == r:
		t |= mark | trait(norm.NFKC.PropertiesString(s).CCC())<<classShift
		if norm.NFKC.QuickSpanString(s) < len(s) {
			t |= merges
		}
	}
	return t
}

// neighbourly returns whether r takes marks in, or ends in one.
func neighbourly(r rune) trait {
	t, p := trait(0), norm.NFKC.PropertiesString(string(r))
	if !p.BoundaryAfter() {
		t |= takes
	}
	if p.TrailCCC() > 0 {
		t |= trails
	}
	return t
}

// starts reports whether normalisation changes nothing before r for its sake.
func starts(r rune) bool { return norm.NFKC.PropertiesString(string(r)).BoundaryBefore() }
