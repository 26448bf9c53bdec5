package brands

import (
	"strings"

	"example.org/tocsin/canon/link"
	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

// brandSearch is the search for one host. It lives on the stack.
type brandSearch struct {
	parsedHost

	b            *Index
	t            *deletionIndex
	now          int64 // the time at which a domain must be protected, Unix milliseconds
	best         Lookalike
	registration hostRegistration
	previous     candidate // the one before: several keys lead to one name, which counts once

	candidateCount, scoredCount int
}

// candidate is a name that a part of a host is equal or near to.
type candidate struct {
	nameIndex   int  // in Index.names
	from, to    int  // letters of the host, the last not included
	label       int  // of the host; -1: inside one, or across several
	exact       bool // letter for letter, as they look
	mergedPairs bool // with pairs of letters merged
}

// The work for one host is bounded. A host with more candidates looks like so
// many brands that it does not matter which of them is told.
const (
	maxNameCandidates = 256 // looked at
	maxScored         = 32  // of those, how many are scored
)

// Empty reports whether there is no name to look like.
func (b *Index) Empty() bool { return b.deletions.Load() == nil }

// Find returns the protected domain that a canonical host looks like most, and
// false if it looks like none that is protected at the given time in Unix
// milliseconds. A protected domain and what is below it look like nothing; nor does
// what is below a content network, which serves protected domains under its own name.
// An IP address looks like nothing either: its digits are no letters.
func (b *Index) Find(host string, at int64) (Lookalike, bool) {
	t := b.deletions.Load()
	if t == nil || host == "" || len(host) > maxHostLetters || link.IsIPAddress(host) {
		return Lookalike{}, false
	}
	s := brandSearch{b: b, t: t, now: at}
	s.parse(host, b)
	for i := range s.count - 1 { // the last is always a suffix
		if l := &s.labels[i]; l.to-l.from >= minNameLetters {
			s.searchLabel(i, l)
		}
	}
	s.searchSubstrings()
	return s.best, s.best.Domain != "" && !s.registration.protected
}

// searchLabel looks for names that a label, or a word of it, is equal or near to.
func (s *brandSearch) searchLabel(i int, l *hostLabel) {
	from, to := int(l.from), int(l.to)
	s.searchSpan(from, to, candidate{label: i}, l)
	if !l.hyphens {
		return
	}
	start := from
	for end := from + 1; end <= to; end++ {
		if s.boundaries[end]&(hyphenBoundary|dotBoundary) == 0 {
			continue
		}
		if end-start >= minNameLetters && end-start < to-from {
			s.searchSpan(start, end, candidate{label: i}, l)
		}
		start = end
	}
}

// searchSpan looks for names that some letters are equal or near to, as they are
// and with pairs merged.
func (s *brandSearch) searchSpan(from, to int, cand candidate, l *hostLabel) {
	if to-from > maxNameLetters {
		return
	}
	cand.from, cand.to = from, to
	s.searchNear(&s.letterRow, from, to, cand)
	if !l.pairs {
		return
	}
	var buf [maxNameLetters]byte
	var r letterRow
	for _, c := range text.AppendSkeleton(buf[:0], string(s.letters[from:to])) {
		r.add(min(c, nonASCIILetter), &s.b.hash)
	}
	cand.mergedPairs = true
	if r.n >= minNameLetters {
		s.searchNear(&r, 0, r.n, cand)
	}
}

// searchNear looks for names that are equal to some letters or one edit away, by
// the deletion neighbourhood of the letters. Letters one shorter than any editable
// name may still miss a letter, so they are searched too.
func (s *brandSearch) searchNear(r *letterRow, from, to int, cand candidate) {
	h := &s.b.hash
	if x := r.hashRange(from, to, h); s.t.mayContain(x) {
		s.verifyCandidates(x, r.letters[from:to], cand)
	}
	if to-from < minEditableLetters-1 {
		return
	}
	for i := from; i < to; i++ {
		if i > from && r.letters[i] == r.letters[i-1] {
			continue // leaves the same letters as the one before
		}
		if x := r.hashWithout(from, to, i, h); s.t.mayContain(x) {
			s.verifyCandidates(x, r.letters[from:to], cand)
		}
	}
}

// verifyCandidates scores every name under a hash that the letters are indeed
// equal or near to. Inside a label only equal ones count.
func (s *brandSearch) verifyCandidates(x uint64, letters []byte, cand candidate) {
	for i, at := s.t.next(x, s.t.home(x)); i >= 0; i, at = s.t.next(x, at) {
		n := (*s.b.names.Load())[i]
		cand.nameIndex = i
		cand.exact = string(letters) == n.letters || cand.label >= 0 && string(letters) == n.skeleton
		if !cand.exact && (cand.label < 0 || !n.isNear(letters)) {
			continue
		}
		if cand != s.previous && s.candidateCount < maxNameCandidates {
			s.previous = cand
			s.candidateCount++
			s.score(cand, n)
		}
	}
}

// isNear reports whether letters are one edit away from a name that is long
// enough for that to mean something.
func (n *brandName) isNear(letters []byte) bool {
	return len(n.letters) >= minEditableLetters && (withinOneEdit(letters, n.letters) || withinOneEdit(letters, n.skeleton))
}

// searchSubstrings looks for names that begin at any letter, also across dots.
// The prefix of each place says which lengths there are to try; nearly always none.
func (s *brandSearch) searchSubstrings() {
	h := &s.b.hash
	end := int(s.labels[s.count-1].from)
	for from := 0; from+prefixLength <= end; from++ {
		lengths := s.t.lengthsWithPrefix(s.hashRange(from, from+prefixLength, h))
		for n := prefixLength; lengths != 0 && from+n <= end; n++ {
			if lengths&1 != 0 {
				if x := s.hashRange(from, from+n, h); s.t.mayContain(x) {
					s.verifyCandidates(x, s.letters[from:from+n], candidate{from: from, to: from + n, label: -1})
				}
			}
			lengths >>= 1
		}
	}
}

// hostRegistration is where a host is registered. It costs a search of the public
// suffix list, so it is found only once a name has been seen.
type hostRegistration struct {
	resolved   bool
	protected  bool // a protected domain or below one
	risky      bool // under a suffix that costs nothing, or a customer of a site builder
	labelIndex int  // the registered label
	end        int  // of it, in letters: the suffix begins here
	suffix     string
	keywords   [2]hostSpan // the first and the last word that is a phishing keyword
}

// hostSpan is some letters of a host.
type hostSpan struct{ from, to int }

// resolveRegistration returns where the host is registered, found out once.
func (s *brandSearch) resolveRegistration() *hostRegistration {
	p := &s.registration
	if p.resolved {
		return p
	}
	p.resolved = true
	registrable := link.RegistrableDomain(s.host)
	if registrable == "" {
		registrable = s.host
	}
	_, p.suffix, _ = strings.Cut(registrable, ".")
	p.labelIndex = max(0, s.count-1-strings.Count(registrable, "."))
	p.end = int(s.labels[p.labelIndex].to)
	_, risky := s.b.lexicon.riskySuffixes[p.suffix]
	p.risky = risky || link.IsHub(registrable) || link.IsHub(p.suffix)
	s.findKeywords()
	p.protected = isInfrastructureDomain(registrable) || isInfrastructureDomain(p.suffix) || s.isProtected()
	return p
}

// shouldScore reports whether a candidate is to be scored: neither in the suffix,
// nor of a host that is protected itself, nor one too many.
func (s *brandSearch) shouldScore(cand candidate) bool {
	if s.scoredCount >= maxScored {
		return false
	}
	p := s.resolveRegistration()
	s.scoredCount++
	return !p.protected && cand.to <= p.end
}

// findKeywords looks for the phishing keywords of a host. The first and the last
// are enough: a candidate has one beside it if it does not cover both.
func (s *brandSearch) findKeywords() {
	p := &s.registration
	p.keywords = [2]hostSpan{{from: -1, to: maxHostLetters + 1}, {from: -1, to: maxHostLetters + 1}}
	from := 0
	for to := 1; to <= p.end; to++ {
		if s.boundaries[to]&wordBoundary == 0 {
			continue
		}
		if to-from > 2 && segmentable(s.b.lexicon.keywords, s.letters[from:to], 1) {
			p.keywords[1] = hostSpan{from, to}
			if p.keywords[0].from < 0 {
				p.keywords[0] = p.keywords[1]
			}
		}
		from = to
	}
}

// isProtected reports whether the host is a protected domain or below one. Its
// labels lead to the names, and these to the domains.
func (s *brandSearch) isProtected() bool {
	for i := range s.count {
		l := &s.labels[i]
		if l.from == l.to {
			continue
		}
		x := s.hashRange(int(l.from), int(l.to), &s.b.hash)
		for i, at := s.t.next(x, s.t.home(x)); i >= 0; i, at = s.t.next(x, at) {
			for _, d := range *(*s.b.names.Load())[i].domains.Load() {
				if isAtOrBelow(s.host, d.registrable) && s.protectedNow(d.domain) {
					return true
				}
			}
		}
	}
	return false
}

// isAtOrBelow reports whether a host is a domain or below it.
func isAtOrBelow(host, domain string) bool {
	return host == domain || strings.HasSuffix(host, domain) && host[len(host)-len(domain)-1] == '.'
}

func (s *brandSearch) protectedNow(domain string) bool {
	return s.b.isProtected == nil || s.b.isProtected(domain, s.now)
}

// keepBest remembers the best likeness, if one of the name's domains is protected
// at the time of the search.
func (s *brandSearch) keepBest(n *brandName, how models.MatchType, weight float64) {
	if weight < minWeight || weight <= s.best.Similarity {
		return
	}
	for _, d := range *n.domains.Load() {
		if s.protectedNow(d.domain) {
			s.best = Lookalike{Domain: d.domain, MatchType: how, Similarity: weight}
			return
		}
	}
}

// isInfrastructureDomain lists domains of content networks and of reverse DNS: the
// names below them hold whole domains of customers, and nobody else can have one.
func isInfrastructureDomain(registrable string) bool {
	switch registrable {
	case "akadns.net", "akamai.net", "akamaiedge.net", "akamaihd.net", "akamaized.net", "akahost.net", "edgekey.net",
		"edgesuite.net", "edgekey-staging.net", "aaplimg.com", "cloudflare.net", "cdn.cloudflare.net", "fastly.net", "fastlylb.net",
		"map.fastly.net", "global.ssl.fastly.net", "cdngc.net", "llnwd.net", "lldns.net", "footprint.net", "cdn20.com", "wscdns.com",
		"kunlunca.com", "alikunlun.com", "tcdn.qq.com", "cdnhwc1.com", "arpa", "in-addr.arpa", "ip6.arpa":
		return true
	}
	return strings.HasSuffix(registrable, ".arpa")
}
