package edge

import (
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// The media types that a request body can have.
const (
	mediaJSON    = "application/json"
	mediaNDJSON  = "application/x-ndjson"
	mediaProblem = "application/problem+json"
)

// plan is what Handle, Stream and Raw know about an operation and Huma does not.
// It reaches the adapter in the operation's metadata.
type plan struct {
	policy Policy
	body   reflect.Type // type of a JSON body; nil for none
	media  string       // media type of the body; empty if none is read
	limit  int          // length of the body in bytes, at most
	lines  bool         // body and reply are streams of lines
	raw    func(*RawRequest) error
}

// planKey is the key of the plan in an operation's metadata.
const planKey = "edge"

// route is one method and path, with everything that can be prepared before a request comes.
type route struct {
	plan
	server   *Server
	template string // path as in the OpenAPI document: the only form of a path in logs and metrics
	log      *slog.Logger
	params   []pathParam // of the path
	queries  []queryParam
	headers  []headerParam
	shape    *shape // keys of the JSON body
	timings  timings
	serve    func(*exchange)
}

// pathParam is a parameter of the path and the index of its segment.
type pathParam struct {
	name    string
	segment int
}

// queryParam is a query parameter that the operation declares.
type queryParam struct {
	name       string
	repeatable bool
}

// headerParam is a header that the operation declares.
type headerParam struct {
	name     string
	required bool
}

// newRoute returns a route with its observers and its logger, which are made once and
// not for each request.
func (s *Server) newRoute(method, template string, p plan) *route {
	method = orDefault(method, "other") // never the text that a client sent
	return &route{
		plan: p, server: s, template: template, timings: s.meter.forRoute(template, method),
		log: s.opt.Log.With("method", method, "route", template),
	}
}

// register adds an operation to Fiber's router; an operation with GET also answers HEAD.
func (s *Server) register(op *huma.Operation, serve func(*exchange)) {
	methods := []string{op.Method}
	if op.Method == http.MethodGet {
		methods = append(methods, http.MethodHead)
	}
	p, _ := op.Metadata[planKey].(plan)
	for _, method := range methods {
		r := s.newRoute(method, op.Path, p)
		r.serve = serve
		r.prepare(op)
		s.app.Add(method, fiberPath(op.Path), r.handle)
		s.routes[method+" "+fiberPath(op.Path)] = r
	}
}

// prepare finds the parameters, headers and keys that a request of the operation can have.
func (r *route) prepare(op *huma.Operation) {
	r.shape = shapeOf(r.body)
	for _, param := range op.Parameters {
		switch param.In {
		case "query":
			r.queries = append(r.queries, queryParam{param.Name, param.Schema != nil && param.Schema.Type == huma.TypeArray})
		case "header":
			r.headers = append(r.headers, headerParam{param.Name, param.Required})
		}
	}
	for segment, part := range strings.Split(op.Path, "/") {
		if strings.HasPrefix(part, "{") && strings.HasSuffix(part, "}") {
			r.params = append(r.params, pathParam{part[1 : len(part)-1], segment})
		}
	}
}

// fiberPath turns an OpenAPI path into Fiber's form: {name} becomes :name, and a
// literal colon is escaped.
func fiberPath(path string) string {
	return strings.NewReplacer(":", `\:`, "{", ":", "}", "").Replace(path)
}

// handle is the handler that Fiber calls.
func (r *route) handle(c *fiber.Ctx) error {
	x := r.server.begin(r, c.Context())
	defer x.end()
	if err := x.admit(); err != nil {
		x.refuse(err)
		return nil
	}
	if x.expects == expectAsking {
		x.rc.SetUserValue(expectKey{}, expectAdmitted)
		return nil
	}
	r.serve(x)
	return nil
}

// unrouted answers requests that no route takes and that fasthttp cannot read. The
// text of its error can hold what was sent, so only the status is used.
func (s *Server) unrouted(c *fiber.Ctx, err error) error {
	s.writeError(c.Context(), unrouted(err))
	return nil
}

// normalizeMethod replaces methods that Fiber does not know, which it would answer
// with 501 itself, by one that no route has: so they get a problem reply like any other.
func (s *Server) normalizeMethod(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(rc *fasthttp.RequestCtx) {
		if !slices.Contains(fiber.DefaultMethods, string(rc.Method())) {
			rc.Request.Header.SetMethod(http.MethodTrace) // Fiber knows it, and no route has it
		}
		next(rc)
	}
}

// writeError answers a request that has no route.
func (s *Server) writeError(rc *fasthttp.RequestCtx, err error) {
	x := s.begin(s.unmatched, rc)
	defer x.end()
	x.refuse(err)
}

// typeOf is reflect.TypeFor under a shorter name.
func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }
