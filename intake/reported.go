package intake

import (
	"slices"
	"strings"
	"time"

	"example.org/tocsin/canon"
	"example.org/tocsin/canon/link"
	"example.org/tocsin/canon/phone"
	"example.org/tocsin/models"
)

// reportedIndicators returns the indicators that a report is evidence for: each
// that is no guess and not in the protected register, and for a link also its
// registrable domain, since scammers change the path for every victim. The
// domain of a hub is left out: honest people use it too
// (TestWhichIndicatorsOfAReportAreEvidence, TestTheProtectedAreNeverListed).
func (d *Desk) reportedIndicators(r models.Report, now time.Time) []models.Indicator {
	var reported []models.Indicator
	for _, f := range r.Findings {
		if f.Guess || maybeVictimOwned(f) {
			continue
		}
		candidates := []models.Indicator{f.Indicator}
		if f.Kind == models.URL {
			candidates = append(candidates, models.Indicator{Kind: models.Domain, Value: ownDomain(f.Value)})
		}
		for _, i := range candidates {
			if _, protected := d.Index.Covered(i, now); !protected && specific(i) && !slices.Contains(reported, i) {
				reported = append(reported, i)
			}
		}
	}
	return reported
}

// maybeVictimOwned reports whether a finding may be the victim's own: a message
// such as "your card 4000... is blocked" names no scammer's card. Such a finding
// is matched, and is no evidence.
func maybeVictimOwned(f models.Finding) bool {
	return f.Where == inMessage && f.Kind == models.Account && strings.HasPrefix(f.Value, "card:")
}

// specific reports whether an indicator names one party: not a whole public
// suffix, and not a hub (a host that many unrelated people share); and that it may be
// accused: it is no line that people must be able to call.
func specific(i models.Indicator) bool {
	switch i.Kind {
	case models.Phone:
		return !phone.IsHelpline(i.Value)
	case models.Domain:
		_, fault := canon.Signature(models.Exact, models.Domain, i.Value, "")
		return fault == nil
	default:
		return true
	}
}

// ownDomain returns the registrable domain of a canonical link, or "" where there is
// none that names one party: for an IP address, a public suffix, or a host that is a
// hub or stands below one.
func ownDomain(url string) string {
	host, _, _ := strings.Cut(url, "/") // a canonical link has no port
	domain := link.RegistrableDomain(host)
	if domain == "" || link.CrossesHub(host, domain) {
		return ""
	}
	return domain
}
