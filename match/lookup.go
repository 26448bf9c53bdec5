package match

import (
	"strings"
	"time"

	"example.org/tocsin/canon"
	"example.org/tocsin/models"
)

// Lookup returns the hits of one indicator, narrowest first, without a place. A miss allocates
// nothing for any kind but links, whose expressions take one slice.
func (x *Index) Lookup(i models.Indicator, now time.Time) []models.Hit {
	return x.touching(nil, i, now.UnixMilli())
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
	hits = x.named(hits, key{models.Exact, i.Kind, i.Value}, at)
	switch i.Kind {
	case models.Phone:
		return x.numbered(hits, i.Value, at)
	case models.URL:
		for _, e := range canon.Expressions(i.Value) {
			hits = x.named(hits, key{models.Expression, models.URL, e}, at)
		}
		host := hostOf(i.Value)
		return x.under(hits, host, host, at)
	case models.Domain:
		return x.under(hits, i.Value, parent(i.Value), at)
	case models.Email:
		_, host, _ := strings.Cut(i.Value, "@")
		return x.under(hits, host, host, at)
	case models.Account, models.Wallet, models.Handle, models.App, models.Text:
	}
	return hits
}

// named appends the hit of the signature of that key, if it holds.
func (x *Index) named(hits []models.Hit, k key, at int64) []models.Hit {
	if e := x.table.get(k); e != nil && e.holds(at) {
		hits = append(hits, e.hit())
	}
	return hits
}

// numbered appends the hits of ranges of phone numbers.
func (x *Index) numbered(hits []models.Hit, phone string, at int64) []models.Hit {
	for _, r := range x.ranges.holding(phone) {
		hits = x.named(hits, key{models.Range, models.Phone, r.value}, at)
	}
	return hits
}

// under appends the hits of signatures of the domain first and its parents,
// for something at host. Only a domain that was found is asked whether it is
// shared by many: nearly all are not there.
func (x *Index) under(hits []models.Hit, host, first string, at int64) []models.Hit {
	for d := first; d != ""; d = parent(d) {
		e := x.table.get(key{models.Exact, models.Domain, d})
		if e == nil || !e.holds(at) {
			continue
		}
		if shared(host, d) {
			break // and so is every parent
		}
		hits = append(hits, e.hit())
	}
	return hits
}

// shared reports whether, on the way up from host to its parent domain d, there
// is a hub or a public suffix: what is said of d then says nothing about host.
func shared(host, d string) bool {
	for p := host; ; p = parent(p) {
		if canon.Hub(p) || canon.PublicSuffix(p) {
			return true
		}
		if len(p) <= len(d) {
			return false
		}
	}
}

// hostOf returns the host of a canonical link, which has no scheme and no user.
func hostOf(url string) string {
	if n := strings.IndexAny(url, "/?#"); n >= 0 {
		url = url[:n]
	}
	if n := strings.LastIndexByte(url, ':'); n >= 0 && !strings.HasSuffix(url, "]") {
		url = url[:n]
	}
	return url
}

// parent returns the domain above d, or "".
func parent(d string) string {
	_, above, _ := strings.Cut(d, ".")
	return above
}
