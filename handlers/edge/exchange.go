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

// exchange is one request and its reply. It is pooled, so nothing that outlives
// the request may hold it. Handlers get an identity, which is a copy.
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
	expects   expectation
	streaming bool // the reply is still being written after the handler has returned
}

// maxParams is the number of parameters that a path can have. checkRoutes holds routes to it.
const maxParams = 4

// identity is what a handler's context holds about the request.
type identity struct {
	caller models.Caller
	id     string
}

// identityKey is the key of the identity in a context.
type identityKey struct{}

// CallerFrom returns the caller of the request that ctx belongs to; the zero Caller without a credential.
func CallerFrom(ctx context.Context) models.Caller { return identityFrom(ctx).caller }

// RequestIDFrom returns the id of the request that ctx belongs to.
func RequestIDFrom(ctx context.Context) string { return identityFrom(ctx).id }

// identityFrom returns the identity in ctx, or an empty one, so that handlers can be
// called outside a request.
func identityFrom(ctx context.Context) *identity {
	if id, ok := ctx.Value(identityKey{}).(*identity); ok {
		return id
	}
	return &identity{}
}

// begin takes an exchange from the pool and writes the headers that every reply
// has. Replies hold verdicts and personal data, so no-store keeps them out of caches.
func (s *Server) begin(r *route, rc *fasthttp.RequestCtx) *exchange {
	x := s.exchanges.Get().(*exchange) // the pool holds nothing else
	x.route, x.rc, x.start, x.expects = r, rc, rc.Time(), expectationOf(rc)
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

// requestID keeps a client's id of up to 64 characters that are safe in a log, or makes a new one.
func requestID(given []byte, now time.Time) string {
	if len(given) > 0 && len(given) <= 64 && safeRequestID(given) {
		return string(given)
	}
	return newRequestID(now, rand.Uint64(), rand.Uint64()) //nolint:gosec // not a secret, see newRequestID
}

// newRequestID makes a UUIDv7 (RFC 9562, 5.7) of the time and 74 bits of a and b.
// The random bits must differ but need not be secret, so they come from math/rand,
// which costs no system call.
func newRequestID(now time.Time, a, b uint64) string {
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:8], uint64(now.UnixMilli())<<16|0x7000|a&0x0fff)
	binary.BigEndian.PutUint64(id[8:], 1<<63|b>>2)
	return id.String()
}

// safeRequestID reports whether all bytes are ASCII letters, digits, or one of - _ and a full stop.
func safeRequestID(b []byte) bool {
	for _, c := range b {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

// end is deferred. It turns a panic into a 500 and finishes the request, except
// for a stream, which finishes itself (see replyReader.Close), and a question (see expect).
func (x *exchange) end() {
	if recovered := recover(); recovered != nil {
		x.logPanic(recovered)
		x.rc.Response.ResetBody() // the handler can have written half a reply
		x.refuse(&models.Error{Kind: models.Internal})
	}
	switch {
	case x.streaming:
	case expectationOf(x.rc) == expectAdmitted && x.expects == expectAsking:
		x.release() // the request itself is still to come
	default:
		x.finish(x.size())
	}
}

// size is the length of the reply's body in bytes; 0 for a stream.
func (x *exchange) size() int {
	if x.rc.Response.IsBodyStream() {
		return 0
	}
	return len(x.rc.Response.Body())
}

// logPanic logs a panic with its stack. The value of the panic goes into the log but
// never into the reply (TestAPanicIsAProblemWithoutItsText).
func (x *exchange) logPanic(recovered any) {
	x.route.server.opt.Log.Error("request panicked", "route", x.route.template, "request_id", x.id,
		"panic", fmt.Sprint(recovered), "stack", string(debug.Stack()))
}

// finish measures and logs the request and returns the exchange to the pool.
func (x *exchange) finish(written int) {
	elapsed, status := time.Since(x.start), x.rc.Response.StatusCode()
	x.route.timings.observe(status, elapsed.Seconds())
	level := slog.LevelInfo
	if x.route.raw != nil && status < http.StatusBadRequest {
		level = slog.LevelDebug // see Raw for the reason
	}
	x.route.log.LogAttrs(context.Background(), level, "request", //nolint:forbidigo // logging has no deadline
		slog.Int("status", status),
		slog.Int64("us", elapsed.Microseconds()),
		slog.String("request_id", x.id),
		slog.String("caller", callerKind(x.caller)),
		slog.Int("bytes", written)) // slog.Record holds five attributes without allocating
	x.release()
}

// release returns the exchange to the pool. Nothing of this request may reach the
// next one. The buffer is kept for its memory.
func (x *exchange) release() {
	s := x.route.server
	s.meter.inFlight.Dec()
	*x = exchange{scratch: x.scratch[:0]}
	s.exchanges.Put(x)
}

// callerKind is all that the log holds of the caller.
func callerKind(c models.Caller) string {
	switch {
	case c.Device != "":
		return "device"
	case c.Key != "":
		return "key"
	}
	return "nobody"
}

// context returns the context of handlers and everything behind them. It has
// the server's deadline and ends when the handler returns. Fiber's own context ends
// only at shutdown, and its values are reused after the request.
func (x *exchange) context(timeout time.Duration) (context.Context, context.CancelFunc) {
	ctx := context.WithValue(x.route.server.requests, identityKey{}, &identity{x.caller, x.id})
	return context.WithTimeout(ctx, timeout)
}

// admit checks what does not need the handler. The caller and its limit come first, so that
// refused requests cost little.
func (x *exchange) admit() error {
	for _, check := range [...]func() error{x.identify, x.limit, x.readParams, x.readHeaders, x.readBody} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// readParams reads the parameters from the path. Each is a whole segment
// (checkRoutes) and is decoded after the path is split, so that a value can hold an encoded
// slash. Fiber would look each of them up by its name.
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
			return &models.Error{Kind: models.Malformed, Code: "path_malformed", Detail: "The path must be percent-encoded UTF-8."}
		}
		x.params[next] = value
		next++
	}
	return x.readQuery()
}

