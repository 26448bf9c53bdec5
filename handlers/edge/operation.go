package edge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// newAPI is Huma with strict JSON and problem replies, without its documentation
// pages and its $schema links.
func (s *Server) newAPI() huma.API {
	format := huma.Format{
		Marshal: func(w io.Writer, v any) error {
			enc := json.NewEncoder(w)
			enc.SetEscapeHTML(false)
			return enc.Encode(v)
		},
		Unmarshal: json.Unmarshal, // scan has checked the body
	}
	return huma.NewAPI(huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Tocsin", Version: orDefault(s.opt.Version, "0"),
				Description: "The API behind a citizen's anti-scam app: reports, checks, exposures and warnings. Errors are problem " +
					"documents (RFC 9457) with a stable code. Times are RFC 3339. JSON bodies have no unknown keys, no repeated keys, " +
					"and no null where the schema does not allow it.",
			},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"device": {Type: "http", Scheme: "bearer", Description: "The credential of a device as a bearer token (RFC 6750): dev_ID.SECRET."},
					"key": {
						Type: "http", Scheme: "bearer",
						Description: "The credential of an API key as a bearer token (RFC 6750): key_ID.SECRET. The roles of an operation are " +
							"the scopes that the key needs.",
					},
				},
			},
		},
		Formats:       map[string]huma.Format{mediaJSON: format, "json": format},
		DefaultFormat: mediaJSON,
		Transformers:  []huma.Transformer{translate},
	}, adapter{s})
}

// Handle adds an operation. Huma reads the parameters and the body into I and
// checks them against I's tags before it calls the handler. op.MaxBodyBytes, if set,
// replaces Options.BodyLimit. op.Errors lists the statuses that only the handler
// returns, such as 404 and 409. An error of the handler becomes a problem reply.
func Handle[I, O any](s *Server, op huma.Operation, p Policy, h func(context.Context, *I) (*O, error)) {
	opPlan := plan{policy: p}
	if f, ok := typeOf[I]().FieldByName("Body"); ok {
		opPlan.body, opPlan.media, opPlan.limit = f.Type, mediaJSON, orDefault(int(op.MaxBodyBytes), s.opt.BodyLimit)
	}
	op.MaxBodyBytes = -1 // readBody has read it under its own limit
	s.describe(&op, opPlan, typeOf[I]())
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, in)
		if err != nil {
			// Huma would send the text of any other error to the client.
			p := problemOf(err, RequestIDFrom(ctx))
			logCause(s.opt.Log, p, err, op.Path)
			return nil, p
		}
		return out, nil
	})
}

// Raw adds an operation whose handler reads and writes through a RawRequest,
// without Huma, for operations where each allocation counts. I and O only describe
// it in the document: the handler reads the parameters itself. Requests that
// succeed are logged at debug level: they are measured like any other, and at 20,000
// per second the log line would be a third of the work (BenchmarkCheck).
func Raw[I, O any](s *Server, op huma.Operation, p Policy, h func(*RawRequest) error) {
	s.describe(&op, plan{policy: p, raw: h}, typeOf[I]())
	huma.Register(s.api, op, func(context.Context, *I) (*O, error) {
		return nil, errors.New("a raw route has no Huma handler")
	})
}

// describe gives the operation its plan, and documents the security and the
// statuses that the edge adds to it.
func (s *Server) describe(op *huma.Operation, p plan, in reflect.Type) {
	op.Metadata = maps.Clone(op.Metadata)
	if op.Metadata == nil {
		op.Metadata = map[string]any{}
	}
	op.Metadata[planKey] = p
	op.Security = p.policy.security()
	op.Responses = maps.Clone(op.Responses)
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	// Every error has the same body, so clients need one decoder.
	for _, status := range append(statuses(op.Path, p, in), op.Errors...) {
		op.Responses[strconv.Itoa(status)] = &huma.Response{
			Description: http.StatusText(status),
			Content:     map[string]*huma.MediaType{mediaProblem: {Schema: s.problemSchema}},
		}
	}
	op.Errors = nil
}

// statuses lists the statuses that the edge can return for a route, whatever its handler does.
func statuses(path string, p plan, in reflect.Type) []int {
	out := []int{
		http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusRequestHeaderFieldsTooLarge,
		http.StatusInternalServerError, http.StatusServiceUnavailable,
	}
	if !p.policy.probe {
		out = append(out, http.StatusTooManyRequests)
	}
	if p.policy.authenticates() {
		out = append(out, http.StatusUnauthorized, http.StatusForbidden)
	}
	if strings.Contains(path, "{") {
		out = append(out, http.StatusNotFound)
	}
	if p.media != "" {
		out = append(out, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	// Only an operation that declares If-Match can fail on it.
	for _, f := range reflect.VisibleFields(in) {
		if f.Tag.Get("header") == "If-Match" {
			out = append(out, http.StatusPreconditionFailed, http.StatusPreconditionRequired)
		}
	}
	return out
}

// schema returns the schema of a type, by reference where it has a name.
func (s *Server) schema(t reflect.Type, hint string) *huma.Schema {
	return s.api.OpenAPI().Components.Schemas.Schema(t, true, hint)
}

// OpenAPI returns the document (OpenAPI 3.1, JSON) of everything that is registered.
func (s *Server) OpenAPI() ([]byte, error) {
	doc, err := json.MarshalIndent(s.api.OpenAPI(), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("describe api: %w", err)
	}
	return doc, nil
}
