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
	lines []*line
	slots chan int // which line has a stream free
}

func newPool(opt Options) *pool {
	p := &pool{slots: make(chan int, opt.Connections*opt.Streams)}
	for range opt.Connections {
		p.lines = append(p.lines, &line{transport: transport(opt), lock: make(chan struct{}, 1)})
	}
	for range opt.Streams { // one of each line in turn, so that the load is spread
		for i := range p.lines {
			p.slots <- i
		}
	}
	return p
}

func (p *pool) close() {
	for _, l := range p.lines {
		l.close()
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
	resp, err := p.lines[i].exchange(r)
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
type line struct {
	transport *http.Transport
	lock      chan struct{} // holds one: a mutex that gives up with the context
	current   *http.ClientConn
}

func (l *line) exchange(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme == "http" { // HTTP/1.1 to a stand-in: a connection for each
		return l.transport.RoundTrip(r)
	}
	c, err := l.connection(r.Context(), r.URL)
	if err != nil {
		return nil, err
	}
	return c.RoundTrip(r)
}

// connection returns the open connection, or opens one while the others who
// need it wait. The one before, if FCM has told us to leave it, ends with its
// last exchange.
func (l *line) connection(ctx context.Context, u *url.URL) (*http.ClientConn, error) {
	select {
	case l.lock <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-l.lock }()
	if l.current != nil && l.current.Err() == nil {
		return l.current, nil
	}
	port := u.Port()
	if port == "" {
		port = "443"
	}
	c, err := l.transport.NewClientConn(ctx, u.Scheme, net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return nil, err
	}
	l.current = c
	return c, nil
}

func (l *line) close() {
	l.lock <- struct{}{}
	defer func() { <-l.lock }()
	if l.current != nil {
		_ = l.current.Close() // nobody waits for anything on it
		l.current = nil
	}
	l.transport.CloseIdleConnections()
}

// transport returns what opens the connections of a line. One on which nothing
// has come for a while is pinged, and closed when the ping is not answered:
// otherwise pushes would go on failing on it, one timeout each. FCM's
// neighbours at Google are pinged as often by Google's own clients.
func transport(opt Options) *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true) // for a stand-in over plain http, and for proxies that know no better
	protocols.SetHTTP2(true)
	secure := opt.TLS.Clone()
	if secure == nil {
		secure = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         dialer.DialContext,
		TLSClientConfig:     secure,
		TLSHandshakeTimeout: 5 * time.Second,
		IdleConnTimeout:     time.Minute,
		MaxIdleConnsPerHost: opt.Streams,
		DisableCompression:  true,
		Protocols:           protocols,
		HTTP2:               &http.HTTP2Config{SendPingTimeout: 31 * time.Second, PingTimeout: 5 * time.Second},
	}
}
