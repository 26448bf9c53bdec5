package link

import (
	"strings"

	"golang.org/x/net/publicsuffix"
)

// IsHub reports whether host, in canonical form, is shared by people who have
// nothing to do with each other: a link shortener, a site builder, a document
// host, a link-in-bio page, dynamic DNS. What is known of one link there says
// nothing about the host. A name that a builder gives to one customer
// (shop.builder.example) is that customer's and no hub.
//
// Suffixes of the private section of the public suffix list are hubs too;
// hub_names.go has those that it lacks. Suffixes of the ICANN section, such as
// "com", are none.
func IsHub(host string) bool {
	host = strings.TrimSuffix(host, ".")
	if host == "" {
		return false
	}
	if isSubdomainHost(host) || underHub(host) {
		return true
	}
	if !strings.Contains(host, ".") || strings.Count(host, ".") >= suffixLabels {
		return false
	}
	suffix, icann := publicsuffix.PublicSuffix(host)
	return suffix == host && !icann && strings.Contains(suffix, ".")
}

// suffixLabels is more than the labels of any public suffix.
const suffixLabels = 8

// underHub reports whether host is a host that tells its users apart by path,
// or a name below one.
func underHub(host string) bool {
	for ok := true; ok; _, host, ok = strings.Cut(host, ".") {
		if isPathHost(host) {
			return true
		}
	}
	return false
}

// CrossesHub reports whether host, the domain d above it, or a name between them
// is a hub or a public suffix: what is said of d then says nothing about host.
func CrossesHub(host, d string) bool {
	for p := host; ; {
		if IsHub(p) || IsPublicSuffix(p) {
			return true
		}
		_, parent, ok := strings.Cut(p, ".")
		if !ok || len(p) <= len(d) {
			return false
		}
		p = parent
	}
}
