package edge

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
	"github.com/valyala/fasthttp"

	"example.org/tocsin/models"
)

// exchange is one request and its reply. It is pooled: nothing that outlives
// the request may hold it. What handlers get of it is an identity, a copy.
type exchange struct {
	route     *route
	rc        *fasthttp.RequestCtx
	start     time.Time
	id        string
	caller    models.Caller
	params    [maxParams]string
	body      []byte
	scratch   []byte
	raw       RawRequest
	streaming bool // a stream goes on after the handler has returned
}

// maxParams is how many parameters a path can have.
const maxParams = 4

// identity is what a handler's context knows about the request.
type identity struct {
	caller models.Caller
	id     string
}

type identityKey struct{}

// CallerFrom returns who makes the request that ctx belongs to; the zero Caller for nobody.
func CallerFrom(ctx context.Context) models.Caller { return identityFrom(ctx).caller }

// RequestIDFrom returns the id of the request that ctx belongs to.
func RequestIDFrom(ctx context.Context) string { return identityFrom(ctx).id }

func identityFrom(ctx context.Context) *identity {
	if id, ok := ctx.Value(identityKey{}).(*identity); ok {
		return id
	}
	return &identity{}
}

func (s *Server) begin(r *route, rc *fasthttp.RequestCtx) *exchange {
	x := s.exchanges.Get().(*exchange) //nolint:forcetypeassert // the pool holds nothing else
	x.route, x.rc, x.start = r, rc, rc.Time()
	x.raw.x = x
	x.id = requestID(rc.Request.Header.Peek(headerRequestID), x.start)
	s.meter.inFlight.Inc()
	h := &x.rc.Response.Header
	h.SetCanonical([]byte(headerRequestID), []byte(x.id))
	h.SetCanonical([]byte(fiber.HeaderXContentTypeOptions), []byte("nosniff"))
	h.SetCanonical([]byte(fiber.HeaderCacheControl), []byte("no-store"))
	if s.opt.HSTS > 0 {
		h.Set(fiber.HeaderStrictTransportSecurity, "max-age="+strconv.Itoa(int(s.opt.HSTS.Seconds())))
	}
	return x
}

const headerRequestID = "X-Request-ID"

// requestID takes over an id that cannot do harm in a log, or makes one.
func requestID(given []byte, now time.Time) string {
	if len(given) > 0 && len(given) <= 64 && safeRequestID(given) {
		return string(given)
	}
	return newRequestID(now, rand.Uint64(), rand.Uint64()) //nolint:gosec // see newRequestID
}

// newRequestID is a UUIDv7 (RFC 9562, 5.7). Its random part only has to differ,
// nobody gains by guessing it, so it does not cost a read of the system's.
func newRequestID(now time.Time, a, b uint64) string {
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:8], uint64(now.UnixMilli())<<16|0x7000|a&0x0fff)
	binary.BigEndian.PutUint64(id[8:], 1<<63|b>>2)
	return id.String()
}

