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

// plan is what Handle, Stream and Raw know about an operation and Huma does
// not. It travels in the operation's metadata from Register to the adapter.
type plan struct {
	policy Policy
	body   reflect.Type // of a JSON body; nil: none
	media  string       // of the body; empty: none is read
	limit  int          // bytes of the body
	lines  bool         // the body is a stream and the reply too
	raw    func(*RawRequest) error
}

// planKey is where the plan stands in an operation's metadata.
const planKey = "edge"

// route is one method and path, with everything about it that can be worked out before a request comes.
type route struct {
	plan
	server   *Server
	template string // as in the OpenAPI document: the only form of a path that is logged or measured
	log      *slog.Logger
	params   []pathParam // of the path
	queries  []queryParam
	headers  []headerParam
	shape    *shape // of the JSON body
	timings  timings
	serve    func(*exchange)
}

// param is a parameter of the path: which step of it, from 0.
type pathParam struct {
	name    string
	segment int
}

// query is a query parameter that the operation has; many may be there more than once.
type queryParam struct {
	name       string
	repeatable bool
}

// declared is a header that the operation has as a parameter.
type headerParam struct {
	name     string
	required bool
}

func (s *Server) newRoute(method, template string, p plan) *route {
	method = orDefault(method, "other") // never a text that somebody sent
	return &route{
		plan: p, server: s, template: template, timings: s.meter.forRoute(template, method),
		log: s.opt.Log.With("method", method, "route", template),
	}
}

// register puts an operation on Fiber's router. HEAD comes with GET.
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

// expect works out what a request of the operation may hold.
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

// fiberPath is an OpenAPI path in Fiber's spelling: {name} is :name, and a
// colon that means itself is escaped.
func fiberPath(path string) string {
	return strings.NewReplacer(":", `\:`, "{", ":", "}", "").Replace(path)
}

// handle is what Fiber calls.
func (r *route) handle(c *fiber.Ctx) error {
	x := r.server.begin(r, c.Context())
	defer x.end()
	if err := x.admit(); err != nil {
		x.refuse(err)
		return nil
	}
	r.serve(x)
	return nil
}

// unrouted answers what no route takes and what fasthttp could not read. The
// text of its error may hold what was sent, so only the status is used.
func (s *Server) unrouted(c *fiber.Ctx, err error) error {
	s.writeError(c.Context(), unrouted(err))
	return nil
}

// known keeps methods that Fiber does not know from it, since it would answer
// them with 501: they are refused like one that no route has, with 405 and Allow.
func (s *Server) normalizeMethod(next fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(rc *fasthttp.RequestCtx) {
		if !slices.Contains(fiber.DefaultMethods, string(rc.Method())) {
			rc.Request.Header.SetMethod(http.MethodTrace)
		}
		next(rc)
	}
}

func (s *Server) writeError(rc *fasthttp.RequestCtx, err error) {
	x := s.begin(s.unmatched, rc)
	defer x.end()
	x.refuse(err)
}

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }
