package edge

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"go.uber.org/goleak"

	"example.org/tocsin/models"
)

func TestMain(m *testing.M) {
	// fasthttp runs a clock that never ends, and a cleaner of idle workers that
	// ends up to 10 s after its server has stopped.
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"))
}

// fakeAuthenticator is an Authenticator that holds its callers in memory and counts its calls.
type fakeAuthenticator struct {
	mu      sync.Mutex
	hashes  map[string][]byte // hash by id
	callers map[string]models.Caller
	calls   int
}

func newFakeAuthenticator() *fakeAuthenticator {
	return &fakeAuthenticator{hashes: map[string][]byte{}, callers: map[string]models.Caller{}}
}

// add makes a credential for the caller and returns its bearer token.
func (r *fakeAuthenticator) add(c models.Caller) string {
	credential := models.NewCredential(c.ID())
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hashes[c.ID()], r.callers[c.ID()] = credential.Hash(), c
	return credential.Bearer()
}

func (r *fakeAuthenticator) remove(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.hashes, id)
}

func (r *fakeAuthenticator) callCount() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls
}

func (r *fakeAuthenticator) Authenticate(_ context.Context, c models.Credential) (models.Caller, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	hash, ok := r.hashes[c.ID]
	if !ok || !c.Matches(hash) {
		return models.Caller{}, &models.Error{Kind: models.Unauthenticated, Code: "credential_unknown", Detail: "The credential is not valid."}
	}
	return r.callers[c.ID], nil
}

// logBuffer is a log that can be read while it is written.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (p *logBuffer) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.Write(b)
}

func (p *logBuffer) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.String()
}

// testServer is a server on a socket.
type testServer struct {
	*Server
	addr   string
	log    *logBuffer
	auth   *fakeAuthenticator
	client *http.Client
}

// startServer starts a server with the routes that add registers.
func startServer(t testing.TB, opt Options, add func(*Server)) *testServer {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{}, Timeout: 20 * time.Second}
	h := &testServer{log: &logBuffer{}, auth: newFakeAuthenticator(), client: client}
	if opt.Log == nil {
		opt.Log = slog.New(slog.NewJSONHandler(h.log, nil))
	}
	if opt.Auth == nil {
		opt.Auth = h.auth
	}
	h.Server = New(opt)
	add(h.Server)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.addr = ln.Addr().String()
	served := make(chan error, 1)
	go func() { served <- h.Listener(ln) }()
	t.Cleanup(func() {
		h.client.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := h.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("listener: %v", err)
		}
	})
	return h
}

// response is a reply, read to its end.
type response struct {
	status  int
	header  http.Header
	body    string
	problem Problem
	closed  bool // Connection: close
}

// do sends a request. Headers are "Name: value".
func (h *testServer) do(t testing.TB, method, path, body string, headers ...string) response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+h.addr+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Host" {
			req.Host = value
		}
		req.Header.Set(name, value)
	}
	res, err := h.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return readResponse(t, res)
}

func readResponse(t testing.TB, res *http.Response) response {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := response{status: res.StatusCode, header: res.Header, body: string(b), closed: res.Close}
	if strings.HasPrefix(res.Header.Get("Content-Type"), mediaProblem) && len(b) > 0 {
		if err := json.Unmarshal(b, &a.problem); err != nil {
			t.Fatalf("problem %q: %v", b, err)
		}
	}
	return a
}

// doRaw sends bytes as they are and reads one reply.
func (h *testServer) doRaw(t testing.TB, sent string) response {
	t.Helper()
	conn, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, sent); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return readResponse(t, res)
}

func bearer(token string) string { return "Authorization: Bearer " + token }

// The operation that most tests use.
type (
	item struct {
		Kind  string `json:"kind"  enum:"phone,url"`
		Value string `json:"value" maxLength:"40"`
	}
	putIn struct {
		Name  string `path:"name"`
		Page  int    `query:"page"`
		Agent string `header:"X-Note"`
		Body  struct {
			Items []item     `json:"items,omitempty" maxItems:"3"`
			At    *time.Time `json:"at,omitempty"`
			Count int        `json:"count,omitempty" minimum:"0" maximum:"9"`
			Note  string     `json:"note,omitempty"`
			Mail  string     `json:"mail,omitempty" format:"email"`
			Link  string     `json:"link,omitempty" format:"uri"`
			Small int8       `json:"small,omitempty"`
		}
	}
	putOut struct {
		Location string `header:"Location"`
		Body     struct {
			Name string `json:"name"`
			Note string `json:"note"`
		}
	}
)

func thingRoute(p Policy, h func(context.Context, *putIn) (*putOut, error)) func(*Server) {
	if h == nil {
		h = func(_ context.Context, in *putIn) (*putOut, error) {
			out := &putOut{Location: "/v1/things/" + in.Name}
			out.Body.Name, out.Body.Note = in.Name, in.Body.Note
			return out, nil
		}
	}
	return func(s *Server) {
		Handle(s, huma.Operation{OperationID: "put-thing", Method: http.MethodPut, Path: "/v1/things/{name}"}, p, h)
	}
}

type (
	checkIn struct {
		Kind   string `path:"kind"`
		Value  string `path:"value"`
		Region string `query:"region"`
	}
	checkOut struct {
		Body struct {
			Level string `json:"level"`
		}
	}
)

func checkRoute(p Policy, h func(*RawRequest) error) func(*Server) {
	return func(s *Server) {
		Raw[checkIn, checkOut](s, huma.Operation{OperationID: "look", Method: http.MethodGet, Path: "/v1/checks/{kind}/{value}"}, p, h)
	}
}

func fixedReply(body string) func(*RawRequest) error {
	return func(r *RawRequest) error {
		r.Reply(http.StatusOK, append(r.Scratch(), body...))
		return nil
	}
}
