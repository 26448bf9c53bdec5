package edge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"

	"example.org/tocsin/models"
)

// Authenticator returns the caller that a credential belongs to, and
// models.Unauthenticated for a credential that is unknown, wrong or revoked.
type Authenticator interface {
	Authenticate(ctx context.Context, c models.Credential) (models.Caller, error)
}

// Options configures a Server. Only Log and Auth have no default.
type Options struct {
	Log            *slog.Logger
	Auth           Authenticator
	Limits         Limits
	Timeout        time.Duration // to handle one request; default 5 s
	ReadTimeout    time.Duration // to read one request, headers and body; default 10 s
	WriteTimeout   time.Duration // to write one reply; default 10 s
	IdleTimeout    time.Duration // between two requests on a connection; default 60 s
	BodyLimit      int           // bytes of a JSON body, unless the operation has a limit of its own; default 256 KiB
	HeaderLimit    int           // bytes of the request line and the headers, also kept per connection; default 8 KiB
	Stream         StreamLimits
	Drain          DrainLimits
	MaxConnections int            // open connections; default 16,384
	TrustedProxies []netip.Prefix // proxies whose X-Forwarded-For is used
	HSTS           time.Duration  // max-age of Strict-Transport-Security; 0 for no such header
	Version        string         // version of the API in the document
	Registry       *prometheus.Registry
	// Ready returns what /readyz shows, or an error while requests cannot be served.
	Ready func(ctx context.Context) (map[string]any, error)
}

// StreamLimits bounds one stream of lines.
type StreamLimits struct {
	Lines       int           // default 10,000
	LineBytes   int           // bytes of one line; default 64 KiB
	BodyBytes   int           // bytes of the whole body; default 32 MiB
	Timeout     time.Duration // to handle the whole stream; default 10 min
	IdleTimeout time.Duration // in which the client neither sends nor reads; default 10 s
}

// withDefaults fills in the defaults, which suit one node behind a load balancer. Rate
// limits have no default: without Limits there are none (TestLimitsAreOffByDefault).
func (o Options) withDefaults() Options {
	o.Timeout = orDefault(o.Timeout, 5*time.Second)
	o.ReadTimeout = orDefault(o.ReadTimeout, 10*time.Second)
	o.WriteTimeout = orDefault(o.WriteTimeout, 10*time.Second)
	o.IdleTimeout = orDefault(o.IdleTimeout, time.Minute)
	o.BodyLimit = orDefault(o.BodyLimit, 256<<10)
	o.HeaderLimit = orDefault(o.HeaderLimit, 8<<10)
	o.MaxConnections = orDefault(o.MaxConnections, 16384)
	o.Stream.Lines = orDefault(o.Stream.Lines, 10000)
	o.Stream.LineBytes = orDefault(o.Stream.LineBytes, 64<<10)
	o.Stream.BodyBytes = orDefault(o.Stream.BodyBytes, 32<<20)
	o.Stream.Timeout = orDefault(o.Stream.Timeout, 10*time.Minute)
	o.Stream.IdleTimeout = orDefault(o.Stream.IdleTimeout, 10*time.Second)
	o.Drain.Bytes = orDefault(o.Drain.Bytes, 64<<20)
	o.Drain.Timeout = orDefault(o.Drain.Timeout, 30*time.Second)
	o.Drain.IdleTimeout = orDefault(o.Drain.IdleTimeout, 5*time.Second)
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	if o.Ready == nil {
		o.Ready = func(context.Context) (map[string]any, error) { return map[string]any{}, nil }
	}
	return o
}

// orDefault returns v, or fallback for a zero v.
func orDefault[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}

// Server is the HTTP edge. Add the routes, then call Listener once.
type Server struct {
	opt            Options
	app            *fiber.App
	api            huma.API
	routes         map[string]*route // key: method and Fiber path
	unmatched      *route            // route of requests that no other route takes
	credentials    *credentialCache
	limiter        *limiter
	meter          *meter
	exchanges      sync.Pool
	problemSchema  *huma.Schema
	document       []byte
	connections    *connections
	requests       context.Context //nolint:containedctx // parent of the contexts of all requests
	cancelRequests context.CancelFunc
	stopping       chan struct{}
	listenerMu     sync.Mutex // guards listener and the closing of stopping
	listener       net.Listener
}

