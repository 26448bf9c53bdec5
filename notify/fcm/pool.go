package fcm

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// pool makes each exchange on one of a fixed number of connections, with no more at once on each
// than the server takes. Go's transport, left to itself, opens a connection for every request that
// finds no stream free: some hundreds of them when a burst of warnings begins. Requests that find
// no free stream wait here instead (TestManyPushesAtOnceShareFewConnectionsWithinTheirStreams).
type pool struct {
	conns []*conn
	// slots holds the index of a connection once for each of its free streams.
	slots chan int // which line has a stream free
}

// newPool returns a pool of opt.Connections connections with opt.Streams streams each. None is open
// yet.
func newPool(opt Options) *pool {
	p := &pool{slots: make(chan int, opt.Connections*opt.Streams)}
	for range opt.Connections {
		p.conns = append(p.conns, &conn{transport: newTransport(opt), lock: make(chan struct{}, 1)})
	}
	// One slot of each connection in turn, so that the load is even over all of them.
	for range opt.Streams { // one of each line in turn, so that the load is spread
		for i := range p.conns {
			p.slots <- i
		}
	}
	return p
}

// close closes all connections.
func (p *pool) close() {
	for _, cn := range p.conns {
		cn.close()
	}
}

// maxReply bounds what is read of a reply, in bytes. FCM's replies are far smaller; a proxy's page
// is cut.
const maxReply = 64 << 10

// RoundTrip makes one exchange. It reads the whole reply before it gives the stream back, so a slot
// stands for a stream that is really free. It waits for a free stream as long as the request's
// context lasts (TestWaitingForAStreamEndsWithTheContext).
func (p *pool) RoundTrip(r *http.Request) (*http.Response, error) {
	// From here on a failure is the connection's or FCM's, no longer that of the access token.
	replyOf(r).sent = true
	var i int
	select {
	case i = <-p.slots:
	case <-r.Context().Done():
		return nil, fmt.Errorf("wait for a free stream: %w", r.Context().Err())
	}
	defer func() { p.slots <- i }()
	resp, err := p.conns[i].roundTrip(r)
	if err != nil {
		return nil, fmt.Errorf("connection to fcm: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return nil, fmt.Errorf("read reply of fcm: %w", err)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// conn is one HTTP/2 connection. It is opened when it is first needed, and again when it is not
// usable any more.
type conn struct {
	transport *http.Transport
	lock      chan struct{} // holds one: a mutex that gives up with the context
	current   *http.ClientConn
}

// roundTrip makes one exchange on the connection.
func (cn *conn) roundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme == "http" { // HTTP/1.1 to a fake server: a connection for each request
		return cn.transport.RoundTrip(r)
	}
	c, err := cn.clientConn(r.Context(), r.URL)
	if err != nil {
		return nil, err
	}
	return c.RoundTrip(r)
}

// clientConn returns the open connection, or opens one while the others that need it wait. A
// connection that FCM has asked us to leave (HTTP/2 GOAWAY, RFC 9113, 6.8) is replaced; its
// exchanges under way end on it.
func (cn *conn) clientConn(ctx context.Context, u *url.URL) (*http.ClientConn, error) {
	select {
	case cn.lock <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-cn.lock }()
	if cn.current != nil && cn.current.Err() == nil {
		return cn.current, nil
	}
	port := u.Port()
	if port == "" {
		port = "443"
	}
	c, err := cn.transport.NewClientConn(ctx, u.Scheme, net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return nil, err
	}
	cn.current = c
	return c, nil
}

// close closes the connection. It waits for an opening that is under way.
func (cn *conn) close() {
	cn.lock <- struct{}{}
	defer func() { <-cn.lock }()
	if cn.current != nil {
		_ = cn.current.Close() // nobody waits for anything on it
		cn.current = nil
	}
	cn.transport.CloseIdleConnections()
}

// newTransport returns what opens the connections of a conn.
//
// A connection on which nothing has come for 31 seconds is pinged, and closed when the ping is not
// answered within 5: otherwise pushes would fail on a dead connection one timeout each, until the
// system gives it up after many minutes. Google's own clients ping other services of Google as
// often.
func newTransport(opt Options) *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true) // for a fake server over plain http, and for proxies that speak nothing newer
	protocols.SetHTTP2(true)
	// A copy, because the transport changes it.
	tlsConfig := opt.TLS.Clone()
	if tlsConfig == nil {
		tlsConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         dialer.DialContext,
		TLSClientConfig:     tlsConfig,
		TLSHandshakeTimeout: 5 * time.Second,
		IdleConnTimeout:     time.Minute,
		MaxIdleConnsPerHost: opt.Streams,
		DisableCompression:  true,
		Protocols:           protocols,
		HTTP2:               &http.HTTP2Config{SendPingTimeout: 31 * time.Second, PingTimeout: 5 * time.Second},
	}
}
