package canon

import (
	"net/netip"
	"strconv"
	"strings"
)

// isAddress reports whether the host of a canonical link is an IP address.
func isAddress(host string) bool {
	if strings.HasPrefix(host, "[") {
		return true
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	return numeric(last)
}

// ipv4 returns the dotted form of an IPv4 address in any spelling that
// resolvers take (hexadecimal, octal, fewer than four parts, rubbish after a
// space), or "" if host is none: the rules of Safe Browsing.
func ipv4(host string) string {
	if len(host) <= 15 {
		if before, _, ok := strings.Cut(host, " "); ok && strings.Count(before, ".") == 3 {
			host = before
		}
	}
	parts := strings.Split(host, ".")
	if len(parts) > 4 {
		return ""
	}
	var out [4]byte
	for i, part := range parts {
		v, ok := ipv4Part(part)
		if !ok {
			return ""
		}
		if i < len(parts)-1 {
			out[i] = byte(v) //nolint:gosec // the low byte is meant, as in Safe Browsing
			continue
		}
		for k := 3; k >= i; k-- {
			out[k] = byte(v)
			v >>= 8
		}
	}
	return netip.AddrFrom4(out).String()
}

func ipv4Part(s string) (uint64, bool) {
	if s == "" || !isDigit(s[0]) || strings.ContainsAny(s, "_oObB") && !strings.HasPrefix(strings.ToLower(s), "0x") {
		return 0, false
	}
	v, err := strconv.ParseUint(s, 0, 32)
	return v, err == nil && !strings.Contains(s, "_")
}

// publicAddress returns the canonical host of an IP address, and whether the
// address can be that of a public server.
func publicAddress(host string) (canonical string, public, ok bool) {
	bare := strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	a, err := netip.ParseAddr(bare)
	if err != nil || a.Zone() != "" {
		return "", false, false
	}
	a = a.Unmap()
	if a.Is4() {
		return a.String(), isPublic(a), true
	}
	return "[" + a.String() + "]", isPublic(a) && isPublic(embedded(a)), true
}

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

// embedded returns the IPv4 address inside an IPv6 one that leads to it
// (IPv4-compatible, NAT64 and 6to4), or else the address itself.
func embedded(a netip.Addr) netip.Addr {
	b := a.As16()
	switch {
	case strings.Trim(string(b[:12]), "\x00") == "", string(b[:12]) == "\x00\x64\xff\x9b\x00\x00\x00\x00\x00\x00\x00\x00":
		return netip.AddrFrom4([4]byte(b[12:16]))
	case b[0] == 0x20 && b[1] == 0x02:
		return netip.AddrFrom4([4]byte(b[2:6]))
	}
	return a
}
