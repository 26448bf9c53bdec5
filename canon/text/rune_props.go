package text

import (
	"sync"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// runeProps is what normalisation does with one rune, and what the rune looks
// like. From the lowest bit on: the rune that it becomes, as the difference to
// itself (21 bits); the flags below; a byte of its canonical combining class; a
// byte of the ASCII letter that it looks like.
type runeProps uint64

// The flags of runeProps. A rune with none of propSimple, propMark, propSpace,
// propIgnorable and propExpands goes through the Unicode tables.
const (
	propSimple           runeProps = 1 << (21 + iota) // becomes one rune and never changes with the rune before
	propMark                                          // stays, but may change place or merge with the rune before
	propSpace                                         // white space
	propIgnorable                                     // shows nothing
	propExtend                                        // what is not a base: it belongs to the rune before
	propComposesBackward                              // a mark that some rune before it takes in
	propComposesForward                               // a base that takes in some mark after it
	propEndsInMark                                    // a base that ends in marks, so that one after it may have to go before them
	propExpands                                       // becomes the runes at this place of its page's expansions; no mark may follow
	propLetter                                        // a letter or mark of a script with capitals, or a letter that looks like one
	propLatin                                         // a Latin letter that stands for itself
	propAccented                                      // a Latin letter that ASCII lacks
	propLanguageLetter                                // a Latin letter that some languages need and others may take for one of ASCII
	propLookalike                                     // a letter that looks like one of ASCII
	propWeakLookalike                                 // a letter that looks like one of ASCII as a capital, or between such
	propOtherScript                                   // a letter that looks like nothing in ASCII
)

// Where the parts of runeProps stand.
const (
	mapMask        = 1<<21 - 1
	classShift     = 40
	lookalikeShift = 48
)

// mapped returns what r becomes, for a simple rune.
func (t runeProps) mapped(r rune) rune { return r ^ rune(t&mapMask) }

// class returns the canonical combining class of a mark (UAX #44).
func (t runeProps) class() uint8 { return uint8(t >> classShift & 0xFF) }

// lookalike returns the lower-case ASCII letter that the rune is taken for; 0:
// none.
func (t runeProps) lookalike() byte { return byte(t >> lookalikeShift & 0xFF) }

// compositionPair is a rune and a mark that it takes in.
type compositionPair struct{ base, mark rune }

// The table is filled for pageSize runes when one of them is first met: a
// text needs few of the 8704 pages, and working out all takes a second.
const (
	pageBits = 7
	pageSize = 1 << pageBits
)

// page holds the properties of pageSize runes that stand side by side, and what
// those with propExpands become.
type page struct {
	props      [pageSize]runeProps
	expansions []string
}

// runePropTable holds the properties of all runes. Pages are filled as they are
// read: two goroutines may fill the same one, and get the same.
type runePropTable struct {
	pages        [(unicode.MaxRune + 1) >> pageBits]atomic.Pointer[page]
	identityPage page // a page on which every rune stays as it is: all of Han share it
	compositions map[compositionPair]rune
}

// sharedRuneProps returns the one table.
func sharedRuneProps() *runePropTable { return runePropsOnce() }

// runePropsOnce makes the table, with no page filled.
//
//nolint:gochecknoglobals // a cache of constants: every caller sees the same, whoever fills it
var runePropsOnce = sync.OnceValue(func() *runePropTable {
	t := &runePropTable{}
	for i := range t.identityPage.props {
		t.identityPage.props[i] = propSimple
	}
	t.compositions = canonicalCompositions()
	return t
})

// canonicalCompositions returns the composed runes of the scripts that are
// written with pairs, by what each is composed of. The Unicode tables do the
// others, with their cluster.
func canonicalCompositions() map[compositionPair]rune {
	pairs := map[compositionPair]rune{}
	for r := rune(0xC0); r < 0x3100; r++ {
		decomposition := norm.NFC.PropertiesString(string(r)).Decomposition()
		if decomposition == nil || !norm.NFC.IsNormalString(string(r)) {
			continue
		}
		last, size := utf8.DecodeLastRune(decomposition)
		base, rest := utf8.DecodeRune(norm.NFC.Bytes(decomposition[:len(decomposition)-size]))
		if rest > 0 {
			pairs[compositionPair{base, last}] = r
		}
	}
	return pairs
}

// lookup returns the properties of a valid rune.
func (t *runePropTable) lookup(r rune) runeProps {
	p := t.pages[r>>pageBits].Load()
	if p == nil {
		p = t.fill(r >> pageBits)
	}
	return p.props[r&(pageSize-1)]
}

// expansion returns what r becomes, whose properties say that it expands.
func (t *runePropTable) expansion(r rune, of runeProps) string {
	return t.pages[r>>pageBits].Load().expansions[of&mapMask]
}

// compose returns the rune that a base and a mark after it are composed to; 0:
// none that is known here.
func (t *runePropTable) compose(base, mark rune) rune {
	const leads, vowels, tails, syllables = 0x1100, 0x1161, 0x11A7, 0xAC00 // Unicode 3.12
	switch {
	case leads <= base && base < leads+19 && vowels <= mark && mark < vowels+21:
		return syllables + ((base-leads)*21+mark-vowels)*28
	case syllables <= base && base < syllables+11172 && (base-syllables)%28 == 0 && tails < mark && mark < tails+28:
		return base + mark - tails
	}
	return t.compositions[compositionPair{base, mark}]
}

// fill works out page n and files it.
func (t *runePropTable) fill(n rune) *page {
	p := new(page)
	w := tableNormaliser{fold: cases.Fold()}
	for i := range p.props {
		r := n<<pageBits + rune(i)
		p.props[i] = w.props(r)
		if p.props[i]&(propExtend|propSimple|propSpace|propIgnorable) == 0 {
			// The x keeps a space at the beginning, which nothing would precede.
			p.props[i] |= propExpands | runeProps(len(p.expansions))
			p.expansions = append(p.expansions, string(appendCollapsed([]byte{'x'}, w.normalise(string(r)))[1:]))
		}
	}
	if p.props == t.identityPage.props {
		p = &t.identityPage
	}
	t.pages[n].Store(p)
	return p
}

// props works out the properties of r from what the Unicode tables say of it.
func (w *tableNormaliser) props(r rune) runeProps {
	switch {
	case r == utf8.RuneError, IsInvisible(r), !utf8.ValidRune(r):
		return propIgnorable
	case unicode.IsSpace(r):
		return propSpace
	}
	s := string(r)
	composed := norm.NFKC.String(s)
	whole := string(w.normalise(s))
	first, _ := utf8.DecodeRuneInString(composed)
	last, size := utf8.DecodeRuneInString(whole)
	single := whole != "" && size == len(whole) && string(first) == composed
	base := hasBoundaryBefore(r) && hasBoundaryBefore(first) && hasBoundaryBefore(last)
	t := lookalikeProps(r) | compositionProps(r) | compositionProps(first) | compositionProps(last)
	if !base {
		t |= propExtend
	}
	switch {
	case whole == " " && base:
		t |= propSpace
	case single && base:
		t |= propSimple | runeProps(r^last) //nolint:gosec // two runes differ in 21 bits
	case single && last == r:
		t |= propMark | runeProps(norm.NFKC.PropertiesString(s).CCC())<<classShift
		if norm.NFKC.QuickSpanString(s) < len(s) {
			t |= propComposesBackward
		}
	}
	return t
}

// compositionProps returns whether r takes marks in, or ends in one.
func compositionProps(r rune) runeProps {
	t, p := runeProps(0), norm.NFKC.PropertiesString(string(r))
	if !p.BoundaryAfter() {
		t |= propComposesForward
	}
	if p.TrailCCC() > 0 {
		t |= propEndsInMark
	}
	return t
}

// hasBoundaryBefore reports whether normalisation changes nothing before r for
// its sake.
func hasBoundaryBefore(r rune) bool { return norm.NFKC.PropertiesString(string(r)).BoundaryBefore() }
