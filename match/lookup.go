package match

import (
	"runtime"
	"strings"
	"time"

	"example.org/tocsin/canon/link"
	"example.org/tocsin/models"
)

// Lookup returns the hits of one indicator, narrowest first, without a place; if there
// are none, the leads. A miss allocates nothing (TestMissAllocatesNothing).
func (x *Index) Lookup(i models.Indicator, now time.Time) []models.Hit {
	at := now.UnixMilli()
	return x.appendLeads(x.appendHits(nil, i, at), 0, i, at)
}

// Covered returns the protected signature (level imitated) that i falls under, the
// narrowest if there are several. A protected domain covers the links and addresses under
// it, except at a hub, where everybody may put up a page. A lead covers nothing.
func (x *Index) Covered(i models.Indicator, now time.Time) (models.Hit, bool) {
	for _, h := range x.appendHits(nil, i, now.UnixMilli()) {
		if h.Level == models.Imitated {
			return h, true
		}
	}
	return models.Hit{}, false
}

// appendHits appends the hits of one indicator, without leads.
func (x *Index) appendHits(hits []models.Hit, i models.Indicator, at int64) []models.Hit {
	kind := kindBits(i.Kind)
	switch kind {
	case 0:
		return hits
	case kindPhone:
		return x.appendPhoneHits(hits, i.Value, at)
	case kindURL:
		return x.appendURLHits(hits, i.Value, at)
	default:
	}
	hits = x.signatures.appendLookup(hits, ruleExact|kind, i.Value, models.MatchSame, at)
	switch kind {
	case kindDomain:
		return x.appendParentHits(hits, i.Value, parentDomain(i.Value), at)
	case kindEmail:
		_, host, _ := strings.Cut(i.Value, "@")
		return x.appendParentHits(hits, host, host, at)
	default:
		return hits
	}
}

// appendLeads appends what an indicator, whose own hits are those from the given one on,
// is much like: blocks and series only if it has none, look-alikes in any case.
func (x *Index) appendLeads(hits []models.Hit, from int, i models.Indicator, at int64) []models.Hit {
	alone := len(hits) == from
	switch i.Kind {
	case models.Phone:
		if digits := packPhone(i.Value); alone && digits>>(bitsPerDigit*(minBlockDigits-1)) != 0 {
			return x.signatures.appendBlockLead(hits, digits, at)
		}
	case models.URL:
		if alone {
			hits = x.signatures.appendSeriesLead(hits, i.Value, at)
		}
		if x.brands.Empty() {
			return hits
		}
		return x.appendLookalikeHit(hits, from, hostOf(i.Value), at)
	case models.Domain:
		return x.appendLookalikeHit(hits, from, i.Value, at)
	case models.Email:
		_, host, _ := strings.Cut(i.Value, "@")
		return x.appendLookalikeHit(hits, from, host, at)
	case models.Account, models.Wallet, models.Handle, models.App, models.Text:
	}
	return hits
}

// appendLookalikeHit appends a hit of the protected domain that a host looks like, unless
// the hits from the given one on say that it is protected itself, or cleared.
func (x *Index) appendLookalikeHit(hits []models.Hit, from int, host string, at int64) []models.Hit {
	for _, h := range hits[from:] {
		if h.Level == models.Imitated || h.Level == models.Cleared {
			return hits
		}
	}
	l, ok := x.brands.Find(host, at)
	if !ok {
		return hits
	}
	n := len(hits)
	if hits = x.signatures.appendLookup(hits, exactDomain, l.Domain, l.MatchType, at); len(hits) > n {
		hits[n].Similarity = roundWeight(l.Similarity)
	}
	return hits
}

// isActive reports whether the signature of that rule, kind and value counts at that
// time, and of a domain, that it is protected.
func (x *Index) isActive(rk ruleKind, value string, at int64) bool {
	var t target
	x.signatures.fillTarget(&t, rk, value)
	r, _ := x.signatures.find(t.hash, t.digits, t.ruleKind, t.head, t.tail)
	if r == nil {
		return false
	}
	word, ends := r.load()
	l := x.signatures.labels.label(labelOf(word))
	runtime.KeepAlive(x)
	return l.active(ends, at) && (rk != exactDomain || l.level == models.Imitated)
}

// appendHitOf appends the hit of the signature of that key, if it is active.
func (x *Index) appendHitOf(hits []models.Hit, k key, how models.MatchType, at int64) []models.Hit {
	rk, ok := ruleKindOf(k.rule, k.kind)
	if !ok {
		return hits
	}
	return x.signatures.appendLookup(hits, rk, k.value, how, at)
}

