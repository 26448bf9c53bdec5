package edge

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/models"
)

// The stream of the tests adds the numbers of each line.
type (
	sumIn struct {
		DryRun bool `query:"dry_run"`
	}
	sum struct {
		A    int    `json:"a" minimum:"0"`
		B    int    `json:"b,omitempty"`
		Note string `json:"note,omitempty" maxLength:"3000"`
	}
	sumResult struct {
		Line int `json:"line"`
		Sum  int `json:"sum,omitempty"`
		Refusal
	}
	sumLast struct {
		Done   bool `json:"done"`
		Lines  int  `json:"lines"`
		DryRun bool `json:"dry_run"`
	}
)

func sumsRoute(p Policy, before func(ctx context.Context, line Line[sum]) error) func(*Server) {
	return func(s *Server) {
		Stream[sumResult](s, huma.Operation{OperationID: "sums", Method: http.MethodPost, Path: "/v1/sums:batch"}, p,
			func(ctx context.Context, in *sumIn, lines *Lines[sum], out *LineWriter) (any, error) {
				last := sumLast{Done: true, DryRun: in.DryRun}
				for {
					batch, err := lines.Next(100)
					if errors.Is(err, io.EOF) {
						return last, nil
					}
					if err != nil {
						return nil, err
					}
					for _, line := range batch {
						last.Lines++
						if before != nil {
							if err := before(ctx, line); err != nil {
								return nil, err
							}
						}
						result := sumResult{Line: line.Number, Sum: line.Value.A + line.Value.B}
						if line.Err != nil {
							result = sumResult{Line: line.Number, Refusal: out.Refusal(line.Err)}
						}
						if err := out.Write(result); err != nil {
							return nil, err
						}
					}
				}
			})
	}
}

const ndjson = "Content-Type: application/x-ndjson"

// parseReply reads the lines of a reply.
func parseReply(t testing.TB, body string) (results []sumResult, last sumLast, failure streamFailure) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(body, "\n"), "\n")
	for _, line := range lines[:len(lines)-1] {
		var r sumResult
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		results = append(results, r)
	}
	end := []byte(lines[len(lines)-1])
	if err := errors.Join(json.Unmarshal(end, &last), json.Unmarshal(end, &failure)); err != nil {
		t.Fatalf("last line %q: %v", end, err)
	}
	return results, last, failure
}

