package intake

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"example.org/tocsin/canon"
	"example.org/tocsin/canon/link"
	"example.org/tocsin/models"
)

// subjects returns what a report speaks about: each of its indicators that
// is no guess and that nothing protects, and for a link also the registered domain it stands under,
// since scammers change the path for every victim. Not that of a hub, where
// honest people live too.
func (d *Desk) reportedIndicators(r models.Report, now time.Time) []models.Indicator {
	var reported []models.Indicator
	for _, f := range r.Findings {
		if f.Guess || maybeVictimOwned(f) {
			continue
		}
		candidates := []models.Indicator{f.Indicator}
		if f.Kind == models.URL {
			candidates = append(candidates, models.Indicator{Kind: models.Domain, Value: registrableDomain(f.Value)})
		}
		for _, i := range candidates {
			if _, protected := d.Index.Covered(i, now); !protected && specific(i) && !slices.Contains(reported, i) {
				reported = append(reported, i)
			}
		}
	}
	return reported
}

// victims reports whether a finding may well be the victim's own: a message
// such as "your card 4000... is blocked" names no scammer's card. It is matched,
// and does not testify.
func maybeVictimOwned(f models.Finding) bool {
	return f.Where == inMessage && f.Kind == models.Account && strings.HasPrefix(f.Value, "card:")
}

// specific reports whether an indicator names one party: not a whole public
// suffix, and not a hub.
func specific(i models.Indicator) bool {
	if i.Kind != models.Domain {
		return true
	}
	_, fault := canon.Signature(models.Exact, models.Domain, i.Value, "")
	return fault == nil
}

// registered returns the domain right below the public suffix that a canonical
// link stands under, or "" where there is none: for an address, a public
// suffix, or a hub anywhere on the way.
func registrableDomain(url string) string {
	host, _, _ := strings.Cut(url, "/")
	if at := strings.LastIndexByte(host, ':'); at >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:at]
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil || link.IsPublicSuffix(host) {
		return ""
	}
	for {
		_, parent, ok := strings.Cut(host, ".")
		switch {
		case link.IsHub(host), !ok:
			return ""
		case link.IsPublicSuffix(parent):
			return host
		}
		host = parent
	}
}
