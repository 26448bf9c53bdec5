package edge

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"example.org/tocsin/models"
)

// largeRoutes are the routes that the tests of large bodies use.
func largeRoutes(s *Server) {
	sumsRoute(Public(), nil)(s)
	thingRoute(Public(), nil)(s)
	checkRoute(Scopes(models.ScopeReports), fixedReply("{}"))(s)
}

// bodyOf is a body of n bytes of no sense.
func bodyOf(n int64) io.Reader { return io.LimitReader(zeros{}, n) }

func TestABodyThatIsRefusedUnderWayIsAnsweredAndNotReset(t *testing.T) {
	const size = 40 << 20
	h := startServer(t, Options{Limits: Limits{Key: Rate{PerSecond: 0.001, Burst: 1}}}, largeRoutes)
	key := bearer(h.auth.add(models.Caller{Key: "key_1", Scopes: []models.Scope{models.ScopeReports}}))
	h.do(t, "GET", "/v1/checks/a/b", "", key) // the allowance is used up
	for _, tt := range []struct {
		name, method, path string
		length             int64 // -1: chunked
		headers            []string
		status             int
		code               string
	}{
		{"a stream", "POST", "/v1/sums:batch", size, []string{ndjson}, 413, "body_too_large"},
		{"JSON", "PUT", "/v1/things/x", size, nil, 413, "body_too_large"},
		{"JSON in chunks", "PUT", "/v1/things/x", -1, nil, 413, "body_too_large"},
		{"no route", "POST", "/nowhere", size, nil, 404, "route_unknown"},
		{"no route, in chunks", "POST", "/nowhere", -1, nil, 404, "route_unknown"},
		{"no credential", "GET", "/v1/checks/a/b", size, nil, 401, "credential_missing"},
		{"bad media type", "POST", "/v1/sums:batch", size / 2, nil, 415, "media_type_unsupported"},
		{"too often", "GET", "/v1/checks/a/b", size, []string{key}, 429, "rate_exhausted"},
		{"headers too large", "PUT", "/v1/things/x", size, []string{"X-Note: " + strings.Repeat("a", 9000)}, 431, "headers_too_large"},
	} {
		for range 5 {
			req, err := http.NewRequestWithContext(t.Context(), tt.method, "http://"+h.addr+tt.path, bodyOf(max(tt.length, -tt.length*size)))
			if err != nil {
				t.Fatal(err)
			}
			req.ContentLength = tt.length
			req.Header.Set("Content-Type", "application/json")
			for _, line := range tt.headers {
				name, value, _ := strings.Cut(line, ": ")
				req.Header.Set(name, value)
			}
			res, err := h.client.Do(req)
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
				continue
			}
			if a := readResponse(t, res); a.status != tt.status || a.problem.Code != tt.code {
				t.Errorf("%s: got %d %s", tt.name, a.status, a.body)
			}
			res.Body.Close()
		}
	}
}

// sendAll sends a head and then the whole body before it reads anything, as many clients do.
func (h *testServer) sendAll(t *testing.T, head string, body io.Reader) (response, error) {
	t.Helper()
	conn, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(conn, io.MultiReader(strings.NewReader(head), body)); err != nil {
		return response{}, err
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return response{}, err
	}
	defer res.Body.Close()
	return readResponse(t, res), nil
}

func TestAClientThatSendsAllBeforeItReadsLearnsThatItIsTooMuch(t *testing.T) {
	const size = 34 << 20
	h := startServer(t, Options{}, largeRoutes)
	for _, path := range []string{"POST /v1/sums:batch HTTP/1.1\r\n" + ndjson, "PUT /v1/things/x HTTP/1.1\r\nContent-Type: application/json"} {
		for range 5 {
			got, err := h.sendAll(t, fmt.Sprintf("%s\r\nHost: x\r\nContent-Length: %d\r\n\r\n", path, size), bodyOf(size))
			if err != nil || got.status != 413 || got.problem.Code != "body_too_large" || !got.closed {
				t.Errorf("%.30s: got %d %s, closed %v, error %v", path, got.status, got.body, got.closed, err)
			}
		}
	}
	// The status of a stream is out before its length is known: its last line says it.
	var chunks strings.Builder
	chunk := strings.Repeat("{\"a\":1}"+strings.Repeat(" ", 56)+"\n", 512)
	fmt.Fprintf(&chunks, "%x\r\n%s\r\n", len(chunk), chunk)
	parts := make([]io.Reader, 0, 1200)
	for range 1200 { // 39 MB
		parts = append(parts, strings.NewReader(chunks.String()))
	}
	small := startServer(t, Options{Stream: StreamLimits{BodyBytes: 100_000}}, largeRoutes)
	head := "POST /v1/sums:batch HTTP/1.1\r\nHost: x\r\n" + ndjson + "\r\nTransfer-Encoding: chunked\r\n\r\n"
	got, err := small.sendAll(t, head, io.MultiReader(parts...))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, failure := parseReply(t, got.body); failure.Error == nil || failure.Error.Code != "body_too_large" {
		t.Errorf("a stream in chunks: got %d %.200s", got.status, got.body)
	}
}

