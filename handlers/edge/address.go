package edge

import (
	"bytes"
	"net"
	"net/netip"
	"slices"

	"github.com/valyala/fasthttp"
)

// network is the address that a caller without credential is counted by: an
// IPv4 address, or the /64 of an IPv6 one, which one subscriber has whole.
func (x *exchange) network() netip.Addr {
	from := clientAddress(x.rc, x.route.server.opt.TrustedProxies)
	if from.Is6() {
		if prefix, err := from.Prefix(64); err == nil {
			return prefix.Addr()
		}
	}
	return from
}

// clientAddress is the peer's, or, behind a trusted proxy, the right-most
// address of X-Forwarded-For that is no trusted proxy's: everything to its
// left is what the client itself may have written.
func clientAddress(rc *fasthttp.RequestCtx, trusted []netip.Prefix) netip.Addr {
	peer := peerAddress(rc.RemoteAddr())
	if !within(trusted, peer) {
		return peer
	}
	lines := rc.Request.Header.PeekAll("X-Forwarded-For")
	for _, line := range slices.Backward(lines) {
		hops := bytes.Split(line, []byte(","))
		for _, hop := range slices.Backward(hops) {
			from, ok := hopAddress(string(bytes.TrimSpace(hop)))
			if !ok {
				return peer // the nearest hop that can be believed
			}
			peer = from
			if !within(trusted, peer) {
				return peer
			}
		}
	}
	return peer
}

func within(prefixes []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(a) })
}

func peerAddress(a net.Addr) netip.Addr {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}

// hopAddress reads one entry: an address, with a port (and then in brackets if
// it is IPv6) or without.
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
