package match

import (
	"strings"

	"example.org/tocsin/canon"
	"example.org/tocsin/models"
)

// search is the work on one host. It lives on the stack.
type brandSearch struct {
	hostView

	b     *brands
	t     *nearby
	asked int64 // the time at which a domain must be protected, Unix milliseconds
	best  likeness
	site  site
	last  sighting // the one before: several keys lead to one name

	seen, weighed int
}

// sighting is a name that a part of a host is equal or near to.
type sighting struct {
	name     int
	from, to int  // letters
	label    int  // of the host; -1: inside one, or across several
	same     bool // letter for letter
	pairs    bool // with pairs of letters merged
}

// The work on one host is bounded: what is dropped at a glance, and what is
// weighed. A host with more to weigh looks like so many brands that it does not matter which is told.
const (
	mostSightings = 256
	mostWeighed   = 32
)

// empty reports whether there is no name to look like.
func (b *brands) empty() bool { return b.nearby.Load() == nil }

// like returns the protected domain that a canonical host looks like most, if
// it looks like one that is protected at the given time in Unix milliseconds. A protected
// domain and what is below it look like nothing.
func (b *brands) like(host string, at int64) (likeness, bool) {
	t := b.nearby.Load()
	if t == nil || host == "" || len(host) > maxLetters {
		return likeness{}, false
	}
	s := brandSearch{b: b, t: t, asked: at}
	s.read(host, b)
	for i := range s.count - 1 { // the last is a suffix, always
		if l := &s.labels[i]; l.to-l.from >= fewestLetters {
			s.whole(i, l)
		}
	}
	s.inside()
	return s.best, s.best.domain != "" && !s.site.own
}

// whole looks for names that a label, or a word of it, is equal or near to.
func (s *brandSearch) whole(i int, l *hostLabel) {
	from, to := int(l.from), int(l.to)
	s.span(from, to, sighting{label: i}, l)
	if !l.hyphens {
		return
	}
	start := from
	for end := from + 1; end <= to; end++ {
		if s.edges[end]&(hyphenEdge|dotEdge) == 0 {
			continue
		}
		if end-start >= fewestLetters && end-start < to-from {
			s.span(start, end, sighting{label: i}, l)
		}
		start = end
	}
}

// span looks for names that some letters are equal or near to, as they are and with pairs merged.
func (s *brandSearch) span(from, to int, seen sighting, l *hostLabel) {
	if to-from > maxName {
		return
	}
	seen.from, seen.to = from, to
	s.near(&s.letterRow, from, to, seen)
	if !l.pairs {
		return
	}
	var room [maxName]byte
	var r letterRow
	for _, c := range canon.AppendSkeleton(room[:0], string(s.letters[from:to])) {
		r.add(min(c, otherLetter), &s.b.hash)
	}
	seen.pairs = true
	if r.n >= fewestLetters {
		s.near(&r, 0, r.n, seen)
	}
}

// near looks for names that are equal to some letters or one edit away.
func (s *brandSearch) near(r *letterRow, from, to int, seen sighting) {
	h := &s.b.hash
	if x := r.part(from, to, h); s.t.may(x) {
		s.under(x, r.letters[from:to], seen)
	}
	if to-from < fewestEditable-1 {
		return
	}
	for i := from; i < to; i++ {
		if i > from && r.letters[i] == r.letters[i-1] {
			continue
		}
		if x := r.without(from, to, i, h); s.t.may(x) {
			s.under(x, r.letters[from:to], seen)
		}
	}
}

// under weighs every name under a hash that the letters are indeed equal or near to.
func (s *brandSearch) under(x uint64, letters []byte, seen sighting) {
	for i, at := s.t.next(x, s.t.home(x)); i >= 0; i, at = s.t.next(x, at) {
		n := (*s.b.names.Load())[i]
		seen.name = i
		seen.same = string(letters) == n.letters || seen.label >= 0 && string(letters) == n.skeleton
		if !seen.same && (seen.label < 0 || len(n.letters) < fewestEditable || !oneEdit(letters, n.letters) && !oneEdit(letters, n.skeleton)) {
			continue
		}
		if seen != s.last && s.seen < mostSightings {
			s.last = seen
			s.seen++
			s.weigh(seen, n)
		}
	}
}