// appendPhoneHits appends the hits of a phone number: of itself and of its ranges.
func (x *Index) appendPhoneHits(hits []models.Hit, phone string, at int64) []models.Hit {
	hits = x.signatures.appendHit(hits, x.signatures.findPhone(phone), phone, "", models.MatchSame, at)
	for _, r := range x.ranges.containing(phone) {
		hits = x.signatures.appendLookup(hits, rangePhone, r.value, models.MatchRange, at)
	}
	return hits
}

// maxStackParts is the most hosts or paths of a link that are hashed without memory of
// their own.
const maxStackParts = 8

// appendURLHits appends the hits of a link: of itself, its expressions, and the domains
// above it. Each host and each path is hashed once, and the table searched for all pairs
// (Safe Browsing's suffix/prefix expressions, see link.Expressions); most are ruled out
// by the filter. TestLinkIsLookedUpByAllItsExpressions holds it.
func (x *Index) appendURLHits(hits []models.Hit, url string, at int64) []models.Hit {
	s := &x.signatures
	parts := link.Split(url)
	var buf [2 * maxStackParts]uint64
	hosts := s.appendHashes(buf[:0:maxStackParts], parts.Hosts())
	paths := s.appendHashes(buf[maxStackParts:maxStackParts], parts.Paths())
	path := s.empty // a link without a path is its host alone
	host := parts.Hosts()[0]
	if len(host) < len(url) {
		path = paths[0]
	}
	r, _ := s.find(s.combine(hosts[0], path, exactURL), 0, exactURL, host, url[len(host):])
	hits = s.appendHit(hits, r, url, "", models.MatchSame, at)
	for h, host := range hosts {
		for p, path := range paths {
			hash := s.combine(host, path, expressionURL)
			if s.lacks(hash) {
				continue
			}
			head, tail := parts.Hosts()[h], parts.Paths()[p]
			r, _ = s.find(hash, 0, expressionURL, head, tail)
			hits = s.appendHit(hits, r, head, tail, models.MatchPrefix, at)
		}
	}
	return x.appendHostHits(hits, parts.Hosts(), hosts, at)
}

// appendHashes appends the hashes of texts.
func (h *hasher) appendHashes(dst []uint64, texts []string) []uint64 {
	for _, text := range texts {
		dst = append(dst, h.hashString(text))
	}
	return dst
}

// appendHostHits appends the hits of signatures of the domains that a link is under. Its
// hosts, whose hashes are known, are these domains unless it has a port, or more labels
// than its expressions have.
func (x *Index) appendHostHits(hits []models.Hit, hosts []string, hashes []uint64, at int64) []models.Hit {
	host := trimPort(hosts[0])
	if host != hosts[0] || len(hosts) > 1 && len(hosts[1]) != len(parentDomain(host)) {
		return x.appendParentHits(hits, host, host, at)
	}
	for n, d := range hosts {
		hash := x.signatures.combine(hashes[n], 0, exactDomain)
		if x.signatures.lacks(hash) {
			continue
		}
		r, _ := x.signatures.find(hash, 0, exactDomain, d, "")
		if r != nil && link.CrossesHub(host, d) {
			break // and so is every parent
		}
		hits = x.signatures.appendHit(hits, r, d, "", models.MatchUnderDomain, at)
	}
	return hits
}

// appendParentHits appends the hits of signatures of the domain first and its parents, for
// something at host. Only a domain that was found is checked for being shared by many:
// nearly all are not there.
func (x *Index) appendParentHits(hits []models.Hit, host, first string, at int64) []models.Hit {
	for d := first; d != ""; d = parentDomain(d) {
		r, _ := x.signatures.find(x.signatures.combine(x.signatures.hashString(d), 0, exactDomain), 0, exactDomain, d, "")
		if r != nil && link.CrossesHub(host, d) {
			break // and so is every parent
		}
		hits = x.signatures.appendHit(hits, r, d, "", models.MatchUnderDomain, at)
	}
	return hits
}

// hostOf returns the host of a canonical link, which has no scheme and no user.
func hostOf(url string) string {
	if n := strings.IndexByte(url, '/'); n >= 0 {
		url = url[:n]
	}
	return trimPort(url)
}

// trimPort returns a host without its port; the colons of an IPv6 address in brackets
// are none.
func trimPort(host string) string {
	if n := strings.LastIndexByte(host, ':'); n >= 0 && host[len(host)-1] != ']' {
		return host[:n]
	}
	return host
}

// parentDomain returns the domain above d, or "".
func parentDomain(d string) string {
	_, above, _ := strings.Cut(d, ".")
	return above
}
