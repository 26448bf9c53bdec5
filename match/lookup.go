package match

import (
	"runtime"
	"strings"
	"time"

	"example.org/tocsin/canon"
	"example.org/tocsin/models"
)

// Lookup returns the hits of one indicator, narrowest first, without a place;
// if there are none, what it is much like. A miss allocates nothing.
func (x *Index) Lookup(i models.Indicator, now time.Time) []models.Hit {
	at := now.UnixMilli()
	return x.led(x.touching(nil, i, at), 0, i, at)
}

// Covered returns the protected signature (level imitated) that i falls under,
// the narrowest if there are several. A protected domain covers the links and
// addresses under it, except at a hub, where everybody may put up a page.
func (x *Index) Covered(i models.Indicator, now time.Time) (models.Hit, bool) {
	for _, h := range x.touching(nil, i, now.UnixMilli()) {
		if h.Level == models.Imitated {
			return h, true
		}
	}
	return models.Hit{}, false
}

// touching appends the hits of one indicator.
func (x *Index) touching(hits []models.Hit, i models.Indicator, at int64) []models.Hit {
	kind := kindOf(i.Kind)
	switch kind {
	case 0:
		return hits
	case kindPhone:
		return x.numbered(hits, i.Value, at)
	case kindURL:
		return x.linked(hits, i.Value, at)
	default:
	}
	hits = x.known.touch(hits, ruleExact|kind, i.Value, models.Same, at)
	switch kind {
	case kindDomain:
		return x.under(hits, i.Value, parent(i.Value), at)
	case kindEmail:
		_, host, _ := strings.Cut(i.Value, "@")
		return x.under(hits, host, host, at)
	default:
		return hits
	}
}

// led appends what an indicator, whose own hits are those from the given one on, is much like.
func (x *Index) led(hits []models.Hit, from int, i models.Indicator, at int64) []models.Hit {
	alone := len(hits) == from
	switch i.Kind {
	case models.Phone:
		if digits := digitsOf(i.Value); alone && digits>>(digitBits*(leastDigits-1)) != 0 {
			return x.known.inBlock(hits, digits, at)
		}
	case models.URL:
		if alone {
			hits = x.known.inSeries(hits, i.Value, at)
		}
		if x.brands.empty() {
			return hits
		}
		return x.imitating(hits, from, hostOf(i.Value), at)
	case models.Domain:
		return x.imitating(hits, from, i.Value, at)
	case models.Email:
		_, host, _ := strings.Cut(i.Value, "@")
		return x.imitating(hits, from, host, at)
	case models.Account, models.Wallet, models.Handle, models.App, models.Text:
	}
	return hits
}

// imitating appends a hit of the protected domain that a host looks like, unless
// the hits from the given one on say that it is protected itself, or cleared.
func (x *Index) imitating(hits []models.Hit, from int, host string, at int64) []models.Hit {
	for _, h := range hits[from:] {
		if h.Level == models.Imitated || h.Level == models.Cleared {
			return hits
		}
	}
	l, ok := x.brands.like(host, at)
	if !ok {
		return hits
	}
	n := len(hits)
	if hits = x.known.touch(hits, exactDomain, l.domain, l.how, at); len(hits) > n {
		hits[n].Weight = rounded(l.weight)
	}
	return hits
}

// holds reports whether the signature of that sort and value says anything, and of a domain, that it is protected.
func (x *Index) holds(of sort, value string, at int64) bool {
	var t target
	x.known.aim(&t, of, value)
	r, _ := x.known.find(t.hash, t.digits, t.sort, t.head, t.tail)
	if r == nil {
		return false
	}
	word, ends := r.state()
	l := x.known.labels.of(labelOf(word))
	runtime.KeepAlive(x)
	return l.holds(ends, at) && (of != exactDomain || l.level == models.Imitated)
}

// named appends the hit of the signature of that key, if it holds.
func (x *Index) named(hits []models.Hit, k key, how models.How, at int64) []models.Hit {
	sort, ok := sortOf(k.rule, k.kind)
	if !ok {
		return hits
	}
	return x.known.touch(hits, sort, k.value, how, at)
}

