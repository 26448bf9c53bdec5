package handlers_test

import (
	"encoding/json"
	"flag"
	"log/slog"
	"os"
	"strings"
	"testing"

	"example.org/tocsin/handlers"
	"example.org/tocsin/handlers/edge"
)

var update = flag.Bool("update", false, "write docs/openapi.json instead of comparing it")

const openAPIFile = "../docs/openapi.json"

// document returns the contract as a server serves it.
func document(t *testing.T) []byte {
	t.Helper()
	server := edge.New(edge.Options{Log: slog.New(slog.DiscardHandler), Auth: handlers.Authenticator{}, Version: "1"})
	for _, resource := range resources(parts{}) {
		resource.Register(server)
	}
	doc, err := server.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	return append(doc, '\n')
}

func TestOpenAPIFileIsTheContractOfTheCode(t *testing.T) {
	got := document(t)
	if *update {
		if err := os.WriteFile(openAPIFile, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(openAPIFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("docs/openapi.json is not what the code says; go test ./handlers -run OpenAPI -update writes it")
	}
}

// TestOpenAPISaysEnough walks through the document: every operation and every
// field explains itself, and no object takes or gives fields that it does not name.
func TestOpenAPISaysEnough(t *testing.T) {
	var doc struct {
		Paths      map[string]map[string]map[string]any
		Components struct{ Schemas map[string]map[string]any }
	}
	if err := json.Unmarshal(document(t), &doc); err != nil {
		t.Fatal(err)
	}
	operations := 0
	for path, methods := range doc.Paths {
		if !strings.HasPrefix(path, "/v1/") {
			continue
		}
		for method, op := range methods {
			operations++
			if op["summary"] == nil || op["operationId"] == nil || op["security"] == nil {
				t.Errorf("%s %s lacks a summary, an id or its security", method, path)
			}
			if text, _ := op["description"].(string); !strings.HasSuffix(text, ".") {
				t.Errorf("%s %s is described as %q, want a sentence", method, path, text)
			}
		}
	}
	if operations != 25 {
		t.Errorf("%d operations, want 25", operations)
	}
	for name, schema := range doc.Components.Schemas {
		closed, _ := schema["additionalProperties"].(bool)
		if _, has := schema["additionalProperties"]; schema["type"] == "object" && (!has || closed) {
			t.Errorf("schema %s takes any field", name)
		}
		fields, _ := schema["properties"].(map[string]any)
		for field, property := range fields {
			what, _ := property.(map[string]any)
			if text, _ := what["description"].(string); !strings.HasSuffix(text, ".") && what["$ref"] == nil {
				t.Errorf("schema %s describes %s as %q, want a sentence", name, field, text)
			}
		}
	}
}
