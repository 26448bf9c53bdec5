package handlers_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"example.org/tocsin/models"
)

// contract is the API document. Every reply in every test of this package is checked against it.
type contract struct{ *huma.OpenAPI }

// operation returns the operation of a request; nil if the document has none.
func (c contract) operation(method, path string) *huma.Operation {
	path, _, _ = strings.Cut(path, "?")
	segments := strings.Split(path, "/")
	var found *huma.Operation
	for template, item := range c.Paths {
		parts := strings.Split(template, "/")
		same, literals := len(parts) == len(segments), 0
		for i := 0; same && i < len(parts); i++ {
			if parts[i] == segments[i] {
				literals++
			} else {
				same = strings.HasPrefix(parts[i], "{")
			}
		}
		op := map[string]*huma.Operation{
			http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put,
			http.MethodPatch: item.Patch, http.MethodDelete: item.Delete,
		}[method]
		if same && op != nil && (found == nil || literals == len(parts)) {
			found = op
		}
	}
	return found
}

// validate returns how a reply differs from the document; nil if it does not.
func (c contract) validate(method, path string, r reply) error {
	op := c.operation(method, path)
	if op == nil {
		return nil // the edge answers
	}
	response := op.Responses[strconv.Itoa(r.status)]
	switch {
	case response == nil:
		return fmt.Errorf("the status %d is not documented", r.status)
	case len(response.Content) == 0 && len(r.body) == 0:
		return nil
	}
	media := response.Content[r.header.Get("Content-Type")]
	if media == nil {
		return fmt.Errorf("the type %q is not documented for %d", r.header.Get("Content-Type"), r.status)
	}
	schema, lines := media.Schema, []string{string(r.body)}
	if line, ok := schema.Extensions["x-line"].(*huma.Schema); ok {
		schema, lines = line, strings.Split(strings.TrimSpace(string(r.body)), "\n")
	}
	for _, line := range lines {
		var value any
		if err := json.Unmarshal([]byte(line), &value); err != nil {
			return err
		}
		var result huma.ValidateResult
		huma.Validate(c.Components.Schemas, schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, value, &result)
		if len(result.Errors) > 0 {
			return fmt.Errorf("%s is not what is documented: %v", line, result.Errors)
		}
	}
	return nil
}

// generator makes values that a schema describes and, at a given rate, values that it does not.
type generator struct {
	*rand.Rand
	schemas     huma.Registry
	invalidRate float64           // share of values that the schema does not describe
	ids         map[string]string // an id that exists, by the path that holds it
}

func (g generator) value(s *huma.Schema) any {
	for s.Ref != "" {
		s = g.schemas.SchemaFromRef(s.Ref)
	}
	if g.Float64() < g.invalidRate {
		return g.junk()
	}
	switch s.Type {
	case huma.TypeObject:
		out := map[string]any{}
		for name, field := range s.Properties {
			if slices.Contains(s.Required, name) || g.IntN(2) == 0 {
				out[name] = g.value(field)
			}
		}
		return out
	case huma.TypeArray:
		out := make([]any, 1+g.IntN(3))
		for i := range out {
			out[i] = g.value(s.Items)
		}
		return out
	case huma.TypeInteger, huma.TypeNumber:
		return g.IntN(100)
	case huma.TypeBoolean:
		return g.IntN(2) == 0
	}
	return g.text(s)
}

func (g generator) text(s *huma.Schema) any {
	switch {
	case len(s.Enum) > 0:
		return s.Enum[g.IntN(len(s.Enum))]
	case s.Format == "date-time":
		return time.Now().Add(-time.Duration(g.IntN(1e6)) * time.Second).UTC().Format(time.RFC3339)
	case len(s.Examples) > 0 && g.IntN(2) == 0:
		return s.Examples[0]
	case strings.HasPrefix(s.Pattern, "^[A-Z]{3}"):
		return "EUR"
	case strings.HasPrefix(s.Pattern, "^[A-Z]{2}") || strings.HasPrefix(s.Pattern, "^([A-Z]{2}"):
		return "US"
	case strings.HasPrefix(s.Pattern, "^[A-Za-z]{2,8}"):
		return "es"
	}
	return []any{"evil.example", "+1 202 555 0143", "https://evil.example/a", "mule@evil.example", "a b", "word"}[g.IntN(6)]
}