// numbered appends the hits of a phone number: of itself and of its ranges.
func (x *Index) numbered(hits []models.Hit, phone string, at int64) []models.Hit {
	hits = x.known.hit(hits, x.known.phone(phone), phone, "", models.Same, at)
	for _, r := range x.ranges.holding(phone) {
		hits = x.known.touch(hits, rangePhone, r.value, models.InRange, at)
	}
	return hits
}

// mostParts is the most hosts or paths of a link that are hashed without memory of their own.
const mostParts = 8

// linked appends the hits of a link: of itself, its expressions, and the domains above it. Each
// host and each path is hashed once, and the table asked for all pairs.
func (x *Index) linked(hits []models.Hit, link string, at int64) []models.Hit {
	s := &x.known
	parts := canon.Split(link)
	var room [2 * mostParts]uint64
	hosts := s.texts(room[:0:mostParts], parts.Hosts())
	paths := s.texts(room[mostParts:mostParts], parts.Paths())
	path := s.empty
	host := parts.Hosts()[0]
	if len(host) < len(link) {
		path = paths[0]
	}
	r, _ := s.find(s.mix(hosts[0], path, exactURL), 0, exactURL, host, link[len(host):])
	hits = s.hit(hits, r, link, "", models.Same, at)
	for h, host := range hosts {
		for p, path := range paths {
			hash := s.mix(host, path, expressionURL)
			if s.lacks(hash) {
				continue
			}
			head, tail := parts.Hosts()[h], parts.Paths()[p]
			r, _ = s.find(hash, 0, expressionURL, head, tail)
			hits = s.hit(hits, r, head, tail, models.Within, at)
		}
	}
	return x.below(hits, parts.Hosts(), hosts, at)
}

// texts appends the hashes of texts.
func (h *hasher) texts(dst []uint64, texts []string) []uint64 {
	for _, text := range texts {
		dst = append(dst, h.text(text))
	}
	return dst
}

// below appends the hits of signatures of the domains that a link is under. Its
// hosts, whose hashes are known, are these domains unless it has a port, or more labels
// than its expressions have.
func (x *Index) below(hits []models.Hit, hosts []string, sums []uint64, at int64) []models.Hit {
	host := withoutPort(hosts[0])
	if host != hosts[0] || len(hosts) > 1 && len(hosts[1]) != len(parent(host)) {
		return x.under(hits, host, host, at)
	}
	for n, d := range hosts {
		hash := x.known.mix(sums[n], 0, exactDomain)
		if x.known.lacks(hash) {
			continue
		}
		r, _ := x.known.find(hash, 0, exactDomain, d, "")
		if r != nil && shared(host, d) {
			break // and so is every parent
		}
		hits = x.known.hit(hits, r, d, "", models.Under, at)
	}
	return hits
}

// under appends the hits of signatures of the domain first and its parents,
// for something at host. Only a domain that was found is asked whether it is
// shared by many: nearly all are not there.
func (x *Index) under(hits []models.Hit, host, first string, at int64) []models.Hit {
	for d := first; d != ""; d = parent(d) {
		r, _ := x.known.find(x.known.mix(x.known.text(d), 0, exactDomain), 0, exactDomain, d, "")
		if r != nil && shared(host, d) {
			break // and so is every parent
		}
		hits = x.known.hit(hits, r, d, "", models.Under, at)
	}
	return hits
}

// shared reports whether, on the way up from host to its parent domain d, there
// is a hub or a public suffix: what is said of d then says nothing about host.
func shared(host, d string) bool {
	for p := host; ; p = parent(p) {
		if canon.IsHub(p) || canon.PublicSuffix(p) {
			return true
		}
		if len(p) <= len(d) {
			return false
		}
	}
}

// hostOf returns the host of a canonical link, which has no scheme and no user.
func hostOf(link string) string {
	if n := strings.IndexByte(link, '/'); n >= 0 {
		link = link[:n]
	}
	return withoutPort(link)
}

func withoutPort(host string) string {
	if n := strings.LastIndexByte(host, ':'); n >= 0 && host[len(host)-1] != ']' {
		return host[:n]
	}
	return host
}

// parent returns the domain above d, or "".
func parent(d string) string {
	_, above, _ := strings.Cut(d, ".")
	return above
}