func safeRequestID(b []byte) bool {
	for _, c := range b {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

// end is deferred: it turns a panic into a reply, and counts and logs the
// request, unless a stream goes on and will do so itself.
func (x *exchange) end() {
	if recovered := recover(); recovered != nil {
		x.logPanic(recovered)
		x.rc.Response.ResetBody()
		x.refuse(&models.Error{Kind: models.Internal})
	}
	if !x.streaming {
		x.finish(x.size())
	}
}

func (x *exchange) size() int {
	if x.rc.Response.IsBodyStream() {
		return 0
	}
	return len(x.rc.Response.Body())
}

func (x *exchange) logPanic(recovered any) {
	x.route.server.opt.Log.Error("request panicked", "route", x.route.template, "request_id", x.id,
		"panic", fmt.Sprint(recovered), "stack", string(debug.Stack()))
}

// finish counts and logs the request and gives the exchange back.
func (x *exchange) finish(written int) {
	s, elapsed, status := x.route.server, time.Since(x.start), x.rc.Response.StatusCode()
	s.meter.inFlight.Dec()
	x.route.timings.observe(status, elapsed.Seconds())
	level := slog.LevelInfo
	if x.route.raw != nil && status < http.StatusBadRequest {
		level = slog.LevelDebug // see Raw
	}
	x.route.log.LogAttrs(context.Background(), level, "request", //nolint:forbidigo // a log line has no deadline
		slog.Int("status", status),
		slog.Int64("us", elapsed.Microseconds()),
		slog.String("request_id", x.id),
		slog.String("caller", callerKind(x.caller)),
		slog.Int("bytes", written)) // with a sixth, slog allocates
	*x = exchange{scratch: x.scratch[:0]}
	s.exchanges.Put(x)
}

func callerKind(c models.Caller) string {
	switch {
	case c.Device != "":
		return "device"
	case c.Key != "":
		return "key"
	}
	return "nobody"
}

// context is the one that handlers and everything behind them get: with the
// server's deadline, and ended when the handler returns. Fiber's own ends only
// at shutdown, and its values are gone with the request.
func (x *exchange) context(timeout time.Duration) (context.Context, context.CancelFunc) {
	ctx := context.WithValue(context.Background(), identityKey{}, &identity{x.caller, x.id}) //nolint:forbidigo // a request has no parent: see above
	return context.WithTimeout(ctx, timeout)
}

// admit looks at everything that does not need the handler.
func (x *exchange) admit() error {
	for _, check := range [...]func() error{x.identify, x.limit, x.readParams, x.readHeaders, x.readBody} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// readParams takes the parameters out of the path itself. Every parameter is a
// whole step of it, so Fiber, which has matched them, need not be asked again.
func (x *exchange) readParams() error {
	path, segment, next := x.rc.URI().PathOriginal(), 0, 0
	for part := range bytes.SplitSeq(path, []byte("/")) {
		if next == len(x.route.params) {
			break
		}
		if segment++; segment-1 != x.route.params[next].segment {
			continue
		}
		value, err := string(part), error(nil)
		if bytes.IndexByte(part, '%') >= 0 {
			value, err = url.PathUnescape(value)
		}
		if err != nil || !utf8.ValidString(value) {
			return &models.Error{Kind: models.Malformed, Code: "path_malformed", Detail: "The path is not percent-encoded UTF-8."}
		}
		x.params[next] = value
		next++
	}
	return x.readQuery()
}

// readQuery refuses a parameter that the route does not have: a misspelt
// dry_run would otherwise be a real run.
func (x *exchange) readQuery() error {
	if len(x.rc.URI().QueryString()) == 0 {
		return nil
	}
	var seen uint64
	for key, value := range x.rc.QueryArgs().All() {
		index := slices.IndexFunc(x.route.queries, func(q queryParam) bool { return q.name == string(key) })
		switch {
		case index < 0:
			return &models.Error{Kind: models.Invalid, Code: "parameter_unknown", Detail: "There is a query parameter that this does not have."}
		case len(value) == 0:
			return &models.Error{Kind: models.Invalid, Code: "parameter_empty", Detail: "There is a query parameter without a value: leave it out instead."}
		case !utf8.Valid(value):
			return &models.Error{Kind: models.Malformed, Code: "query_malformed", Detail: "The query is not percent-encoded UTF-8."}
		case !x.route.queries[index].repeatable && seen&(1<<index) != 0:
			return &models.Error{Kind: models.Malformed, Code: "parameter_repeated", Detail: "A query parameter is there twice."}
		}
		seen |= 1 << index
	}
	return nil
}

func (x *exchange) param(name string) string {
	for i, have := range x.route.params {
		if have.name == name {
			return x.params[i]
		}
	}
	return ""
}

func (x *exchange) readHeaders() error {
	for _, d := range x.route.headers {
		value := x.rc.Request.Header.Peek(d.name)
		if d.required && len(value) == 0 {
			return &models.Error{Kind: models.Malformed, Code: codeFrom(d.name) + "_missing", Detail: "The header " + d.name + " is missing."}
		}
		if !utf8.Valid(value) {
			return &models.Error{Kind: models.Malformed, Code: codeFrom(d.name) + "_malformed", Detail: "The header " + d.name + " is not UTF-8."}
		}
	}
	return nil
}

// refuse turns an error into the reply, and logs what must not be in it.
func (x *exchange) refuse(err error) {
	p := x.problem(err)
	for name, value := range p.header {
		x.rc.Response.Header.Set(name, value)
	}
	body, err := json.Marshal(p)
	if err != nil { // a Problem is strings and numbers
		x.route.server.opt.Log.Error("problem not encoded", "request_id", x.id, "error", err)
	}
	x.rc.Response.Header.SetContentType(mediaProblem)
	x.rc.Response.SetStatusCode(p.Status)
	x.rc.Response.SetBody(body)
}

func (x *exchange) problem(err error) *Problem {
	p := problemOf(err, x.id)
	logCause(x.route.server.opt.Log, p, err, x.route.template)
	return p
}