func TestEachLineIsJudgedByItself(t *testing.T) {
	h := startServer(t, Options{Stream: StreamLimits{LineBytes: 4096}}, sumsRoute(Public(), nil))
	a := h.do(t, "POST", "/v1/sums:batch?dry_run=true", strings.Join([]string{
		`{"a":1,"b":2}`,
		``,
		`{"a":"canary"}`,
		`canary`,
		`{"a":1,"a":2}`,
		`{"a":1,"canary":2}`,
		`{"a":-1}`,
		`{"b":1}`,
		`{"a":1,"note":"` + strings.Repeat("canary", 2000) + `"}`,
		`{"a":1e999}`,
		"  {\"a\":3}\t\r",
		`{"a":4}`,
	}, "\n"), ndjson)
	got, last, _ := parseReply(t, a.body)
	for i := range got {
		got[i].Detail = ""
	}
	refused := func(line, status int, code, pointer string) sumResult {
		return sumResult{Line: line, Refusal: Refusal{Status: status, Code: code, Pointer: pointer}}
	}
	want := []sumResult{
		{Line: 1, Sum: 3},
		refused(3, 422, "type_wrong", "/a"), refused(4, 400, "json_malformed", ""), refused(5, 400, "key_repeated", ""),
		refused(6, 422, "key_unknown", ""), refused(7, 422, "value_out_of_range", "/a"), refused(8, 422, "key_missing", "/a"),
		refused(9, 413, "line_too_long", ""), refused(10, 400, "json_malformed", ""),
		{Line: 11, Sum: 3},
		{Line: 12, Sum: 4},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if last != (sumLast{Done: true, Lines: 11, DryRun: true}) {
		t.Errorf("last line: %+v", last)
	}
	if strings.Contains(a.body, "canary") || strings.Contains(h.log.String(), "canary") {
		t.Error("what was sent is in the reply or the log")
	}
}

func TestAStreamIsRefusedBeforeItStarts(t *testing.T) {
	h := startServer(t, Options{Stream: StreamLimits{BodyBytes: 100}}, sumsRoute(Scopes(models.ScopeReports), nil))
	token := bearer(h.auth.add(models.Caller{Key: "key_1", Scopes: []models.Scope{models.ScopeReports}}))
	for _, tt := range []struct {
		name, path, body string
		headers          []string
		status           int
		code             string
	}{
		{"nobody", "/v1/sums:batch", "{}", []string{ndjson}, 401, "credential_missing"},
		{"JSON", "/v1/sums:batch", "{}", []string{token, "Content-Type: application/json"}, 415, "media_type_unsupported"},
		{"gzip", "/v1/sums:batch", "{}", []string{token, ndjson, "Content-Encoding: gzip"}, 415, "content_encoding_unsupported"},
		{"too long", "/v1/sums:batch", strings.Repeat("a", 101), []string{token, ndjson}, 413, "body_too_large"},
		{"misspelt", "/v1/sums:batch?dryrun=true", "{}", []string{token, ndjson}, 422, "parameter_unknown"},
		{"no boolean", "/v1/sums:batch?dry_run=canary", "{}", []string{token, ndjson}, 422, "request_invalid"},
	} {
		a := h.do(t, "POST", tt.path, tt.body, tt.headers...)
		if a.status != tt.status || a.problem.Code != tt.code || strings.Contains(a.body, "canary") {
			t.Errorf("%s: got %d %s, want %d %s", tt.name, a.status, a.body, tt.status, tt.code)
		}
	}
	if _, last, _ := parseReply(t, h.do(t, "POST", "/v1/sums:batch", "", token, ndjson).body); !last.Done || last.Lines != 0 {
		t.Errorf("nothing: %+v", last)
	}
}

func TestABrokenStreamSaysSo(t *testing.T) {
	fail := errors.New("canary")
	h := startServer(t, Options{Stream: StreamLimits{Lines: 3, BodyBytes: 60, IdleTimeout: 300 * time.Millisecond}},
		sumsRoute(Public(), func(_ context.Context, line Line[sum]) error {
			switch line.Value.A {
			case 7:
				panic("canary")
			case 8:
				return fail
			case 9:
				return &models.Error{Kind: models.Unavailable, Code: "store_unavailable", Detail: "Later.", Err: fail}
			}
			return nil
		}))
	const chunked = "POST /v1/sums:batch HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
	chunk := func(s string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(s), s) }
	for _, tt := range []struct {
		name, sent string
		results    int
		code       string
	}{
		{"too many lines", chunked + chunk("{\"a\":1}\n{\"a\":1}\n{\"a\":1}\n{\"a\":1}\n") + chunk(""), 3, "lines_too_many"},
		{"too long", chunked + chunk("{\"a\":1}\n") + chunk(strings.Repeat("x", 100)), 1, "body_too_large"},
		{"a panic", chunked + chunk("{\"a\":1}\n{\"a\":7}\n") + chunk(""), 1, "internal"},
		{"an error", chunked + chunk("{\"a\":1}\n{\"a\":8}\n") + chunk(""), 1, "internal"},
		{"no database", chunked + chunk("{\"a\":1}\n{\"a\":9}\n") + chunk(""), 1, "store_unavailable"},
		{"no chunk", chunked + chunk("{\"a\":1}\n") + "nonsense\r\n", 1, "body_broken"},
		{"silence", chunked + chunk("{\"a\":1}\n"), 1, "request_timeout"},
	} {
		a := h.doRaw(t, tt.sent)
		results, _, failure := parseReply(t, a.body)
		if a.status != 200 || len(results) != tt.results || failure.Done || failure.Error == nil || failure.Error.Code != tt.code {
			t.Errorf("%s: got %d %s", tt.name, a.status, a.body)
		}
		if strings.Contains(a.body, "canary") {
			t.Errorf("%s: the cause is in %s", tt.name, a.body)
		}
	}
}

func TestResultsComeWhileLinesAreSent(t *testing.T) {
	h := startServer(t, Options{}, sumsRoute(Public(), nil))
	body, lines := io.Pipe()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+h.addr+"/v1/sums:batch", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", mediaNDJSON)
	// Go's client returns the reply after its headers, and the server sends them
	// with the first result.
	go fmt.Fprintln(lines, `{"a":0}`)
	res, err := h.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	replies := bufio.NewScanner(res.Body)
	for i := range 10000 {
		if !replies.Scan() {
			t.Fatalf("no result %d: %v", i, replies.Err())
		}
		if want := fmt.Sprintf(`"sum":%d,`, i); i > 0 && !strings.Contains(replies.Text(), want) {
			t.Fatalf("result %d: %s", i, replies.Text())
		}
		if i < 9999 {
			fmt.Fprintf(lines, "{\"a\":%d}\n", i+1)
		}
	}
	lines.Close()
	if !replies.Scan() || replies.Text() != `{"done":true,"lines":10000,"dry_run":false}` {
		t.Errorf("last line: %s", replies.Text())
	}
}

