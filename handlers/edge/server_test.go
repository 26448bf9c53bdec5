package edge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
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
		path := fmt.Sprintf("/v1/checks/kind%03d/https%%3A%%2F%%2Fa%03d.example%%2Fx?region=US-%03d", i, i, i)
		h.do(t, "GET", path, "", fmt.Sprintf("X-Request-ID: id%03d", i))
	}
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Errorf("kept strings changed: %s", diff)
	}
}

func TestARouteWithoutAPolicyStopsTheStart(t *testing.T) {
	for name, add := range map[string]func(*Server){
		"none given":       thingRoute(Policy{}, nil),
		"only registering": thingRoute(Policy{}.Registering(), nil),
		"half a segment": func(s *Server) {
			Handle(s, huma.Operation{Method: http.MethodGet, Path: "/v1/things/{id}:go"}, Public(),
				func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
		},
		"added to Huma": func(s *Server) {
			huma.Get(s.API(), "/v1/open", func(context.Context, *struct{}) (*struct{}, error) { return nil, nil })
		},
		"added to Fiber": func(s *Server) { s.app.Get("/v1/open", func(*fiber.Ctx) error { return nil }) },
		"a middleware":   func(s *Server) { s.app.Use("/v1/open", func(*fiber.Ctx) error { return nil }) },
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

func TestAHandlerGetsADeadlineAndLosesItsContext(t *testing.T) {
	kept := make(chan context.Context, 1)
	h := startServer(t, Options{Timeout: 50 * time.Millisecond}, thingRoute(Public(), func(ctx context.Context, _ *putIn) (*putOut, error) {
		kept <- ctx
		<-ctx.Done()
		return nil, fmt.Errorf("find report: %w", ctx.Err())
	}))
	a := h.do(t, "PUT", "/v1/things/x", "{}")
	if a.status != 503 || a.problem.Code != "deadline_exceeded" || a.header.Get("Retry-After") == "" {
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