// readQuery refuses parameters that the route does not have: a misspelt dry_run
// would otherwise be ignored, and the import would be real.
func (x *exchange) readQuery() error {
	if len(x.rc.URI().QueryString()) == 0 {
		return nil
	}
	var seen uint64
	for key, value := range x.rc.QueryArgs().All() {
		index := slices.IndexFunc(x.route.queries, func(q queryParam) bool { return q.name == string(key) })
		switch {
		case index < 0:
			return &models.Error{Kind: models.Invalid, Code: "parameter_unknown", Detail: "A query parameter is unknown."}
		case len(value) == 0:
			return &models.Error{Kind: models.Invalid, Code: "parameter_empty", Detail: "A query parameter is empty. Leave it out instead."}
		case !utf8.Valid(value):
			return &models.Error{Kind: models.Malformed, Code: "query_malformed", Detail: "The query must be percent-encoded UTF-8."}
		case !x.route.queries[index].repeatable && seen&(1<<index) != 0:
			return &models.Error{Kind: models.Malformed, Code: "parameter_repeated", Detail: "A query parameter is repeated."}
		}
		seen |= 1 << index
	}
	return nil
}

// param returns a parameter of the path; "" for one that the route does not have.
func (x *exchange) param(name string) string {
	for i, have := range x.route.params {
		if have.name == name {
			return x.params[i]
		}
	}
	return ""
}

// readHeaders checks the headers that the operation declares. Huma would answer
// a missing one with 422 and a code that does not name it.
func (x *exchange) readHeaders() error {
	for _, h := range x.route.headers {
		value := x.rc.Request.Header.Peek(h.name)
		if h.required && len(value) == 0 {
			return malformed(codeFrom(h.name)+"_missing", "The header "+h.name+" is missing.")
		}
		if !utf8.Valid(value) {
			return malformed(codeFrom(h.name)+"_malformed", "The header "+h.name+" must be UTF-8.")
		}
	}
	return nil
}

// refuse makes the problem reply of an error, and logs the cause, which the reply does not hold.
func (x *exchange) refuse(err error) {
	p := x.problem(err)
	for name, value := range p.header {
		x.rc.Response.Header.Set(name, value)
	}
	body, err := json.Marshal(p)
	if err != nil { // cannot happen: a Problem holds strings and numbers
		x.route.server.opt.Log.Error("problem not encoded", "request_id", x.id, "error", err)
	}
	x.rc.Response.Header.SetContentType(mediaProblem)
	x.rc.Response.SetStatusCode(p.Status)
	x.rc.Response.SetBody(body)
}

// problem returns the problem of an error and logs its cause.
func (x *exchange) problem(err error) *Problem {
	p := problemOf(err, x.id)
	logCause(x.route.server.opt.Log, p, err, x.route.template)
	return p
}
