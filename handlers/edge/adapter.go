package edge

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// adapter is huma.Adapter: it runs Huma's operations on Fiber v2. Huma's own adapter
// for Fiber v2 lies in one package with that for Fiber v3 and would link both.
type adapter struct{ server *Server }

// Handle is called by huma.Register. The request's context ends when the handler
// returns; that of a stream ends with the stream (see LineWriter.run).
func (a adapter) Handle(op *huma.Operation, handler func(huma.Context)) {
	s := a.server
	p, _ := op.Metadata[planKey].(plan)
	s.register(op, func(x *exchange) {
		if p.raw != nil {
			if err := p.raw(&x.raw); err != nil {
				x.refuse(err)
			}
			return
		}
		timeout := s.opt.Timeout
		if p.lines {
			timeout = s.opt.Stream.Timeout
		}
		ctx, cancel := x.context(timeout)
		hctx := &humaContext{op: op, x: x, ctx: ctx}
		defer func() {
			if !x.streaming { // the handler of a stream is still running
				cancel()
			}
		}()
		hctx.cancel = cancel
		handler(hctx)
	})
}

// ServeHTTP exists only for Huma's test package, which is not used: the tests here send HTTP over a socket.
func (adapter) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusNotImplemented)
}

// humaContext is huma.Context for one exchange, and lives as long.
type humaContext struct {
	op     *huma.Operation
	x      *exchange
	ctx    context.Context //nolint:containedctx // huma.Context has a method that returns it
	cancel context.CancelFunc
	status int
}

var _ huma.Context = (*humaContext)(nil)

func (c *humaContext) Operation() *huma.Operation { return c.op }

func (c *humaContext) Context() context.Context { return c.ctx }

func (c *humaContext) TLS() *tls.ConnectionState { return c.x.rc.TLSConnectionState() }

func (c *humaContext) Version() huma.ProtoVersion {
	return huma.ProtoVersion{Proto: string(c.x.rc.Request.Header.Protocol())}
}

func (c *humaContext) Method() string { return string(c.x.rc.Method()) }

func (c *humaContext) Host() string { return string(c.x.rc.Host()) }

func (c *humaContext) RemoteAddr() string { return c.x.rc.RemoteAddr().String() }

// URL returns the request target as it was sent; Huma reads the query from it.
func (c *humaContext) URL() url.URL {
	u, err := url.ParseRequestURI(string(c.x.rc.RequestURI()))
	if err != nil {
		return url.URL{}
	}
	return *u
}

func (c *humaContext) Param(name string) string { return c.x.param(name) }

func (c *humaContext) Query(name string) string { return string(c.x.rc.QueryArgs().Peek(name)) }

// Header hides Accept: every reply is JSON, and a client that asks for something
// else gets JSON rather than a 406.
func (c *humaContext) Header(name string) string {
	if name == "Accept" {
		return ""
	}
	return string(c.x.rc.Request.Header.Peek(name))
}

func (c *humaContext) EachHeader(yield func(name, value string)) {
	for name, value := range c.x.rc.Request.Header.All() {
		yield(string(name), string(value))
	}
}

func (c *humaContext) BodyReader() io.Reader { return bytes.NewReader(c.x.body) }

// GetMultipartForm fails: no operation takes a form.
func (c *humaContext) GetMultipartForm() (*multipart.Form, error) {
	return nil, errors.New("forms are not supported")
}

// SetReadDeadline does nothing: the body was read under the server's own deadline before Huma is called.
func (c *humaContext) SetReadDeadline(time.Time) error { return nil }

// SetStatus keeps the status for Status, which is 0 until then; fasthttp would report
// 200.
func (c *humaContext) SetStatus(code int) {
	c.status = code
	c.x.rc.SetStatusCode(code)
}

func (c *humaContext) Status() int { return c.status }

func (c *humaContext) SetHeader(name, value string) { c.x.rc.Response.Header.Set(name, value) }

func (c *humaContext) AppendHeader(name, value string) { c.x.rc.Response.Header.Add(name, value) }

func (c *humaContext) BodyWriter() io.Writer { return c.x.rc }
