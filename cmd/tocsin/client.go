package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// remote holds the flags of a command that talks to a running server.
type remote struct {
	Server string `help:"Address of the running server." env:"TOCSIN_SERVER" default:"http://127.0.0.1:8080"`
	Key    string `help:"API key." env:"TOCSIN_API_KEY" required:""`
}

// client sends requests to a running server over HTTP.
type client struct {
	server   string // base URL without a slash at the end
	http     *http.Client
	retryFor time.Duration // how long a request is retried while the server is unavailable or busy
}

// newClient returns a client with up to the given number of connections; a request
// beyond them waits for a free one.
func newClient(server string, connections int, retryFor time.Duration) *client {
	transport := &http.Transport{
		MaxIdleConns: connections, MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections,
		IdleConnTimeout: time.Minute,
	}
	return &client{
		server: strings.TrimSuffix(server, "/"), retryFor: retryFor,
		http: &http.Client{Transport: transport, Timeout: 2 * time.Minute},
	}
}

// request is one request. credential is the bearer token, empty for none; body is
// sent again on every try. repeatable says that a request whose method does not say so may be carried out twice.
type request struct {
	method, path, credential string
	header                   map[string]string
	body                     []byte
	repeatable               bool
}

// idempotent reports whether carrying r out twice does no more than once: by its method
// (RFC 9110, 9.2.2), by its idempotency key, or by what its sender knows.
func (r request) idempotent() bool {
	return r.repeatable || r.method != http.MethodPost && r.method != http.MethodPatch || r.header["Idempotency-Key"] != ""
}

// response is a reply that was read to its end.
type response struct {
	status int
	header http.Header
	body   []byte
	tries  int // requests sent, from 1
}

// problem returns code and detail of the reply's problem document (RFC 9457). A
// reply without one, such as that of a proxy, gets a code made of its status.
func (r response) problem() (code, detail string) {
	var p struct{ Code, Detail string }
	if json.Unmarshal(r.body, &p) != nil || p.Code == "" {
		return "http_" + strconv.Itoa(r.status), ""
	}
	return p.Code, p.Detail
}

// err returns nil for a 2xx reply, or what the problem document says.
func (r response) err() error {
	if r.status/100 == 2 {
		return nil
	}
	code, detail := r.problem()
	return fmt.Errorf("the server answered %d %s: %s", r.status, code, detail)
}

// do sends r, and sends it again while the server cannot be reached or is busy
// (429, 503), until c.retryFor has passed. It waits as long as Retry-After says
// (RFC 9110, 10.2.3, in seconds), or 0.2 to 2 seconds, and up to a quarter more,
// so that clients that failed together do not come back together. A request that is
// not idempotent is sent again only if it was certainly not carried out
// (TestOnlyWhatIsHarmlessIsRepeated, TestAKeyWhoseReplyIsLostIsMadeOnce).
func (c *client) do(ctx context.Context, r request) (response, error) {
	deadline := time.Now().Add(c.retryFor)
	for tries := 1; ; tries++ {
		got, err := c.doOnce(ctx, r)
		got.tries = tries
		busy := err != nil || got.status == http.StatusTooManyRequests || got.status == http.StatusServiceUnavailable
		if busy && !r.idempotent() && !notCarriedOut(got, err) {
			if err != nil {
				err = fmt.Errorf("%w; the request may have been carried out, so it is not sent again", err)
			}
			return got, err
		}
		if !busy || ctx.Err() != nil || time.Now().After(deadline) {
			return got, err
		}
		wait := min(100*time.Millisecond<<min(tries, 5), 2*time.Second)
		if s, err := strconv.Atoi(got.header.Get("Retry-After")); err == nil {
			wait = time.Duration(s) * time.Second
		}
		wait += rand.N(wait/4 + 1) //nolint:gosec // jitter needs no secrecy
		select {
		case <-ctx.Done():
			return got, ctx.Err()
		case <-time.After(wait):
		}
	}
}

// notCarriedOut reports whether a request certainly did nothing: no connection was made, or the server itself
// says that it refused the request before it began. A proxy's 503 does not say what the
// server has done, nor does store_unavailable or deadline_exceeded.
func notCarriedOut(got response, err error) bool {
	var network *net.OpError
	if err != nil {
		return errors.As(err, &network) && network.Op == "dial"
	}
	code, _ := got.problem()
	return code == "rate_exhausted" || code == "not_ready" || code == "stopping"
}

// doOnce sends r once. The error never names the credential.
func (c *client) doOnce(ctx context.Context, r request) (response, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, c.server+r.path, bytes.NewReader(r.body))
	if err != nil {
		return response{}, fmt.Errorf("make request: %w", err)
	}
	if r.credential != "" {
		req.Header.Set("Authorization", "Bearer "+r.credential)
	}
	if len(r.body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range r.header {
		req.Header.Set(name, value)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return response{}, fmt.Errorf("%s %s: %w", r.method, r.path, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return response{}, fmt.Errorf("read the reply to %s %s: %w", r.method, r.path, err)
	}
	return response{status: res.StatusCode, header: res.Header, body: body}, nil
}

// call sends r with in as its JSON body, unless in is nil, and decodes a 2xx reply
// into out, unless out is nil. Any other reply is an error.
func (c *client) call(ctx context.Context, r request, in, out any) error {
	if in != nil {
		body, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
		r.body = body
	}
	got, err := c.do(ctx, r)
	if err == nil {
		err = got.err()
	}
	if err == nil && out != nil {
		err = json.Unmarshal(got.body, out)
	}
	return err
}

// eachLine calls fn for every line of NDJSON; fn returns true for the last record.
// A body that ends before its last record is an error: it was cut off.
func eachLine(body []byte, fn func(line []byte) (last bool, err error)) error {
	for len(body) > 0 {
		line, rest, _ := bytes.Cut(body, []byte("\n"))
		body = rest
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if last, err := fn(line); last || err != nil {
			return err
		}
	}
	return errors.New("the reply was cut off before its last record")
}
