package edge

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"
)

func TestBodiesThatAreRefused(t *testing.T) {
	h := startServer(t, Options{BodyLimit: 2000}, thingRoute(Public(), nil))
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	if _, err := io.Copy(w, io.LimitReader(zeros{}, 64<<20)); err != nil {
		t.Fatal(err)
	}
	w.Close()
	deep := strings.Repeat("[", 40) + strings.Repeat("]", 40)
	for _, tt := range []struct {
		name, body string
		headers    []string
		status     int
		code       string
		fault      FieldError
	}{
		{"gzip bomb", bomb.String()[:1000], []string{"Content-Encoding: gzip"}, 415, "content_encoding_unsupported", FieldError{}},
		{"too long", `{"note":"` + strings.Repeat("a", 3000) + `"}`, nil, 413, "body_too_large", FieldError{}},
		{"form", `note=1`, []string{"Content-Type: application/x-www-form-urlencoded"}, 415, "media_type_unsupported", FieldError{}},
		{"other charset", `{}`, []string{"Content-Type: application/json; charset=latin1"}, 415, "media_type_unsupported", FieldError{}},
		{"other JSON", `{}`, []string{"Content-Type: application/vnd.api+json"}, 415, "media_type_unsupported", FieldError{}},
		{"none", ``, nil, 400, "body_malformed", FieldError{}},
		{"no JSON", `canary`, nil, 400, "json_malformed", FieldError{}},
		{"half", `{"note":"canary`, nil, 400, "json_malformed", FieldError{}},
		{"two values", `{} {}`, nil, 400, "json_malformed", FieldError{}},
		{"trailing", `{}canary`, nil, 400, "json_malformed", FieldError{}},
		{"comma", `{"note":"canary",}`, nil, 400, "json_malformed", FieldError{}},
		{"not UTF-8", "{\"note\":\"\xff\"}", nil, 400, "json_not_utf8", FieldError{}},
		{"half a surrogate", `{"note":"\ud83d canary"}`, nil, 400, "json_not_utf8", FieldError{Pointer: "/note"}},
		{"deep", `{"note":` + deep + `}`, nil, 400, "json_too_deep", FieldError{}},
		{"key twice", `{"note":"canary","note":"b"}`, nil, 400, "key_repeated", FieldError{}},
		{"key twice, escaped", `{"note":"canary","n\u006fte":"b"}`, nil, 400, "key_repeated", FieldError{}},
		{"key twice, inside", `{"items":[{"kind":"url","kind":"url","value":"a"}]}`, nil, 400, "key_repeated", FieldError{Pointer: "/items/0"}},
		{"null", `{"note":null}`, nil, 422, "value_null", FieldError{Pointer: "/note"}},
		{"unknown key", `{"canary":1}`, nil, 422, "key_unknown", FieldError{}},
		{"unknown key inside", `{"items":[{"kind":"url","value":"a"},{"canary":{}}]}`, nil, 422, "key_unknown", FieldError{Pointer: "/items/1"}},
		{"other case", `{"Note":"canary"}`, nil, 422, "key_unknown", FieldError{}},
		{"operator", `{"note":{"$gt":"canary"}}`, nil, 422, "request_invalid", FieldError{Pointer: "/note", Code: "type_wrong"}},
		{"array", `["canary"]`, nil, 422, "request_invalid", FieldError{Code: "type_wrong"}},
		{"null", `null`, nil, 422, "request_invalid", FieldError{Code: "type_wrong"}},
		{"wrong type", `{"count":"canary"}`, nil, 422, "request_invalid", FieldError{Pointer: "/count", Code: "type_wrong"}},
		{"no fraction", `{"count":1.5}`, nil, 422, "request_invalid", FieldError{Pointer: "/count", Code: "type_wrong"}},
		{"out of range", `{"count":12345}`, nil, 422, "request_invalid", FieldError{Pointer: "/count", Code: "value_out_of_range"}},
		{"huge", `{"count":1e999}`, nil, 400, "body_malformed", FieldError{Code: "value_invalid"}},
		{"missing", `{"items":[{"kind":"url"}]}`, nil, 422, "request_invalid", FieldError{Pointer: "/items/0/value", Code: "key_missing"}},
		{
			"not one of", `{"items":[{"kind":"canary","value":"a"}]}`, nil, 422,
			"request_invalid",
			FieldError{Pointer: "/items/0/kind", Code: "value_unknown"},
		},
		{
			"too many", `{"items":[` + strings.Repeat(`{"kind":"url","value":"a"},`, 3) + `{"kind":"url","value":"a"}]}`, nil, 422,
			"request_invalid",
			FieldError{Pointer: "/items", Code: "length_wrong"},
		},
		{
			"text too long", `{"items":[{"kind":"url","value":"` + strings.Repeat("canary", 9) + `"}]}`, nil, 422,
			"request_invalid",
			FieldError{Pointer: "/items/0/value", Code: "length_wrong"},
		},
		{"no time", `{"at":"canary"}`, nil, 422, "request_invalid", FieldError{Pointer: "/at", Code: "format_wrong"}},
		{"no address", `{"mail":"canary"}`, nil, 422, "request_invalid", FieldError{Pointer: "/mail", Code: "format_wrong"}},
		{"no link", `{"link":"::canary"}`, nil, 422, "request_invalid", FieldError{Pointer: "/link", Code: "format_wrong"}},
		{"does not fit", `{"small":1000}`, nil, 422, "request_invalid", FieldError{Code: "value_invalid"}},
	} {
		a := h.do(t, "PUT", "/v1/things/x", tt.body, tt.headers...)
		var got FieldError
		if len(a.problem.Errors) > 0 {
			got = a.problem.Errors[0]
		}
		if tt.fault.Code == "" && tt.fault.Pointer != "" {
			tt.fault.Code = tt.code
		}
		got.Detail = ""
		if a.status != tt.status || a.problem.Code != tt.code || got != tt.fault {
			t.Errorf("%s: got %d %s, want %d %s %+v", tt.name, a.status, a.body, tt.status, tt.code, tt.fault)
		}
		if strings.Contains(strings.ToLower(a.body), "canary") {
			t.Errorf("%s: what was sent is in %s", tt.name, a.body)
		}
	}
	if strings.Contains(strings.ToLower(h.log.String()), "canary") {
		t.Error("the log holds what was sent")
	}
	if a := h.do(t, "PUT", "/v1/things/x?page=canary", "{}"); a.status != 422 || strings.Contains(a.body, "canary") ||
		a.problem.Errors[0].Parameter != "query/page" {
		t.Errorf("bad parameter: got %d %s", a.status, a.body)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestBodiesThatAreTaken(t *testing.T) {
	h := startServer(t, Options{}, thingRoute(Public(), nil))
	for name, tt := range map[string]struct{ body, note, contentType string }{
		"plain":            {`{"note":"a"}`, "a", "application/json"},
		"with charset":     {`{"note":"é"}`, "é", "Application/JSON; charset=UTF-8"},
		"surrogate pair":   {`{"note":"\ud83d\ude00"}`, "😀", "application/json"},
		"escapes":          {` { "n\u006fte" : "\\u12\"" } `, `\u12"`, "application/json"},
		"more than 8 KiB":  {`{"note":"` + strings.Repeat("b", 100000) + `"}`, strings.Repeat("b", 100000), "application/json"},
		"nothing in it":    {`{}`, "", "application/json"},
		"nested, in depth": {`{"items":[{"kind":"phone","value":"+12025550100"}],"note":"c"}`, "c", "application/json"},
	} {
		a := h.do(t, "PUT", "/v1/things/x", tt.body, "Content-Type: "+tt.contentType)
		var got struct{ Name, Note string }
		if err := json.Unmarshal([]byte(a.body), &got); err != nil || a.status != 200 || got.Note != tt.note {
			t.Errorf("%s: got %d %.100s", name, a.status, a.body)
		}
	}
	chunked := "PUT /v1/things/x HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" +
		"5\r\n{\"not\r\n7\r\ne\":\"d\"}\r\n0\r\n\r\n"
	if a := h.doRaw(t, chunked); a.status != 200 || !strings.Contains(a.body, `"note":"d"`) {
		t.Errorf("chunked: got %d %s", a.status, a.body)
	}
}

func TestAChunkedBodyIsLimitedToo(t *testing.T) {
	h := startServer(t, Options{BodyLimit: 100}, thingRoute(Public(), nil))
	a := h.doRaw(t, "PUT /v1/things/x HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"+
		strings.Repeat("10\r\n0123456789abcdef\r\n", 20))
	if a.status != 413 || !a.closed {
		t.Errorf("got %d %s, connection closed: %v", a.status, a.body, a.closed)
	}
}

func TestSlowClientsAreLetGo(t *testing.T) {
	h := startServer(t, Options{ReadTimeout: 200 * time.Millisecond}, thingRoute(Public(), nil))
	for name, sent := range map[string]string{
		"half a header": "GET /healthz HTTP/1.1\r\nHos",
		"half a body":   "PUT /v1/things/x HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
		"half a chunk":  "PUT /v1/things/x HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
	} {
		started := time.Now()
		a := h.doRaw(t, sent)
		if took := time.Since(started); a.status != 408 || a.problem.Code != "request_timeout" || took > 5*time.Second {
			t.Errorf("%s: got %d %s after %v", name, a.status, a.body, took)
		}
	}
}
