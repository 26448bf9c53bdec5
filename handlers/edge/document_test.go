package edge

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/models"
)

func TestTheDocumentSaysWhatTheEdgeDoes(t *testing.T) {
	h := startServer(t, Options{Version: "1.2.3"}, func(s *Server) {
		thingRoute(DeviceOr(models.ScopeReports), nil)(s)
		checkRoute(PublicOr(models.ScopeChecks), fixedReply("{}"))(s)
		sumsRoute(Scopes(models.ScopeSignatures), nil)(s)
	})
	a := h.do(t, "GET", "/openapi.json", "")
	type operation struct {
		Security  []map[string][]string
		Responses map[string]any
	}
	var doc struct {
		OpenAPI    string
		Info       struct{ Version string }
		Paths      map[string]map[string]operation
		Components struct {
			Schemas         map[string]any
			SecuritySchemes map[string]any
		}
	}
	if err := json.Unmarshal([]byte(a.body), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.OpenAPI != "3.1.0" || doc.Info.Version != "1.2.3" || len(doc.Components.SecuritySchemes) != 2 {
		t.Errorf("head of the document: %s %s %v", doc.OpenAPI, doc.Info.Version, doc.Components.SecuritySchemes)
	}
	for _, name := range []string{"Problem", "FieldError", "Sum"} {
		if doc.Components.Schemas[name] == nil {
			t.Errorf("schema %s is missing", name)
		}
	}
	if doc.Components.Schemas["ErrorModel"] != nil || strings.Contains(a.body, "$schema") {
		t.Error("the document holds Huma's own errors or links")
	}
	for _, tt := range []struct {
		path, method string
		statuses     string
		security     []map[string][]string
	}{
		{
			"/v1/things/{name}", "put", "200 400 401 403 404 408 413 415 422 429 431 500 503",
			[]map[string][]string{{"device": {}}, {"key": {"reports"}}},
		},
		{"/v1/checks/{kind}/{value}", "get", "200 400 401 403 404 422 429 431 500 503", []map[string][]string{{}, {"key": {"checks"}}}},
		{"/v1/sums:batch", "post", "200 400 401 403 408 413 415 422 429 431 500 503", []map[string][]string{{"key": {"signatures"}}}},
		{"/healthz", "get", "200 400 422 431 500 503", nil},
	} {
		op := doc.Paths[tt.path][tt.method]
		var got []string
		for status := range op.Responses {
			got = append(got, status)
		}
		slices.Sort(got)
		if diff := cmp.Diff(tt.statuses, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s: %s", tt.path, diff)
		}
		if diff := cmp.Diff(tt.security, op.Security); diff != "" {
			t.Errorf("%s: %s", tt.path, diff)
		}
	}
}
