package edge

import (
	"bytes"
	"net"
	"net/netip"
	"slices"

	"github.com/valyala/fasthttp"
)

// network is the address by which a caller without a credential is counted: an
// IPv4 address, or the /64 prefix of an IPv6 address. A subscriber commonly gets a whole
// /64 (RFC 6177), so counting single IPv6 addresses would be no limit.
func (x *exchange) network() netip.Addr {
	from := clientAddress(x.rc, x.route.server.opt.TrustedProxies)
	if from.Is6() {
		if prefix, err := from.Prefix(64); err == nil {
			return prefix.Addr()
		}
	}
	return from
}

// clientAddress is the address of the peer or, behind a trusted proxy, the
// right-most address in X-Forwarded-For that is not a trusted proxy. The client may
// have written everything to the left of it, so that is not read.
func clientAddress(rc *fasthttp.RequestCtx, trusted []netip.Prefix) netip.Addr {
	peer := peerAddress(rc.RemoteAddr())
	if !within(trusted, peer) {
		return peer
	}
	// Proxies append to the header or add a line, so the last hop of the last line is
	// that of the nearest proxy.
	lines := rc.Request.Header.PeekAll("X-Forwarded-For")
	for _, line := range slices.Backward(lines) {
		hops := bytes.Split(line, []byte(","))
		for _, hop := range slices.Backward(hops) {
			from, ok := hopAddress(string(bytes.TrimSpace(hop)))
			if !ok {
				return peer // the nearest hop that a trusted proxy has named
			}
			peer = from
			if !within(trusted, peer) {
				return peer
			}
		}
	}
	return peer
}

// within reports whether one of the prefixes contains a.
func within(prefixes []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(a) })
}

// peerAddress returns the address of a TCP peer; the zero Addr for anything else.
func peerAddress(a net.Addr) netip.Addr {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}

// hopAddress reads one entry of X-Forwarded-For: an address, with or without a
// port. An IPv6 address can be in brackets. An IPv4-mapped one is taken as IPv4.
func hopAddress(s string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.Unmap().WithZone(""), true
	}
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	if len(s) > 2 && s[0] == '[' && s[len(s)-1] == ']' {
		if a, err := netip.ParseAddr(s[1 : len(s)-1]); err == nil {
			return a.Unmap().WithZone(""), true
		}
	}
	return netip.Addr{}, false
}