func TestPythonLearnsThatItIsTooMuch(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	h := startServer(t, Options{}, largeRoutes)
	const script = `
import http.client, sys
for method, path, kind in (("POST", "/v1/sums:batch", "application/x-ndjson"), ("PUT", "/v1/things/x", "application/json")):
    for _ in range(5):
        c = http.client.HTTPConnection(sys.argv[1])
        c.request(method, path, body=b"x" * 34000000, headers={"Content-Type": kind})
        r = c.getresponse()
        print(r.status, len(r.read()) > 0)
`
	out, err := exec.CommandContext(t.Context(), python, "-c", script, h.addr).CombinedOutput()
	if n := strings.Count(string(out), "413 True\n"); err != nil || n != 10 {
		t.Errorf("%d of 10 read the refusal, error %v: %s", n, err, out)
	}
}

func TestAClientThatAsksBeforeItSendsIsRefusedAtOnce(t *testing.T) {
	h := startServer(t, Options{}, largeRoutes)
	ask := func(line string, size int, headers ...string) string {
		return fmt.Sprintf("%s HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: %d\r\n%s\r\n\r\n",
			line, size, strings.Join(headers, "\r\n"))
	}
	for _, tt := range []struct {
		name, sent string
		status     int
	}{
		{"a stream", ask("POST /v1/sums:batch", 40<<20, ndjson), 413},
		{"JSON", ask("PUT /v1/things/x", 1<<20, "Content-Type: application/json"), 413},
		{"nobody", ask("GET /v1/checks/a/b", 100), 401},
		{"no route", ask("POST /nowhere", 100), 404},
	} {
		if a := h.doRaw(t, tt.sent); a.status != tt.status || a.problem.Status != tt.status || !a.closed {
			t.Errorf("%s: got %d %s", tt.name, a.status, a.body)
		}
	}
}

// TestARequestThatAsksFirstIsCountedOnce holds what the second pass through the router must not do again.
func TestARequestThatAsksFirstIsCountedOnce(t *testing.T) {
	h := startServer(t, Options{Limits: Limits{Address: Rate{PerSecond: 0.001, Burst: 2}}}, largeRoutes)
	for i := range 3 {
		conn, err := net.Dial("tcp", h.addr)
		if err != nil {
			t.Fatal(err)
		}
		replies := bufio.NewReader(conn)
		fmt.Fprint(conn, "PUT /v1/things/x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"+
			"Content-Length: 12\r\nContent-Type: application/json\r\n\r\n")
		line, err := replies.ReadString('\n')
		want := map[bool]string{true: "HTTP/1.1 100 Continue\r\n", false: "HTTP/1.1 429 Too Many Requests\r\n"}[i < 2]
		if err != nil || line != want {
			t.Fatalf("request %d: got %q, error %v", i, line, err)
		}
		if i < 2 {
			fmt.Fprint(conn, `{"note":"a"}`)
			_, _ = replies.ReadString('\n') // the empty line of 100
			if line, err := replies.ReadString('\n'); err != nil || line != "HTTP/1.1 200 OK\r\n" {
				t.Errorf("request %d: got %q, error %v", i, line, err)
			}
		}
		conn.Close()
	}
	stream := "POST /v1/sums:batch HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n" + ndjson + "\r\nContent-Length: 8\r\n\r\n"
	unlimited := startServer(t, Options{}, largeRoutes)
	conn, err := net.Dial("tcp", unlimited.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, stream+"{\"a\":1}\n")
	replies := bufio.NewReader(conn)
	for _, want := range []string{"HTTP/1.1 100 Continue\r\n", "\r\n", "HTTP/1.1 200 OK\r\n"} {
		if line, err := replies.ReadString('\n'); err != nil || line != want {
			t.Errorf("a stream: got %q, want %q, error %v", line, want, err)
		}
	}
	if n := strings.Count(h.log.String(), `"route":"/v1/things/{name}"`); n != 3 {
		t.Errorf("%d log lines for 3 requests: %s", n, h.log)
	}
}

// openConnections returns the number of connections that the server holds.
func (h *testServer) openConnections() (n int) {
	h.connections.each(func(*conn) { n++ })
	return n
}

func TestARefusedClientHoldsItsConnectionOnlyForAWhile(t *testing.T) {
	for _, tt := range []struct {
		name  string
		drain DrainLimits
		pause time.Duration
	}{
		{"bytes", DrainLimits{Bytes: 1 << 20}, 0},
		{"time", DrainLimits{Timeout: 300 * time.Millisecond}, 10 * time.Millisecond},
		{"silence", DrainLimits{IdleTimeout: 200 * time.Millisecond}, time.Hour},
	} {
		h := startServer(t, Options{Drain: tt.drain}, largeRoutes)
		conn, err := net.Dial("tcp", h.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "PUT /v1/things/x HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", 1<<40)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		go func() { // sends for ever, or until the server has closed
			defer cancel()
			part := make([]byte, 64<<10)
			for ctx.Err() == nil {
				if _, err := conn.Write(part); err != nil {
					return
				}
				select {
				case <-time.After(tt.pause):
				case <-ctx.Done():
				}
			}
		}()
		for h.openConnections() > 0 && ctx.Err() == nil {
			select {
			case <-time.After(5 * time.Millisecond):
			case <-ctx.Done():
			}
		}
		if n := h.openConnections(); n > 0 {
			t.Errorf("%s: the connection is still open", tt.name)
		}
		cancel()
	}
}