// New returns a server with the routes /healthz, /readyz, /metrics and /openapi.json.
func New(opt Options) *Server {
	opt = opt.withDefaults()
	s := &Server{
		opt:         opt,
		routes:      map[string]*route{},
		credentials: newCredentialCache(),
		limiter:     newLimiter(opt.Limits),
		meter:       newMeter(opt.Registry),
		connections: &connections{drain: opt.Drain, open: map[*conn]struct{}{}},
		stopping:    make(chan struct{}),
	}
	s.requests, s.cancelRequests = context.WithCancel(context.Background()) //nolint:forbidigo // a server has no parent: Shutdown ends it
	s.exchanges.New = func() any { return new(exchange) }
	s.app = fiber.New(fiber.Config{
		Immutable: true, // Fiber's strings are otherwise overwritten by the next request
		// One operation has one path: variants would pass by rules of proxies and caches.
		CaseSensitive:                true,
		StrictRouting:                true,
		StreamRequestBody:            true, // readBody and Lines read bodies, under their own limits
		DisablePreParseMultipartForm: true,
		DisableStartupMessage:        true,
		DisableDefaultContentType:    true,
		ReadTimeout:                  opt.ReadTimeout,
		WriteTimeout:                 opt.WriteTimeout,
		IdleTimeout:                  opt.IdleTimeout,
		ReadBufferSize:               opt.HeaderLimit,
		BodyLimit:                    opt.Stream.BodyBytes,
		Concurrency:                  opt.MaxConnections,
		ErrorHandler:                 s.unrouted,
	})
	s.app.Server().SecureErrorLogMessage = true // fasthttp would log the bytes that it could not read
	s.app.Server().Handler = s.normalizeMethod(s.app.Server().Handler)
	s.app.Server().ExpectHandler = s.expect
	s.app.Server().ConnState = s.connections.state
	s.app.Server().CloseOnShutdown = true
	// Requests without a route share one, so that paths of the client's choice make no
	// new series of metrics.
	s.unmatched = s.newRoute("", "unmatched", plan{policy: Public()})
	s.api = s.newAPI()
	s.problemSchema = s.schema(typeOf[Problem](), "")
	s.probes()
	return s
}

// API returns Huma's API, to read schemas and to add to the document. Routes are
// added by Handle, Stream and Raw: one that is added here has no policy, and the server does not start.
func (s *Server) API() huma.API { return s.api }

// Listener serves ln until Shutdown. It fails at once if a route has no policy.
func (s *Server) Listener(ln net.Listener) error {
	if err := s.checkRoutes(); err != nil {
		return err
	}
	document, err := s.OpenAPI()
	if err != nil {
		return err
	}
	s.document = document
	// Shutdown can come before or after this: whichever is second sees the other.
	s.listenerMu.Lock()
	s.listener = ln
	stopped := s.stopped()
	s.listenerMu.Unlock()
	if stopped {
		return ln.Close()
	}
	if err := s.app.Listener(listener{ln, s.connections}); err != nil {
		return fmt.Errorf("serve http: %w", err)
	}
	return nil
}

// checkRoutes reads Fiber's own routes rather than s.routes, so that a route that bypasses this
// package is found.
func (s *Server) checkRoutes() error {
	var unprotected []string
	for _, r := range s.app.GetRoutes() {
		known := s.routes[r.Method+" "+r.Path]
		if known == nil || !known.policy.isSet() {
			unprotected = append(unprotected, r.Method+" "+r.Path)
		}
		if known != nil && (len(known.params) > maxParams || len(known.params) != strings.Count(known.template, "{")) {
			return fmt.Errorf("route %s: up to %d parameters, each a whole segment of the path", known.template, maxParams)
		}
	}
	if len(unprotected) > 0 {
		return errors.New("routes without a policy: " + strings.Join(unprotected, ", "))
	}
	return nil
}

// Forget drops the credential of a device or key from the cache, so that the next
// request asks the Authenticator. It must be called when a credential is revoked
// or changed. On other nodes the entry expires within 30 s.
func (s *Server) Forget(id string) { s.credentials.forget(id) }
