package link

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

// PublicSuffix reports whether host is a name under which anybody can
// register: "com", "co.uk", and by the private section of the list also
// "github.io". A name of one label always is one.
func IsPublicSuffix(host string) bool {
	switch dots := strings.Count(host, "."); {
	case dots == 0:
		return true
	case dots >= suffixLabels:
		return false
	}
	suffix, _ := publicsuffix.PublicSuffix(host)
	return suffix == host
}

// knownSuffix reports whether host ends in a suffix that is on the list.
func HasKnownSuffix(host string) bool {
	suffix, icann := publicsuffix.PublicSuffix(host)
	return len(suffix) < len(host) && (icann || strings.Contains(suffix, "."))
}

// canonicalDomain returns a domain that somebody typed or pasted in lower case and as A-labels.
func Domain(raw string) (string, error) {
	if err := text.CheckInput(models.Domain, raw, text.MaxValueBytes); err != nil {
		return "", err
	}
	return parseDomain(raw)
}

func parseDomain(raw string) (string, error) {
	if isPlainName(raw) { // the hot path
		return raw, nil
	}
	host, ok := HostName(strings.TrimSuffix(Refang(trim(raw)), "."))
	if !ok || IsIPAddress(host) || parseIPv4(host) != "" {
		return "", models.NewInvalid("", "domain_malformed", "A domain is a name such as evil.example.")
	}
	return host, nil
}

// hostName returns host in lower case and as A-labels (IDNA, the look-up
// rules of UTS 46). It is more tolerant than the standard where names of real
// scams need it: underscores, hyphens at the ends and in third and fourth
// place. It wants at least two labels, the last not of digits alone, so that
// no spelling of an IP address passes.
func HostName(host string) (string, bool) {
	if isPlainName(host) {
		return host, true
	}
	if !text.AllASCII(host) {
		if strings.ContainsFunc(host, text.IsInvisible) || !utf8.ValidString(host) {
			return "", false
		}
		mapped, err := idnaProfile().ToASCII(host)
		if err != nil {
			return "", false
		}
		host = mapped
	}
	host = strings.ToLower(host)
	if len(host) > 253 || !strings.Contains(host, ".") {
		return "", false
	}
	last := ""
	for label := range strings.SplitSeq(host, ".") {
		if !isLabel(label) {
			return "", false
		}
		last = label
	}
	return host, !text.IsNumeric(last) && !strings.HasPrefix(last, "-") && !strings.Contains(last, "_")
}

// lookup is built for each name: it is only needed for names in other scripts.
func idnaProfile() *idna.Profile {
	return idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false), idna.CheckHyphens(false))
}

func isLabel(s string) bool {
	for i := range len(s) {
		if !text.IsAlnum(s[i]) && s[i] != '-' && s[i] != '_' {
			return false
		}
	}
	return s != "" && len(s) <= 63
}

// Registered returns the domain that somebody registered and host is part of:
// one label more than the public suffix. It is empty if host has no more than that.
func RegisteredDomain(host string) string {
	suffix, _ := publicsuffix.PublicSuffix(host)
	if len(suffix) >= len(host) {
		return ""
	}
	above := len(host) - len(suffix) - 1
	return host[strings.LastIndexByte(host[:above], '.')+1:]
}
