package edge

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/models"
)

func TestStringsThatAHandlerKeepsAreItsOwn(t *testing.T) {
	var kept, want []string
	h := startServer(t, Options{}, func(s *Server) {
		thingRoute(Public(), func(_ context.Context, in *putIn) (*putOut, error) {
			kept = append(kept, in.Name, in.Agent, in.Body.Note)
			return &putOut{}, nil
		})(s)
		checkRoute(Public(), func(r *RawRequest) error {
			kept = append(kept, r.Param("kind"), r.Param("value"), r.Query("region"), r.RequestID())
			r.Reply(http.StatusOK, []byte("{}"))
			return nil
		})(s)
	})
	for i := range 50 {
		want = append(want, fmt.Sprintf("name%03d", i), fmt.Sprintf("agent%03d", i), fmt.Sprintf("note%03d", i),
			fmt.Sprintf("kind%03d", i), fmt.Sprintf("https://a%03d.example/x", i), fmt.Sprintf("US-%03d", i), fmt.Sprintf("id%03d", i))
		h.do(t, "PUT", fmt.Sprintf("/v1/things/name%03d", i), fmt.Sprintf(`{"note":"note%03d"}`, i), fmt.Sprintf("X-Note: agent%03d", i))
		h.do(t, "GET", fmt.Sprintf("/v1/checks/kind%03d/https%%3A%%2F%%2Fa%03d.example%%2Fx?region=US-%03d", i, i, i), "", fmt.Sprintf("X-Request-ID: id%03d", i))
	}
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Errorf("kept strings changed: %s", diff)
	}
}