func (g generator) junk() any {
	junk := []any{
		nil, true, -1, 1e300, 9007199254740993, "", " ", "\x00", "\u202e", "\U0001F4A5",
		strings.Repeat("a", 20000), strings.Repeat("\u00e9", 3000),
		"9999-12-31T23:59:59-10:00", "0000-01-01T00:00:00+10:00", "ZZ", "../../etc/passwd",
		[]any{},
		[]any{nil},
		map[string]any{},
		map[string]any{"$ne": nil},
		map[string]any{"a": map[string]any{"b": []any{1}}},
	}
	return junk[g.IntN(len(junk))]
}

// TestNoRequestBreaksTheContract sends requests that the document describes and
// requests that it does not. None may be answered with a 5xx, with a status that is not
// documented, or with a body that differs from the document (see testServer.call).
func TestNoRequestBreaksTheContract(t *testing.T) {
	runs := 40
	if testing.Short() {
		runs = 3
	}
	s := startServer(t)
	s.signature("+1 202 555 0143")
	keys := s.key(models.Scopes()...)
	spare, _ := models.NewKey("spare line", models.Scopes(), 0, time.Now())
	if err := s.store.PutKey(t.Context(), spare); err != nil {
		t.Fatal(err)
	}
	g := generator{Rand: rand.New(rand.NewPCG(1, 2)), schemas: s.contract.Components.Schemas, ids: map[string]string{
		"/v1/signatures/{id}": models.SignatureID(models.Exact, models.Phone, "+12025550143"), "/v1/keys/{id}": spare.ID,
	}}
	operations := 0
	for path, item := range s.contract.Paths {
		for method, op := range map[string]*huma.Operation{
			http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put, http.MethodPatch: item.Patch,
			http.MethodDelete: item.Delete,
		} {
			if op == nil {
				continue
			}
			operations++
			for run := range runs {
				g.invalidRate = []float64{0, 0.05, 0.3}[run%3]
				_, credential := s.device(nil)
				if slices.ContainsFunc(op.Security, func(m map[string][]string) bool { return m["key"] != nil }) && run%2 == 0 {
					credential = keys
				}
				target, headers, body := g.request(path, op)
				got := s.call(method, target, credential, body, headers...)
				if got.status >= 500 {
					t.Errorf("%s %s of %v: %d %s", method, target, body, got.status, got.body)
				}
			}
		}
	}
	if operations < 21 {
		t.Errorf("%d operations were called, want 21 or more", operations)
	}
}

// request makes the path, headers and body of a request.
func (g generator) request(path string, op *huma.Operation) (target string, headers []string, body any) {
	query := url.Values{}
	headers = []string{"Idempotency-Key", strconv.Itoa(g.IntN(1e9))}
	for _, p := range op.Parameters {
		value := fmt.Sprint(g.value(p.Schema))
		switch {
		case p.In == "path" && g.ids[path] != "" && g.IntN(2) == 0:
			path = strings.Replace(path, "{"+p.Name+"}", g.ids[path], 1)
		case p.In == "path":
			path = strings.Replace(path, "{"+p.Name+"}", url.PathEscape(value[:min(len(value), 3000)]), 1)
		case p.In == "query" && g.IntN(2) == 0:
			query.Set(p.Name, value[:min(len(value), 2000)])
		case p.Name == "If-Match":
			headers = append(headers, p.Name, `"1"`)
		case p.Name == "Tocsin-Agent":
			headers = append(headers, p.Name, "agent 17")
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	if op.RequestBody == nil {
		return path, headers, nil
	}
	if media := op.RequestBody.Content["application/json"]; media != nil {
		return path, headers, g.value(media.Schema)
	}
	schema, _ := op.RequestBody.Content["application/x-ndjson"].Schema.Extensions["x-line"].(*huma.Schema)
	var lines strings.Builder
	for range 5 {
		line, _ := json.Marshal(g.value(schema)) // of numbers, strings and lists of them
		lines.Write(append(line, '\n'))
	}
	return path, append(headers, "Content-Type", "application/x-ndjson"), lines.String()
}