func TestAClientMayReadOnlyAfterItHasSentEverything(t *testing.T) {
	// 25 MB in all, in so few lines that the results fit into the client's receive window: while that is full, Linux
	// drops acknowledgements that come with results, and sending slows down to the pace of retransmissions.
	note := strings.Repeat("n", 25_000)
	var peak uint64
	h := startServer(t, Options{}, sumsRoute(Public(), func(_ context.Context, line Line[sum]) error {
		if line.Number%100 == 0 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
		}
		return nil
	}))
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	conn, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	line := fmt.Sprintf("{\"a\":1,\"b\":2,\"note\":\"%s\"}\n", note)
	const lines = 1000
	fmt.Fprintf(conn, "POST /v1/sums:batch HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nContent-Length: %d\r\n\r\n",
		lines*len(line))
	w := bufio.NewWriter(conn)
	for range lines {
		if _, err := w.WriteString(line); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	results, last, _ := parseReply(t, readResponse(t, res).body)
	if len(results) != lines || last.Lines != lines {
		t.Errorf("got %d results, last line %+v", len(results), last)
	}
	if grown := int64(peak) - int64(before.HeapAlloc); grown > 12<<20 {
		t.Errorf("the heap grew by %d bytes for %d bytes of body", grown, lines*len(line))
	}
}

func TestAClientThatLeavesEndsTheHandler(t *testing.T) {
	left := make(chan error, 1)
	h := startServer(t, Options{}, func(s *Server) {
		Stream[sumResult](s, huma.Operation{OperationID: "sums", Method: http.MethodPost, Path: "/v1/sums:batch"}, Public(),
			func(_ context.Context, _ *sumIn, lines *Lines[sum], out *LineWriter) (any, error) {
				for {
					batch, err := lines.Next(10)
					if err != nil {
						left <- err
						return nil, err
					}
					for range batch {
						if err := out.Write(sumResult{}); err != nil {
							left <- err
							return nil, err
						}
					}
				}
			})
	})
	conn, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, "POST /v1/sums:batch HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"+
		"8\r\n{\"a\":1}\n\r\n")
	if _, err := conn.Read(make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	select {
	case err := <-left:
		if publicError(err).Code != "body_broken" && !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("the handler got the error %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("the handler has not ended")
	}
}

func TestAStoppingServerEndsStreamsAtTheNextLine(t *testing.T) {
	h := startServer(t, Options{}, sumsRoute(Public(), nil))
	body, lines := io.Pipe()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+h.addr+"/v1/sums:batch", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", mediaNDJSON)
	go fmt.Fprintln(lines, `{"a":1}`)
	res, err := h.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	stopped := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		stopped <- h.Shutdown(ctx)
	}()
	<-h.stopping
	fmt.Fprintln(lines, `{"a":2}`)
	fmt.Fprintln(lines, `{"a":3}`)
	_, _, failure := parseReply(t, readResponse(t, res).body)
	lines.Close()
	if failure.Error == nil || failure.Error.Code != "stopping" {
		t.Errorf("last line: %+v", failure)
	}
	if err := <-stopped; err != nil {
		t.Errorf("shutdown: %v", err)
	}
}

func TestAConnectionServesAfterAStream(t *testing.T) {
	h := startServer(t, Options{}, sumsRoute(Public(), nil))
	conn, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	replies := bufio.NewReader(conn)
	for i := range 3 {
		fmt.Fprint(conn, "POST /v1/sums:batch HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nContent-Length: 16\r\n\r\n"+
			"{\"a\":1}\n{\"a\":2}\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
		for _, want := range []string{`"done":true`, `"alive":true`} {
			res, err := http.ReadResponse(replies, nil)
			if err != nil {
				t.Fatalf("request %d: %v", i, err)
			}
			if a := readResponse(t, res); !strings.Contains(a.body, want) {
				t.Errorf("request %d: got %s, want %s", i, a.body, want)
			}
			res.Body.Close()
		}
	}
}
