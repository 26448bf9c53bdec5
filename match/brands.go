package match

import (
	"strings"
	"sync/atomic"

	"example.org/tocsin/canon"
	"example.org/tocsin/models"
)

const (
	fewestLetters  = 3  // shorter names are not looked for
	fewestEditable = 5  // nor shorter ones with an edit: everything is one edit away from them
	maxName        = 63 // letters of a label, and so of a name
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
type brands struct {
	protects func(domain string, at int64) bool // whether a domain is in the register at that time; nil: always

	hash  letterHash
	look  [256]byte   // what each ASCII character looks like
	pairs [128]uint32 // by a letter: those that look like one letter after it, as bits
	words *lexicon    // made with the first name

	names  atomic.Pointer[[]*brandName]
	nearby atomic.Pointer[nearby] // nil until the first name
	size   int64                  // bytes of names; writer only
}

// name is what the domains of a brand have in common.
type brandName struct {
	label    string  // as it is registered
	letters  string  // what that looks like, letter by letter
	skeleton string  // the same with pairs merged
	digits   int     // of the label
	bits     float64 // how rare it is: see lexicon.bits
	domains  atomic.Pointer[[]protectedDomain]
}

// protected is one domain of the register.
type protectedDomain struct {
	domain string
	root   string // what its owner registered: everything below it is the owner's
}

// likeness is a protected domain that a host looks like.
type likeness struct {
	domain string
	how    models.How
	weight float64 // 0 to 1: how much it says that the likeness is meant
}

// What a name and a domain take besides their letters, in bytes.
const (
	nameSize   = 160
	domainSize = 48
)

func (b *brands) init() {
	b.hash.init()
	for c := range 256 {
		b.look[c] = otherLetter
		if s := canon.AppendLookalikes(nil, string(rune(c))); c < otherLetter && len(s) == 1 {
			b.look[c] = s[0]
		}
	}
	for first := byte('a'); first <= 'z'; first++ {
		for second := byte('a'); second <= 'z'; second++ {
			if len(canon.Skeleton(string([]byte{first, second}))) == 1 {
				b.pairs[first] |= 1 << (second & 31)
			}
		}
	}
	b.names.Store(&[]*brandName{})
}

// add makes hosts that look like a canonical domain be found.
func (b *brands) add(domain string) {
	p, label := owned(domain)
	letters := strings.NewReplacer("-", "", "_", "").Replace(string(canon.AppendLookalikes(nil, label)))
	if len(letters) < fewestLetters || strings.Trim(label, "-_0123456789") == "" || !plainASCII(letters) {
		return
	}
	if b.words == nil {
		b.words = newLexicon()
	}
	n := b.named(label, letters)
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
	b.size += int64(len(domain) + domainSize)
	if len(domains) == 1 {
		b.list(n)
	}
}

// owned returns what is protected with a domain, and the label that people know
// it by. Of a site builder's customer that is the label below the builder's.
func owned(domain string) (p protectedDomain, label string) {
	root := canon.RegisteredDomain(domain)
	if root == "" {
		root = domain
	}
	if canon.IsHub(root) && len(root) < len(domain) {
		root = domain[strings.LastIndexByte(domain[:len(domain)-len(root)-1], '.')+1:]
	}
	label, _, _ = strings.Cut(root, ".")
	return protectedDomain{domain: domain, root: root}, label
}

// named returns the name of that label: the one that is listed, or a new one.
func (b *brands) named(label, letters string) *brandName {
	if t := b.nearby.Load(); t != nil {
		var r letterRow
		for i := range len(letters) {
			r.add(letters[i], &b.hash)
		}
		x := r.part(0, r.n, &b.hash)
		for i, at := t.next(x, t.home(x)); i >= 0; i, at = t.next(x, at) {
			if n := (*b.names.Load())[i]; n.label == label {
				return n
			}
		}
	}
	b.size += int64(nameSize + 3*len(label))
	return &brandName{label: label, letters: letters, skeleton: canon.Skeleton(label), digits: countDigits(label), bits: b.words.bits(letters)}
}

// list makes a new name be found.
func (b *brands) list(n *brandName) {
	old := *b.names.Load()
	names := append(old, n) //nolint:gocritic // readers of the old slice do not look behind its end
	b.names.Store(&names)
	t := b.nearby.Load()
	if t != nil && !t.full() {
		b.put(t, n, len(old))
		return
	}
	t = newNearby(max(64, 2*len(names)))
	for i, n := range names {
		b.put(t, n, i)
	}
	b.nearby.Store(t)
}

// put enters one name with all that is one letter less.
func (b *brands) put(t *nearby, n *brandName, index int) {
	t.names++
	b.putForm(t, n.letters, index)
	if n.skeleton != n.letters {
		b.putForm(t, n.skeleton, index)
	}
}

func (b *brands) putForm(t *nearby, form string, index int) {
	var r letterRow
	for i := range len(form) {
		r.add(form[i], &b.hash)
	}
	t.put(r.part(0, r.n, &b.hash), uint32(index)) //nolint:gosec // names of the register: far fewer than 2^32
	if r.n >= opening {
		t.begin(r.part(0, opening, &b.hash), r.n)
	}
	if r.n < fewestEditable {
		return
	}
	for i := range r.n {
		if i == 0 || form[i] != form[i-1] {
			t.put(r.without(0, r.n, i, &b.hash), uint32(index)) //nolint:gosec // as above
		}
	}
}

// bytes estimates the memory that the names take. It is for the writer.
func (b *brands) bytes() int64 {
	t := b.nearby.Load()
	if t == nil {
		return 0
	}
	return t.bytes() + b.size + int64(cap(*b.names.Load()))*8
}

func countDigits(s string) int {
	n := 0
	for i := range len(s) {
		if digitByte(s[i]) {
			n++
		}
	}
	return n
}

func plainASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= otherLetter {
			return false
		}
	}
	return true
}
