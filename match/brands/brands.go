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
	minEditableLetters = 5  // shorter ones are found without an edit only: everything is one edit away from them
	maxNameLetters     = 63 // of a label (RFC 1035), and so of a name
)

// Index is a set of protected domains, searched by the hosts that look like one
// of them. Domains are only ever added. New makes one; the zero value is not ready.
//
// One goroutine may call Add and Bytes while any number call Find and Empty.
type Index struct {
	isProtected func(domain string, at int64) bool // nil: always

	hash    letterHash
	fold    [256]byte   // what each ASCII character looks like
	pairs   [128]uint32 // by a letter: those that look like one letter after it, as bits
	lexicon *lexicon    // made with the first name; writer only until the name is published

	names     atomic.Pointer[[]*brandName]
	deletions atomic.Pointer[deletionIndex] // nil until the first name
	nameBytes int64                         // bytes of names; writer only
}

// brandName is what the domains of one brand have in common: "northbank" of
// northbank.example and northbank.test. It never changes but for its domains.
type brandName struct {
	label     string  // as it is registered
	letters   string  // what that looks like, letter by letter, without hyphens
	skeleton  string  // the same with pairs merged: rn is m (UTS #39 skeleton)
	digits    int     // how many digits the label has
	surprisal float64 // how much it tells, in bits: see lexicon.surprisal
	domains   atomic.Pointer[[]protectedDomain]
}

// protectedDomain is one domain of the register.
type protectedDomain struct {
	domain      string
	registrable string // what its owner registered: everything below it is the owner's
}

// Lookalike is a protected domain that a host looks like.
type Lookalike struct {
	Domain     string           // as it was added
	MatchType  models.MatchType // the kind of likeness: skeleton, edit, contains, suffix or bit flip
	Similarity float64          // 0 to 1, neither included: how likely it is that the likeness is meant
}

// What a name and a domain take besides their letters, in bytes: structs,
// pointers and what the allocator rounds up.
const (
	nameOverhead   = 160
	domainOverhead = 48
)

// New returns an empty index. A domain counts as long as isProtected says so of
// it, at a time in Unix milliseconds; nil stands for always. It is called during
// Find, by many goroutines at once, and must not call Add.
func New(isProtected func(domain string, at int64) bool) *Index {
	b := &Index{isProtected: isProtected}
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
	return b
}

// Add makes hosts that look like a canonical domain be found. Adding one twice
// changes nothing. A domain is left out if its name has fewer than minNameLetters
// letters, nothing but digits, or a letter that looks like no Latin one.
func (b *Index) Add(domain string) {
	p, label := newProtectedDomain(domain)
	letters := strings.NewReplacer("-", "", "_", "").Replace(string(text.AppendLookalikes(nil, label)))
	if len(letters) < minNameLetters || strings.Trim(label, "-_0123456789") == "" || !text.AllASCII(letters) {
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

// newProtectedDomain returns what is protected with a domain, and the label that
// people know it by. Of a customer of a site builder (victim.github.io) that is the
// label below the builder's domain, and the builder itself is not protected.
func newProtectedDomain(domain string) (p protectedDomain, label string) {
	registrable := link.RegistrableDomain(domain)
	if registrable == "" {
		registrable = domain
	}
	if link.IsHub(registrable) && len(registrable) < len(domain) {
		registrable = domain[strings.LastIndexByte(domain[:len(domain)-len(registrable)-1], '.')+1:]
	}
	label, _, _ = strings.Cut(registrable, ".")
	return protectedDomain{domain: domain, registrable: registrable}, label
}

// findOrNewName returns the name of that label: the one that is indexed, or a
// new one that no reader can see yet.
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
	return &brandName{
		label: label, letters: letters, skeleton: text.Skeleton(label),
		digits: countDigits(label), surprisal: b.lexicon.surprisal(letters),
	}
}

// insertName publishes a new name: first in the list, then in the deletion
// index, which refers to places of the list; readers load in the opposite order.
// A full deletion index is built anew, twice as large, and published whole.
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

// indexName enters one name under its letters and its skeleton: either of them
// may be what a host was made to look like.
func (b *Index) indexName(t *deletionIndex, n *brandName, index int) {
	t.names++
	b.indexForm(t, n.letters, index)
	if n.skeleton != n.letters {
		b.indexForm(t, n.skeleton, index)
	}
}

// indexForm enters a spelling of a name and all that is left of it without one
// letter. Of a row of equal letters one is left out: without any of them the rest
// is the same.
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

// Bytes returns an estimate of the memory that the index takes. Only the
// goroutine that adds may call it, or one that excludes it.
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
