package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.org/tocsin/models"
)

// lossyProxy stands before a server and drops its first replies after the server has handled the requests.
type lossyProxy struct {
	*httptest.Server

	requests atomic.Int64
}

func newLossyProxy(t *testing.T, server string, lost int64) *lossyProxy {
	t.Helper()
	target, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	l := &lossyProxy{}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(*http.Response) error {
		if l.requests.Add(1) <= lost {
			panic(http.ErrAbortHandler) // closes the connection to the client
		}
		return nil
	}
	l.Server = httptest.NewServer(proxy)
	t.Cleanup(l.Close)
	return l
}

func TestAKeyWhoseReplyIsLostIsMadeOnce(t *testing.T) {
	environ := testEnviron(t, "")
	keys := createKey(t, environ, models.ScopeKeys, models.ScopeReports)
	p := startProgram(t, environ)
	proxy := newLossyProxy(t, p.server, 1)
	var out, log bytes.Buffer
	err := run(t.Context(), []string{"key", "create", "--name", "lost", "--scope", "reports", "--server", proxy.URL, "--key", keys},
		environment{vars: map[string]string{}, out: &out, log: &log})
	if err == nil || !strings.Contains(err.Error(), "may have been carried out") {
		t.Errorf("key create: %v %s, want an error that says that the key may have been made", err, out.String())
	}
	var reply struct{ Keys []models.Key }
	if err := p.call(t.Context(), request{method: http.MethodGet, path: "/v1/keys", credential: keys}, nil, &reply); err != nil {
		t.Fatal(err)
	}
	if made := len(reply.Keys) - 1; made != 1 {
		t.Errorf("%d keys were made", made)
	}
}

func TestOnlyWhatIsHarmlessIsRepeated(t *testing.T) {
	p := startProgram(t, testEnviron(t, ""))
	busy := func(status int, body string) string {
		var requests atomic.Int64
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if requests.Add(1) == 1 {
				w.WriteHeader(status)
				_, _ = w.Write([]byte(body))
			}
		}))
		t.Cleanup(server.Close)
		return server.URL
	}
	lossy := func() string { return newLossyProxy(t, p.server, 1).URL }
	post := request{method: http.MethodPost, path: "/v1/keys"}
	for _, tt := range []struct {
		name     string
		server   string
		request  request
		repeated bool
	}{
		{"a lost reply to a GET", lossy(), request{method: http.MethodGet, path: "/healthz"}, true},
		{"a lost reply to a PUT", lossy(), request{method: http.MethodPut, path: "/v1/devices/me"}, true},
		{"a lost reply to a POST", lossy(), post, false},
		{"a lost reply to a POST with a key of its own", lossy(), request{
			method: http.MethodPost, path: "/v1/reports", header: map[string]string{"Idempotency-Key": "a"},
		}, true},
		{"a lost reply to a POST that may be repeated", lossy(), request{
			method: http.MethodPost, path: "/v1/signatures:import", repeatable: true,
		}, true},
		{"too many requests", busy(429, `{"code":"rate_exhausted"}`), post, true},
		{"a proxy's 429", busy(429, "busy"), post, false},
		{"not ready", busy(503, `{"code":"not_ready"}`), post, true},
		{"a deadline, which may have come after the deed", busy(503, `{"code":"deadline_exceeded"}`), post, false},
		{"a proxy's 503", busy(503, "<html>"), post, false},
		{"a proxy's 503 to a GET", busy(503, "<html>"), request{method: http.MethodGet, path: "/"}, true},
	} {
		got, err := newClient(tt.server, 1, 5*time.Second).do(t.Context(), tt.request)
		if repeated := got.tries > 1; repeated != tt.repeated {
			t.Errorf("%s: sent %d times, error %v", tt.name, got.tries, err)
		}
	}
	got, err := newClient("http://"+freeAddress(t), 1, 300*time.Millisecond).do(t.Context(), post)
	if got.tries < 2 || err == nil || strings.Contains(err.Error(), "carried out") {
		t.Errorf("nobody listens: sent %d times, error %v", got.tries, err)
	}
}
