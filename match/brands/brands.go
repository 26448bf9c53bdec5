package brands

import (
	"strings"
	"sync/atomic"

	"example.org/tocsin/canon/link"
	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

const (
	minNameLetters     = 3  // shorter names are not looked for
	minEditableLetters = 5  // nor shorter ones with an edit: everything is one edit away from them
	maxNameLetters     = 63 // letters of a label, and so of a name
)

// brands finds hosts that look like a protected domain without being part of
// it. A domain's name is the label right below its public suffix, and a host
// looks like it if one of its labels, a word of one, or several labels read as one
//
//	are the same name once look-alike letters are taken for each other     n0rthbank, пorthbank
//	are one letter off it                                                  nortbank, northbanq
//	hold it as a word, or beside the words that baits are made of          northbank-login, mynorthbank
//	are the same name elsewhere                                            northbank.test, northbank.example.evil.test
//
// Names only come; whether a domain is still protected is for the caller to say. One writer and any
// number of readers work without locks. A name without a Latin letter is not looked for.
type Index struct {
	IsProtected func(domain string, at int64) bool // whether a domain is in the register at that time; nil: always

	hash    letterHash
	fold    [256]byte   // what each ASCII character looks like
	pairs   [128]uint32 // by a letter: those that look like one letter after it, as bits
	lexicon *lexicon    // made with the first name

	names     atomic.Pointer[[]*brandName]
	deletions atomic.Pointer[deletionIndex] // nil until the first name
	nameBytes int64                         // bytes of names; writer only
}

// name is what the domains of a brand have in common.
type brandName struct {
	label     string  // as it is registered
	letters   string  // what that looks like, letter by letter
	skeleton  string  // the same with pairs merged
	digits    int     // of the label
	surprisal float64 // how rare it is: see lexicon.bits
	domains   atomic.Pointer[[]protectedDomain]
}

// protected is one domain of the register.
type protectedDomain struct {
	domain      string
	registrable string // what its owner registered: everything below it is the owner's
}

// likeness is a protected domain that a host looks like.
type Lookalike struct {
	Domain     string
	MatchType  models.MatchType
	Similarity float64 // 0 to 1: how much it says that the likeness is meant
}

// What a name and a domain take besides their letters, in bytes.
const (
	nameOverhead   = 160
	domainOverhead = 48
)

func (b *Index) Init() {
	b.hash.init()
	for c := range 256 {
		b.fold[c] = nonASCIILetter
		if s := text.AppendLookalikes(nil, string(rune(c))); c < nonASCIILetter && len(s) == 1 {
			b.fold[c] = s[0]
		}
	}
	for first := byte('a'); first <= 'z'; first++ {
		for second := byte('a'); second <= 'z'; second++ {
			if len(text.Skeleton(string([]byte{first, second}))) == 1 {
				b.pairs[first] |= 1 << (second & 31)
			}
		}
	}
	b.names.Store(&[]*brandName{})
}

// add makes hosts that look like a canonical domain be found.
func (b *Index) Add(domain string) {
	p, label := newProtectedDomain(domain)
	letters := strings.NewReplacer("-", "", "_", "").Replace(string(text.AppendLookalikes(nil, label)))
	if len(letters) < minNameLetters || strings.Trim(label, "-_0123456789") == "" || !isASCII(letters) {
		return
	}
	if b.lexicon == nil {
		b.lexicon = newLexicon()
	}
	n := b.findOrNewName(label, letters)
	domains := []protectedDomain{p}
	if old := n.domains.Load(); old != nil {
		for _, d := range *old {
			if d.domain == domain {
				return
			}
		}
		domains = append(domains, *old...)
	}
	n.domains.Store(&domains)
	b.nameBytes += int64(len(domain) + domainOverhead)
	if len(domains) == 1 {
		b.insertName(n)
	}
}

// owned returns what is protected with a domain, and the label that people know
// it by. Of a site builder's customer that is the label below the builder's.
func newProtectedDomain(domain string) (p protectedDomain, label string) {
	registrable := link.RegisteredDomain(domain)
	if registrable == "" {
		registrable = domain
	}
	if link.IsHub(registrable) && len(registrable) < len(domain) {
		registrable = domain[strings.LastIndexByte(domain[:len(domain)-len(registrable)-1], '.')+1:]
	}
	label, _, _ = strings.Cut(registrable, ".")
	return protectedDomain{domain: domain, registrable: registrable}, label
}

// named returns the name of that label: the one that is listed, or a new one.
func (b *Index) findOrNewName(label, letters string) *brandName {
	if t := b.deletions.Load(); t != nil {
		var r letterRow
		for i := range len(letters) {
			r.add(letters[i], &b.hash)
		}
		x := r.hashRange(0, r.n, &b.hash)
		for i, at := t.next(x, t.home(x)); i >= 0; i, at = t.next(x, at) {
			if n := (*b.names.Load())[i]; n.label == label {
				return n
			}
		}
	}
	b.nameBytes += int64(nameOverhead + 3*len(label))
	return &brandName{label: label, letters: letters, skeleton: text.Skeleton(label), digits: countDigits(label), surprisal: b.lexicon.surprisal(letters)}
}

// list makes a new name be found.
func (b *Index) insertName(n *brandName) {
	old := *b.names.Load()
	names := append(old, n) //nolint:gocritic // readers of the old slice do not look behind its end
	b.names.Store(&names)
	t := b.deletions.Load()
	if t != nil && !t.needsGrowth() {
		b.indexName(t, n, len(old))
		return
	}
	t = newDeletionIndex(max(64, 2*len(names)))
	for i, n := range names {
		b.indexName(t, n, i)
	}
	b.deletions.Store(t)
}

// put enters one name with all that is one letter less.
func (b *Index) indexName(t *deletionIndex, n *brandName, index int) {
	t.names++
	b.indexForm(t, n.letters, index)
	if n.skeleton != n.letters {
		b.indexForm(t, n.skeleton, index)
	}
}

func (b *Index) indexForm(t *deletionIndex, form string, index int) {
	var r letterRow
	for i := range len(form) {
		r.add(form[i], &b.hash)
	}
	t.put(r.hashRange(0, r.n, &b.hash), uint32(index)) //nolint:gosec // names of the register: far fewer than 2^32
	if r.n >= prefixLength {
		t.addPrefix(r.hashRange(0, prefixLength, &b.hash), r.n)
	}
	if r.n < minEditableLetters {
		return
	}
	for i := range r.n {
		if i == 0 || form[i] != form[i-1] {
			t.put(r.hashWithout(0, r.n, i, &b.hash), uint32(index)) //nolint:gosec // as above
		}
	}
}

// bytes estimates the memory that the names take. It is for the writer.
func (b *Index) Bytes() int64 {
	t := b.deletions.Load()
	if t == nil {
		return 0
	}
	return t.bytes() + b.nameBytes + int64(cap(*b.names.Load()))*8
}

func countDigits(s string) int {
	n := 0
	for i := range len(s) {
		if isDigit(s[i]) {
			n++
		}
	}
	return n
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= nonASCIILetter {
			return false
		}
	}
	return true
}