// inside looks for names that begin at any letter, also across dots.
func (s *brandSearch) inside() {
	h := &s.b.hash
	end := int(s.labels[s.count-1].from)
	for from := 0; from+opening <= end; from++ {
		lengths := s.t.lengths(s.part(from, from+opening, h))
		for n := opening; lengths != 0 && from+n <= end; n++ {
			if lengths&1 != 0 {
				if x := s.part(from, from+n, h); s.t.may(x) {
					s.under(x, s.letters[from:from+n], sighting{from: from, to: from + n, label: -1})
				}
			}
			lengths >>= 1
		}
	}
}

// site is where a host is registered; it is only asked for once a name has been seen.
type site struct {
	known  bool
	own    bool // a protected domain or below one
	risky  bool // under a suffix that costs nothing, or a customer of a site builder
	label  int  // the registered label
	end    int  // of it, in letters: the suffix begins here
	suffix string
	bait   [2]hostSpan // the first and the last word that is a bait
}

// hostSpan is some letters of a host.
type hostSpan struct{ from, to int }

func (s *brandSearch) located() *site {
	p := &s.site
	if p.known {
		return p
	}
	p.known = true
	root := canon.RegisteredDomain(s.host)
	if root == "" {
		root = s.host
	}
	_, p.suffix, _ = strings.Cut(root, ".")
	p.label = max(0, s.count-1-strings.Count(root, "."))
	p.end = int(s.labels[p.label].to)
	_, risky := s.b.words.risky[p.suffix]
	p.risky = risky || canon.IsHub(root) || canon.IsHub(p.suffix)
	s.findBaits()
	p.own = givesNoNames(root) || givesNoNames(p.suffix) || s.owned()
	return p
}

// matters reports whether a sighting is to be weighed: not in the suffix, and not at home.
func (s *brandSearch) matters(seen sighting) bool {
	if s.weighed >= mostWeighed {
		return false
	}
	p := s.located()
	s.weighed++
	return !p.own && seen.to <= p.end
}

// findBaits looks for the bait words of a host.
func (s *brandSearch) findBaits() {
	p := &s.site
	p.bait = [2]hostSpan{{from: -1, to: maxLetters + 1}, {from: -1, to: maxLetters + 1}}
	from := 0
	for to := 1; to <= p.end; to++ {
		if s.edges[to]&wordEdge == 0 {
			continue
		}
		if to-from > 2 && made(s.b.words.baits, s.letters[from:to], 1) {
			p.bait[1] = hostSpan{from, to}
			if p.bait[0].from < 0 {
				p.bait[0] = p.bait[1]
			}
		}
		from = to
	}
}

// owned reports whether the host is a protected domain or below one.
func (s *brandSearch) owned() bool {
	for i := range s.count {
		l := &s.labels[i]
		if l.from == l.to {
			continue
		}
		x := s.part(int(l.from), int(l.to), &s.b.hash)
		for i, at := s.t.next(x, s.t.home(x)); i >= 0; i, at = s.t.next(x, at) {
			for _, d := range *(*s.b.names.Load())[i].domains.Load() {
				if (s.host == d.root || strings.HasSuffix(s.host, d.root) && s.host[len(s.host)-len(d.root)-1] == '.') && s.held(d.domain) {
					return true
				}
			}
		}
	}
	return false
}

func (s *brandSearch) held(domain string) bool {
	return s.b.protects == nil || s.b.protects(domain, s.asked)
}

// keep remembers the heaviest likeness.
func (s *brandSearch) keep(n *brandName, how models.How, weight float64) {
	if weight < faintest || weight <= s.best.weight {
		return
	}
	for _, d := range *n.domains.Load() {
		if s.held(d.domain) {
			s.best = likeness{domain: d.domain, how: how, weight: weight}
			return
		}
	}
}

// givesNoNames lists domains of content networks and of the reverse zone: the
// names below them hold whole domains of customers, and nobody else can have one.
func givesNoNames(root string) bool {
	switch root {
	case "akadns.net", "akamai.net", "akamaiedge.net", "akamaihd.net", "akamaized.net", "akahost.net", "edgekey.net", "edgesuite.net",
		"edgekey-staging.net", "aaplimg.com", "cloudflare.net", "fastly.net", "fastlylb.net", "cdngc.net", "llnwd.net", "lldns.net", "footprint.net",
		"cdn.cloudflare.net", "map.fastly.net", "global.ssl.fastly.net", "cdn20.com", "wscdns.com", "kunlunca.com", "alikunlun.com", "tcdn.qq.com", "cdnhwc1.com", "arpa", "in-addr.arpa", "ip6.arpa":
		return true
	}
	return strings.HasSuffix(root, ".arpa")
}
