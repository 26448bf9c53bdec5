package edge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/models"
)

func TestARequiredHeaderThatIsMissingHasItsOwnCode(t *testing.T) {
	type in struct {
		Key string `header:"Idempotency-Key" required:"true"`
	}
	h := startServer(t, Options{}, func(s *Server) {
		Handle(s, huma.Operation{Method: http.MethodPost, Path: "/v1/things"}, Public(),
			func(context.Context, *in) (*struct{}, error) { return nil, nil })
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
		if a.problem.Type != "urn:tocsin:problem:"+tt.want.code || a.problem.Status != a.status ||
			a.problem.RequestID != a.header.Get("X-Request-ID") {
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
	if log := h.log.String(); strings.Count(log, `"request panicked"`) != 2 || !strings.Contains(log, "problem_test.go") {
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

// TestFieldErrorsAreSentences holds that every detail that the edge makes of a message of Huma is a sentence.
func TestFieldErrorsAreSentences(t *testing.T) {
	for _, m := range messages() {
		f := fieldErrorOf(&huma.ErrorDetail{Message: m.prefix + " 5", Location: "body.note"})
		if first := f.Detail[:1]; strings.ToUpper(first) != first || !strings.HasSuffix(f.Detail, ".") || f.Code != m.code {
			t.Errorf("%q becomes %q with the code %s, want a sentence with %s", m.prefix, f.Detail, f.Code, m.code)
		}
	}
	for _, tt := range []struct{ message, code, detail string }{
		{"expected length <= 5", "length_wrong", "Expected length <= 5."},
		{"expected string to be RFC 5322 email: canary", "format_wrong", "The value has the wrong format."},
		{"canary", "value_invalid", "The value is not valid."},
	} {
		f := fieldErrorOf(&huma.ErrorDetail{Message: tt.message, Location: "body.note"})
		if want := (FieldError{Pointer: "/note", Code: tt.code, Detail: tt.detail}); f != want {
			t.Errorf("%q becomes %+v, want %+v", tt.message, f, want)
		}
	}
}
