package link

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

// IsPublicSuffix reports whether host, in canonical form, is a name under which
// anybody can register (publicsuffix.org): "com", "co.uk", and by the private
// section of the list also "github.io". A name of one label always is one.
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

// HasKnownSuffix reports whether host has a name below a suffix that is on the
// public suffix list. By the list's last rule every unknown last label is a
// suffix, too; here it does not count, since in prose "end.Next" is no host.
func HasKnownSuffix(host string) bool {
	suffix, icann := publicsuffix.PublicSuffix(host)
	return len(suffix) < len(host) && (icann || strings.Contains(suffix, "."))
}

// Domain returns the canonical form of a domain that somebody typed or pasted:
// lower case and A-labels, at least two labels, no address. The errors are
// those of text.CheckInput and domain_malformed.
func Domain(raw string) (string, error) {
	if err := text.CheckInput(models.Domain, raw, text.MaxValueBytes); err != nil {
		return "", err
	}
	return parseDomain(raw)
}

// parseDomain is Domain without the check of the input.
func parseDomain(raw string) (string, error) {
	if isPlainName(raw) { // the hot path
		return raw, nil
	}
	host, ok := HostName(strings.TrimSuffix(Refang(trim(raw)), "."))
	if !ok || IsIPAddress(host) || parseIPv4(host) != "" {
		return "", models.NewInvalid("", "domain_malformed", "A domain is a name of two or more parts such as evil.example, not an IP address.")
	}
	return host, nil
}

// HostName returns host in lower case and as A-labels (IDNA, the look-up rules
// of UTS 46), and false where it is no name of a host. It is more tolerant than
// the standard where names of real scams need it: underscores, hyphens at the
// ends and in third and fourth place. It wants at least two labels of at most
// 63 bytes and 253 bytes in all (RFC 1035), the last label not of digits alone,
// so that no spelling of an IP address passes. A name that is canonical already
// is returned itself.
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

// idnaProfile is the profile of UTS 46 for look-ups, non-transitional. It is
// built for each name: it is only needed for names in other scripts.
func idnaProfile() *idna.Profile {
	return idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false), idna.CheckHyphens(false))
}

// isLabel reports whether s is a label of ASCII letters, digits, hyphens and
// underscores.
func isLabel(s string) bool {
	for i := range len(s) {
		if !text.IsAlnum(s[i]) && s[i] != '-' && s[i] != '_' {
			return false
		}
	}
	return s != "" && len(s) <= 63
}

// RegistrableDomain returns the domain that somebody registered and that host
// is or lies below: one label more than the public suffix. Host is a canonical
// host, without a port. The private section of the public suffix list counts:
// of "a.victim.github.io" it is "victim.github.io", the customer's.
//
// It returns "" for an IP address and for a public suffix: neither is below
// anything that was registered. Whether the domain is a hub is another
// question; see IsHub. The result is a part of host.
func RegistrableDomain(host string) string {
	if IsIPAddress(host) {
		return ""
	}
	suffix, _ := publicsuffix.PublicSuffix(host)
	if len(suffix) >= len(host) {
		return ""
	}
	above := len(host) - len(suffix) - 1
	return host[strings.LastIndexByte(host[:above], '.')+1:]
}
