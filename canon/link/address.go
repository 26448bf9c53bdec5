package link

import (
	"math"
	"net/netip"
	"strings"

	"example.org/tocsin/canon/text"
)

// IsIPAddress reports whether host, the host of a canonical link, is an IP
// address: in brackets (IPv6, RFC 3986 section 3.2.2) or with a last label of
// digits alone, which no name has (see HostName).
func IsIPAddress(host string) bool {
	if strings.HasPrefix(host, "[") {
		return true
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	return text.IsNumeric(last)
}

// isIPv6 reports whether s is an IPv6 address, without brackets.
func isIPv6(s string) bool {
	if !strings.Contains(s, ":") {
		return false
	}
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is6()
}

// parseIPv4 returns the dotted form of an IPv4 address in any spelling that
// resolvers take (hexadecimal, octal, fewer than four parts, rubbish after a
// space), or "" if host is none: the rules of Safe Browsing. They are more
// lenient than RFC 3986, since browsers are: a scammer writes 0x7f.1 to pass a
// filter.
func parseIPv4(host string) string {
	if host == "" || !text.IsDigit(host[0]) {
		return ""
	}
	if len(host) <= 15 { // no longer than a dotted address, as in Safe Browsing's own code
		if before, _, ok := strings.Cut(host, " "); ok && strings.Count(before, ".") == 3 {
			host = before
		}
	}
	var out [4]byte
	for i := range out {
		part, rest, more := strings.Cut(host, ".")
		v, ok := parseIPv4Part(part)
		if !ok {
			return ""
		}
		if more {
			out[i] = byte(v) //nolint:gosec // the low byte is meant, as in Safe Browsing
			host = rest
			continue
		}
		for k := 3; k >= i; k-- {
			out[k] = byte(v)
			v >>= 8
		}
		return netip.AddrFrom4(out).String()
	}
	return "" // more than four parts
}

// parseIPv4Part returns the value of one part: decimal, octal after 0,
// hexadecimal after 0x.
func parseIPv4Part(s string) (uint32, bool) {
	if s == "" || !text.IsDigit(s[0]) {
		return 0, false
	}
	base := uint64(10)
	switch {
	case len(s) > 1 && s[0] == '0' && s[1]|0x20 == 'x':
		base, s = 16, s[2:]
	case len(s) > 1 && s[0] == '0':
		base, s = 8, s[1:]
	}
	v := uint64(0)
	for i := range len(s) {
		if !text.IsHex(s[i]) {
			return 0, false
		}
		d := uint64(text.Unhex(s[i]))
		if v = v*base + d; d >= base || v > math.MaxUint32 {
			return 0, false
		}
	}
	return uint32(v), s != ""
}

// publicIPHost returns the canonical host of an IP address, and whether the
// address can be that of a public server. IPv6 is written as in RFC 5952, in
// brackets; an IPv4 address mapped into IPv6 as IPv4. Zones are refused: they
// mean something on one machine alone.
func publicIPHost(host string) (canonical string, public, ok bool) {
	bare := strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	a, err := netip.ParseAddr(bare)
	if err != nil || a.Zone() != "" {
		return "", false, false
	}
	a = a.Unmap()
	if a.Is4() {
		return a.String(), isPublic(a), true
	}
	return "[" + a.String() + "]", isPublic(a) && isPublic(embeddedIPv4(a)), true
}

// isPublic reports whether an address can be that of a public server (RFC
// 6890): not of this machine, of a private network or for many receivers.
func isPublic(a netip.Addr) bool {
	switch {
	case a.IsLoopback(), a.IsPrivate(), a.IsLinkLocalUnicast(), a.IsMulticast(), a.IsUnspecified(), a.IsInterfaceLocalMulticast():
		return false
	case !a.Is4():
		return true
	}
	b := a.As4()
	switch {
	case b[0] == 0, b[0] >= 240, b[0] == 100 && b[1]&0xC0 == 64: // this network, reserved, shared (RFC 6598)
		return false
	case b == [4]byte{168, 63, 129, 16}: // a cloud's metadata service outside every private range
		return false
	}
	return true
}

// embeddedIPv4 returns the IPv4 address inside an IPv6 one that leads to it
// (IPv4-compatible, RFC 4291; NAT64, RFC 6052; 6to4, RFC 3056), or else the
// address itself.
func embeddedIPv4(a netip.Addr) netip.Addr {
	b := a.As16()
	switch {
	case strings.Trim(string(b[:12]), "\x00") == "", string(b[:12]) == "\x00\x64\xff\x9b\x00\x00\x00\x00\x00\x00\x00\x00":
		return netip.AddrFrom4([4]byte(b[12:16]))
	case b[0] == 0x20 && b[1] == 0x02:
		return netip.AddrFrom4([4]byte(b[2:6]))
	}
	return a
}
