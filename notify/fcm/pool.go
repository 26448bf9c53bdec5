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

// pool makes each exchange on one of a fixed number of connections, with no
// more at once on each than the server takes. Go's transport, left to itself,
// opens a connection for every request that finds no stream free, some hundreds
// of them when a burst begins.
type pool struct {
	conns []*conn
	slots chan int // which line has a stream free
}

func newPool(opt Options) *pool {
	p := &pool{slots: make(chan int, opt.Connections*opt.Streams)}
	for range opt.Connections {
		p.conns = append(p.conns, &conn{transport: newTransport(opt), lock: make(chan struct{}, 1)})
	}
	for range opt.Streams { // one of each line in turn, so that the load is spread
		for i := range p.conns {
			p.slots <- i
		}
	}
	return p
}

func (p *pool) close() {
	for _, cn := range p.conns {
		cn.close()
	}
}

// maxReply is far more than FCM ever says; a proxy's page is cut.
const maxReply = 64 << 10

// RoundTrip reads the whole reply before it gives the stream back.
func (p *pool) RoundTrip(r *http.Request) (*http.Response, error) {
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

// line is one HTTP/2 connection, opened when it is first needed and again when
// it is not usable any more.
type conn struct {
	transport *http.Transport
	lock      chan struct{} // holds one: a mutex that gives up with the context
	current   *http.ClientConn
}

func (cn *conn) roundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme == "http" { // HTTP/1.1 to a stand-in: a connection for each
		return cn.transport.RoundTrip(r)
	}
	c, err := cn.clientConn(r.Context(), r.URL)
	if err != nil {
		return nil, err
	}
	return c.RoundTrip(r)
}

// connection returns the open connection, or opens one while the others who
// need it wait. The one before, if FCM has told us to leave it, ends with its
// last exchange.
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

func (cn *conn) close() {
	cn.lock <- struct{}{}
	defer func() { <-cn.lock }()
	if cn.current != nil {
		_ = cn.current.Close() // nobody waits for anything on it
		cn.current = nil
	}
	cn.transport.CloseIdleConnections()
}

// transport returns what opens the connections of a line. One on which nothing
// has come for a while is pinged, and closed when the ping is not answered:
// otherwise pushes would go on failing on it, one timeout each. FCM's
// neighbours at Google are pinged as often by Google's own clients.
func newTransport(opt Options) *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true) // for a stand-in over plain http, and for proxies that know no better
	protocols.SetHTTP2(true)
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
