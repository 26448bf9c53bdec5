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

// newAPI is Huma with our JSON, our problems, and neither its documentation
// pages nor its $schema links.
func (s *Server) newAPI() huma.API {
	format := huma.Format{
		Marshal: func(w io.Writer, v any) error {
			enc := json.NewEncoder(w)
			enc.SetEscapeHTML(false)
			return enc.Encode(v)
		},
		Unmarshal: json.Unmarshal, // after scan
	}
	return huma.NewAPI(huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "Tocsin", Version: orDefault(s.opt.Version, "0")},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"device": {Type: "http", Scheme: "bearer", Description: "The credential of a device: dev_..."},
					"key":    {Type: "http", Scheme: "bearer", Description: "The credential of an API key: key_... The roles are its scopes."},
				},
			},
		},
		Formats:       map[string]huma.Format{mediaJSON: format, "json": format},
		DefaultFormat: mediaJSON,
		Transformers:  []huma.Transformer{translate},
	}, adapter{s})
}

// Handle adds an operation. Huma reads the parameters and the body into I and
// checks them against what I's tags say; the handler gets what has passed.
// op.MaxBodyBytes, if set, replaces Options.BodyLimit; op.Errors lists the
// statuses that only the handler knows about, such as 404 and 409.
func Handle[I, O any](s *Server, op huma.Operation, p Policy, h func(context.Context, *I) (*O, error)) {
	opPlan := plan{policy: p}
	if f, ok := typeOf[I]().FieldByName("Body"); ok {
		opPlan.body, opPlan.media, opPlan.limit = f.Type, mediaJSON, orDefault(int(op.MaxBodyBytes), s.opt.BodyLimit)
	}
	op.MaxBodyBytes = -1 // it has been read
	s.describe(&op, opPlan, typeOf[I]())
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, in)
		if err != nil {
			p := problemOf(err, RequestIDFrom(ctx))
			logCause(s.opt.Log, p, err, op.Path)
			return nil, p
		}
		return out, nil
	})
}

// Raw adds an operation whose handler speaks to fasthttp through a
// RawRequest, for the few where each allocation counts. I and O only describe
// it, in the way of Handle: the handler itself reads the parameters. A request
// that goes well is logged at debug level only: it is counted and measured like
// any other, and at 20,000 a second its log line would be a third of the work.
func Raw[I, O any](s *Server, op huma.Operation, p Policy, h func(*RawRequest) error) {
	s.describe(&op, plan{policy: p, raw: h}, typeOf[I]())
	huma.Register(s.api, op, func(context.Context, *I) (*O, error) {
		return nil, errors.New("raw routes do not come here")
	})
}

// describe gives the operation its plan and documents what the edge itself
// demands and answers.
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
	for _, status := range append(statuses(op.Path, p, in), op.Errors...) {
		op.Responses[strconv.Itoa(status)] = &huma.Response{
			Description: http.StatusText(status),
			Content:     map[string]*huma.MediaType{mediaProblem: {Schema: s.problemSchema}},
		}
	}
	op.Errors = nil
}

// statuses are those that a route can answer whatever its handler does.
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
	for _, f := range reflect.VisibleFields(in) {
		if f.Tag.Get("header") == "If-Match" {
			out = append(out, http.StatusPreconditionFailed, http.StatusPreconditionRequired)
		}
	}
	return out
}

func (s *Server) schema(t reflect.Type, hint string) *huma.Schema {
	return s.api.OpenAPI().Components.Schemas.Schema(t, true, hint)
}

// OpenAPI returns the document (OpenAPI 3.1, JSON) of all that has been registered.
func (s *Server) OpenAPI() ([]byte, error) {
	doc, err := json.MarshalIndent(s.api.OpenAPI(), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("describe api: %w", err)
	}
	return doc, nil
}