func TestARouteWithoutAPolicyStopsTheStart(t *testing.T) {
	for name, add := range map[string]func(*Server){
		"none given": thingRoute(Policy{}, nil),
		"only words": thingRoute(Policy{}.Registering(), nil),
		"half a step": func(s *Server) {
			Handle(s, huma.Operation{Method: http.MethodGet, Path: "/v1/things/{id}:go"}, Public(), func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
		},
		"past us, on Huma": func(s *Server) {
			huma.Get(s.API(), "/v1/open", func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
		},
		"past us, on Fiber": func(s *Server) { s.app.Get("/v1/open", func(*fiber.Ctx) error { return nil }) },
		"a middleware":      func(s *Server) { s.app.Use("/v1/open", func(*fiber.Ctx) error { return nil }) },
	} {
		s := New(Options{Log: discard(), Auth: newFakeAuthenticator()})
		add(s)
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Listener(ln); err == nil || !strings.Contains(err.Error(), "/v1/") {
			t.Errorf("%s: Listener = %v, want the route named", name, err)
		}
		ln.Close()
	}
}

func TestAServerThatWasStoppedDoesNotStart(t *testing.T) {
	s := New(Options{Log: discard(), Auth: newFakeAuthenticator()})
	if err := s.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Listener(ln); err != nil {
		t.Error(err)
	}
	if _, err := ln.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the listener is open: %v", err)
	}
}

func TestARequiredHeaderThatIsMissingHasItsOwnCode(t *testing.T) {
	type in struct {
		Key string `header:"Idempotency-Key" required:"true"`
	}
	h := startServer(t, Options{}, func(s *Server) {
		Handle(s, huma.Operation{Method: http.MethodPost, Path: "/v1/things"}, Public(), func(context.Context, *in) (*struct{}, error) { return nil, nil })
	})
	if a := h.do(t, "POST", "/v1/things", ""); a.status != 400 || a.problem.Code != "idempotency_key_missing" {
		t.Errorf("got %d %s", a.status, a.body)
	}
	if a := h.do(t, "POST", "/v1/things", "", "Idempotency-Key: a"); a.status != 204 || a.body != "" || a.header.Get("Content-Type") != "" {
		t.Errorf("got %d %q %s", a.status, a.body, a.header.Get("Content-Type"))
	}
}

func TestEveryKindOfErrorHasItsStatus(t *testing.T) {
	type want struct {
		status int
		code   string
		header string
	}
	for _, tt := range []struct {
		err  error
		want want
	}{
		{&models.Error{Kind: models.Malformed, Code: "c"}, want{400, "c", ""}},
		{fmt.Errorf("wrapped: %w", models.NewInvalid("/x", "c", "d")), want{422, "c", ""}},
		{&models.Error{Kind: models.Unauthenticated, Code: "c"}, want{401, "c", "Www-Authenticate=Bearer"}},
		{&models.Error{Kind: models.Forbidden, Code: "c"}, want{403, "c", ""}},
		{fmt.Errorf("report: %w", models.NotFound), want{404, "not_found", ""}},
		{&models.Error{Kind: models.Conflict, Code: "c"}, want{409, "c", ""}},
		{&models.Error{Kind: models.Stale, Code: "c"}, want{412, "c", ""}},
		{&models.Error{Kind: models.TooLarge, Code: "c"}, want{413, "c", ""}},
		{&models.Error{Kind: models.Unsupported, Code: "c"}, want{415, "c", ""}},
		{&models.Error{Kind: models.PreconditionRequired, Code: "c"}, want{428, "c", ""}},
		{&models.Error{Kind: models.RateLimited, Code: "c", RetryAfter: 1500 * time.Millisecond}, want{429, "c", "Retry-After=2"}},
		{&models.Error{Kind: models.Unavailable}, want{503, "unavailable", "Retry-After=1"}},
		{&models.Error{Code: "store_broken", Detail: "canary"}, want{500, "internal", ""}},
		{errors.New("canary"), want{500, "internal", ""}},
		{fmt.Errorf("find: %w", context.DeadlineExceeded), want{503, "deadline_exceeded", "Retry-After=1"}},
		{&models.Error{Err: fmt.Errorf("find: %w", context.DeadlineExceeded)}, want{503, "deadline_exceeded", "Retry-After=1"}},
		{fmt.Errorf("find: %w", context.Canceled), want{500, "internal", ""}},
	} {
		h := startServer(t, Options{}, thingRoute(Public(), func(context.Context, *putIn) (*putOut, error) { return nil, tt.err }))
		a := h.do(t, "PUT", "/v1/things/x", "{}")
		got := want{a.status, a.problem.Code, ""}
		if name, _, ok := strings.Cut(tt.want.header, "="); ok {
			got.header = name + "=" + a.header.Get(name)
		}
		if got != tt.want {
			t.Errorf("%v: got %v, want %v", tt.err, got, tt.want)
		}
		if a.problem.Type != "urn:tocsin:problem:"+tt.want.code || a.problem.Status != a.status || a.problem.RequestID != a.header.Get("X-Request-ID") {
			t.Errorf("%v: problem %+v does not fit", tt.err, a.problem)
		}
		if strings.Contains(a.body, "canary") {
			t.Errorf("%v: the cause is in %s", tt.err, a.body)
		}
		if a.status == 500 && !strings.Contains(h.log.String(), `"request failed"`) {
			t.Errorf("%v: the cause is not in the log", tt.err)
		}
	}
}

func TestJoinedErrorsAreOneProblemWithSeveralFieldErrors(t *testing.T) {
	h := startServer(t, Options{}, thingRoute(Public(), func(context.Context, *putIn) (*putOut, error) {
		return nil, errors.Join(models.NewInvalid("/items/0", "phone_malformed", "a"), models.NewInvalid("/at", "time_future", "b"))
	}))
	a := h.do(t, "PUT", "/v1/things/x", "{}")
	want := []FieldError{{Pointer: "/items/0", Code: "phone_malformed", Detail: "a"}, {Pointer: "/at", Code: "time_future", Detail: "b"}}
	if diff := cmp.Diff(want, a.problem.Errors); diff != "" || a.status != 422 {
		t.Errorf("status %d, %s", a.status, diff)
	}
}

func TestAPanicIsAProblemWithoutItsText(t *testing.T) {
	h := startServer(t, Options{}, func(s *Server) {
		thingRoute(Public(), func(context.Context, *putIn) (*putOut, error) { panic("canary") })(s)
		checkRoute(Public(), func(*RawRequest) error { panic("canary") })(s)
	})
	for _, a := range []response{h.do(t, "PUT", "/v1/things/x", "{}"), h.do(t, "GET", "/v1/checks/phone/1", "")} {
		if a.status != 500 || a.problem.Code != "internal" || strings.Contains(a.body, "canary") {
			t.Errorf("got %d %s", a.status, a.body)
		}
	}
	if log := h.log.String(); strings.Count(log, `"request panicked"`) != 2 || !strings.Contains(log, "server_test.go") {
		t.Errorf("the log has no stack: %s", log)
	}
	if a := h.do(t, "GET", "/healthz", ""); a.status != 200 {
		t.Errorf("the server did not survive: %d", a.status)
	}
}

func TestWhatNoRouteTakesIsAProblem(t *testing.T) {
	h := startServer(t, Options{}, func(s *Server) { thingRoute(Public(), nil)(s); checkRoute(Public(), fixedReply("{}"))(s) })
	long := strings.Repeat("a", 10000)
	for _, tt := range []struct {
		name, sent string
		status     int
		code       string
	}{
		{"unknown path", "GET /canary HTTP/1.1\r\nHost: x\r\n\r\n", 404, "route_unknown"},
		{"trailing slash", "GET /healthz/ HTTP/1.1\r\nHost: x\r\n\r\n", 404, "route_unknown"},
		{"other case", "GET /Healthz HTTP/1.1\r\nHost: x\r\n\r\n", 404, "route_unknown"},
		{"other method", "DELETE /v1/things/canary HTTP/1.1\r\nHost: x\r\n\r\n", 405, "method_not_allowed"},
		{"no method of HTTP", "CANARY / HTTP/1.1\r\nHost: x\r\n\r\n", 404, "route_unknown"},
		{"no HTTP", "canary\r\n\r\n", 400, "request_malformed"},
		{"long header", "GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + long + "\r\n\r\n", 431, "headers_too_large"},
		{"long path", "GET /" + long + " HTTP/1.1\r\nHost: x\r\n\r\n", 431, "headers_too_large"},
		{"path not UTF-8", "GET /v1/checks/phone/%ff HTTP/1.1\r\nHost: x\r\n\r\n", 400, "path_malformed"},
		{"path not percent-encoded", "GET /v1/checks/phone/%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400, "path_malformed"},
		{"query not UTF-8", "GET /v1/checks/phone/1?region=%ff HTTP/1.1\r\nHost: x\r\n\r\n", 400, "query_malformed"},
		{"empty parameter", "GET /v1/checks/phone/1?region= HTTP/1.1\r\nHost: x\r\n\r\n", 422, "parameter_empty"},
		{"unknown parameter", "GET /v1/checks/phone/1?canary=1 HTTP/1.1\r\nHost: x\r\n\r\n", 422, "parameter_unknown"},
		{"parameter twice", "GET /v1/checks/phone/1?region=US&region=GB HTTP/1.1\r\nHost: x\r\n\r\n", 400, "parameter_repeated"},
		{"header not UTF-8", "PUT /v1/things/a HTTP/1.1\r\nHost: x\r\nX-Note: \xff\r\nContent-Length: 0\r\n\r\n", 400, "x_note_malformed"},
	} {
		a := h.doRaw(t, tt.sent)
		if a.status != tt.status || a.problem.Code != tt.code || strings.Contains(strings.ToLower(a.body), "canary") {
			t.Errorf("%s: got %d %s, want %d %s", tt.name, a.status, a.body, tt.status, tt.code)
		}
		if tt.status == 405 && a.header.Get("Allow") != "PUT" {
			t.Errorf("Allow = %q, want PUT", a.header.Get("Allow"))
		}
	}
	if a := h.do(t, "HEAD", "/healthz", ""); a.status != 200 || a.body != "" {
		t.Errorf("HEAD: got %d %q", a.status, a.body)
	}
	if strings.Contains(strings.ToLower(h.log.String()), "canary") {
		t.Error("the log holds what was sent")
	}
}

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
		{"not one of", `{"items":[{"kind":"canary","value":"a"}]}`, nil, 422, "request_invalid", FieldError{Pointer: "/items/0/kind", Code: "value_unknown"}},
		{"too many", `{"items":[` + strings.Repeat(`{"kind":"url","value":"a"},`, 3) + `{"kind":"url","value":"a"}]}`, nil, 422, "request_invalid", FieldError{Pointer: "/items", Code: "length_wrong"}},
		{"text too long", `{"items":[{"kind":"url","value":"` + strings.Repeat("canary", 9) + `"}]}`, nil, 422, "request_invalid", FieldError{Pointer: "/items/0/value", Code: "length_wrong"}},
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
	chunked := "PUT /v1/things/x HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"not\r\n7\r\ne\":\"d\"}\r\n0\r\n\r\n"
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

func TestAHandlerGetsADeadlineAndLosesItsContext(t *testing.T) {
	kept := make(chan context.Context, 1)
	h := startServer(t, Options{Timeout: 50 * time.Millisecond}, thingRoute(Public(), func(ctx context.Context, _ *putIn) (*putOut, error) {
		kept <- ctx
		<-ctx.Done()
		return nil, fmt.Errorf("find report: %w", ctx.Err())
	}))
	if a := h.do(t, "PUT", "/v1/things/x", "{}"); a.status != 503 || a.problem.Code != "deadline_exceeded" || a.header.Get("Retry-After") == "" {
		t.Errorf("got %d %s", a.status, a.body)
	}
	if err := (<-kept).Err(); err == nil {
		t.Error("the context goes on after the reply")
	}

	quick := startServer(t, Options{}, thingRoute(Public(), func(ctx context.Context, _ *putIn) (*putOut, error) {
		kept <- ctx
		return &putOut{}, nil
	}))
	quick.do(t, "PUT", "/v1/things/x", "{}")
	if err := (<-kept).Err(); !errors.Is(err, context.Canceled) {
		t.Errorf("after the reply the context says %v, want canceled", err)
	}
}

func TestARequestHasAnID(t *testing.T) {
	ids := make(chan string, 1)
	h := startServer(t, Options{}, thingRoute(Public(), func(ctx context.Context, _ *putIn) (*putOut, error) {
		ids <- RequestIDFrom(ctx)
		return &putOut{}, nil
	}))
	for _, tt := range []struct {
		given string
		taken bool
	}{
		{"abc-1.2_3", true},
		{strings.Repeat("a", 64), true},
		{strings.Repeat("a", 65), false},
		{"a b", false},
		{"é", false},
		{`"x"`, false},
		{"", false},
	} {
		a := h.do(t, "PUT", "/v1/things/x", "{}", "X-Request-ID: "+tt.given)
		got := <-ids
		if (got == tt.given) != tt.taken || got != a.header.Get("X-Request-ID") || len(got) < 8 {
			t.Errorf("given %q: handler has %q, reply has %q", tt.given, got, a.header.Get("X-Request-ID"))
		}
	}
}

func TestRepliesCarrySecurityHeaders(t *testing.T) {
	h := startServer(t, Options{HSTS: time.Hour}, thingRoute(Public(), nil))
	for _, a := range []response{h.do(t, "PUT", "/v1/things/x", "{}"), h.do(t, "GET", "/nowhere", "")} {
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Strict-Transport-Security": "max-age=3600", "Server": "",
		} {
			if got := a.header.Get(name); got != want {
				t.Errorf("%d: %s = %q, want %q", a.status, name, got, want)
			}
		}
	}
}

func TestProbesAndMetrics(t *testing.T) {
	ready := make(chan error, 1)
	h := startServer(t, Options{Ready: func(context.Context) (map[string]any, error) {
		return map[string]any{"engine": "embedded"}, <-ready
	}}, thingRoute(Public(), nil))
	ready <- nil
	if a := h.do(t, "GET", "/readyz", ""); a.status != 200 || !strings.Contains(a.body, "embedded") {
		t.Errorf("ready: got %d %s", a.status, a.body)
	}
	ready <- errors.New("canary")
	if a := h.do(t, "GET", "/readyz", ""); a.status != 503 || a.problem.Code != "not_ready" || strings.Contains(a.body, "canary") {
		t.Errorf("not ready: got %d %s", a.status, a.body)
	}
	h.do(t, "PUT", "/v1/things/canary", "{}")
	h.do(t, "PUT", "/v1/things/canary", "x")
	h.do(t, "GET", "/canary", "")
	a := h.do(t, "GET", "/metrics", "")
	for _, want := range []string{
		`tocsin_http_request_seconds_count{class="2xx",method="PUT",route="/v1/things/{name}"} 1`,
		`tocsin_http_request_seconds_count{class="4xx",method="PUT",route="/v1/things/{name}"} 1`,
		`tocsin_http_request_seconds_count{class="4xx",method="other",route="unmatched"} 1`,
		`tocsin_http_requests_in_flight 1`,
	} {
		if !strings.Contains(a.body, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	if strings.Contains(a.body, "canary") {
		t.Error("metrics hold what was sent")
	}
}

func TestOneLogLinePerRequestHoldsNobody(t *testing.T) {
	h := startServer(t, Options{}, thingRoute(Device(), nil))
	token := h.auth.add(models.Caller{Device: "dev_canary"})
	h.do(t, "PUT", "/v1/things/canary", `{"note":"canary"}`, bearer(token), "User-Agent: canary")
	var got map[string]any
	if err := json.Unmarshal([]byte(h.log.String()), &got); err != nil {
		t.Fatalf("log %q: %v", h.log.String(), err)
	}
	want := map[string]any{"msg": "request", "method": "PUT", "route": "/v1/things/{name}", "status": 200.0, "caller": "device"}
	for key, value := range want {
		if got[key] != value {
			t.Errorf("%s = %v, want %v", key, got[key], value)
		}
	}
	if strings.Contains(h.log.String(), "canary") {
		t.Errorf("the log holds what was sent: %s", h.log)
	}
}

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
		{"/v1/things/{name}", "put", "200 400 401 403 404 408 413 415 422 429 431 500 503", []map[string][]string{{"device": {}}, {"key": {"reports"}}}},
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

func TestConnectionsAreBounded(t *testing.T) {
	h := startServer(t, Options{MaxConnections: 4}, thingRoute(Public(), nil))
	var conns []net.Conn
	for range 4 {
		conn, err := net.Dial("tcp", h.addr)
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
		fmt.Fprint(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
		if _, err := conn.Read(make([]byte, 12)); err != nil {
			t.Fatal(err)
		}
	}
	if a := h.doRaw(t, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"); a.status != 503 {
		t.Errorf("the fifth connection got %d", a.status)
	}
	for _, conn := range conns {
		conn.Close()
	}
}
