package handlers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.org/tocsin/canon"
	"example.org/tocsin/catalogue"
	"example.org/tocsin/desktest"
	"example.org/tocsin/handlers"
	"example.org/tocsin/handlers/edge"
	"example.org/tocsin/intake"
	"example.org/tocsin/models"
	"example.org/tocsin/notify"
	"example.org/tocsin/store/storetest"
)

// testServer is the whole surface on a socket, on the real desk, index and store.
type testServer struct {
	t        *testing.T
	store    *storetest.Database
	keyer    models.Keyer
	base     string
	client   *http.Client
	contract contract
}

// parts is what the resources of a test work with. Without them, resources only describe themselves.
type parts struct {
	desk      *intake.Desk
	catalogue *catalogue.Catalogue
	store     *storetest.Database
	messages  *notify.Messages
	keyer     models.Keyer
	forget    func(id string)
}

// resources wires every resource of the surface.
func resources(p parts) []handlers.Resource {
	cursors := handlers.CursorSigner{Secret: []byte("cursor secret")}
	return []handlers.Resource{
		handlers.Reports{Desk: p.desk},
		handlers.ReportBatches{Desk: p.desk},
		handlers.Checks{Desk: p.desk, CanonicalRegion: canon.Region},
		handlers.Signatures{Catalogue: p.catalogue, Cursors: cursors},
		handlers.SignatureImports{Catalogue: p.catalogue},
		handlers.Devices{
			Store: p.store, Outbox: notify.NewOutbox(notify.OutboxOptions{Warnings: p.store, Threads: p.store}), Keyer: p.keyer,
			CanonicalRegion: canon.Region, Forget: p.forget, Clock: time.Now,
		},
		handlers.Exposures{Desk: p.desk, Store: p.store},
		handlers.Warnings{Store: p.store, Localizer: p.messages, Keyer: p.keyer, Cursors: cursors},
		handlers.Keys{Store: p.store, Forget: p.forget, Clock: time.Now},
		handlers.Work{Queues: p.workQueues(), Clock: time.Now},
	}
}

// workQueues returns the queues of the store, none without one.
func (p parts) workQueues() map[string]handlers.WorkQueue {
	queues := map[string]handlers.WorkQueue{}
	if p.store == nil {
		return queues
	}
	for name, q := range p.store.Queues() {
		queues[name] = q
	}
	return queues
}

func startServer(t *testing.T) *testServer {
	t.Helper()
	s := storetest.Open(t)
	log := slog.New(slog.DiscardHandler)
	messages, err := notify.NewMessages()
	if err != nil {
		t.Fatal(err)
	}
	keyer := models.NewKeyer([]byte("0123456789abcdef0123456789abcdef"))
	n := desktest.New(t, s)
	n.Keyer, n.ExposureTTL = keyer, 30*24*time.Hour
	n.Clock, n.Catalogue.Clock = time.Now, time.Now
	server := edge.New(edge.Options{Log: log, Auth: handlers.Authenticator{Devices: s, Keys: s}, Version: "1"})
	for _, resource := range resources(parts{n.Desk, n.Catalogue, s, messages, keyer, server.Forget}) {
		resource.Register(server)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Listener(listener) }()
	transport := &http.Transport{}
	end := context.WithoutCancel(t.Context())
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := server.Shutdown(end); err != nil {
			t.Errorf("stop the server: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return &testServer{
		t: t, store: s, keyer: keyer, base: "http://" + listener.Addr().String(),
		client:   &http.Client{Transport: transport, Timeout: 20 * time.Second},
		contract: contract{server.API().OpenAPI()},
	}
}

// reply is a whole reply.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// json reads the body into a map.
func (r reply) json(t *testing.T) map[string]any {
	t.Helper()
	out := map[string]any{}
	if err := json.Unmarshal(r.body, &out); err != nil {
		t.Fatalf("reply %d %q is not an object: %v", r.status, r.body, err)
	}
	return out
}

// text reads a string out of the body: "verdict.level".
func (r reply) text(t *testing.T, path string) string {
	t.Helper()
	var node any = r.json(t)
	for step := range strings.SplitSeq(path, ".") {
		object, _ := node.(map[string]any)
		node = object[step]
	}
	s, _ := node.(string)
	return s
}

// lines reads the body as lines.
func (r reply) lines(t *testing.T) []map[string]any {
	t.Helper()
	var out []map[string]any
	decoder := json.NewDecoder(bytes.NewReader(r.body))
	for decoder.More() {
		line := map[string]any{}
		if err := decoder.Decode(&line); err != nil {
			t.Fatalf("reply %d %q: %v", r.status, r.body, err)
		}
		out = append(out, line)
	}
	return out
}

// call sends a request. The body may be nil, a string as it is, or anything that becomes JSON.
// Headers are name, value, name, value ...
func (s *testServer) call(method, path, credential string, body any, headers ...string) reply {
	s.t.Helper()
	var sent io.Reader
	if text, ok := body.(string); ok {
		sent = strings.NewReader(text)
	} else if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		sent = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.base+path, sent)
	if err != nil {
		s.t.Fatal(err)
	}
	if sent != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if credential != "" {
		req.Header.Set("Authorization", "Bearer "+credential)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := s.client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	r := reply{status: res.StatusCode, header: res.Header, body: got}
	if err := s.contract.validate(method, path, r); err != nil {
		s.t.Errorf("%s %s: %v", method, path, err)
	}
	return r
}

// want fails the test unless the reply has the status, and for a refusal the code.
func (s *testServer) want(r reply, status int, code string) reply {
	s.t.Helper()
	if r.status != status {
		s.t.Fatalf("got %d %s, want %d %s", r.status, r.body, status, code)
	}
	if code == "" {
		return r
	}
	got := r.json(s.t)
	faults, _ := got["errors"].([]any)
	for _, f := range faults {
		if fault, _ := f.(map[string]any); fault["code"] == code {
			return r
		}
	}
	if got["code"] != code {
		s.t.Fatalf("got %s, want the code %s", r.body, code)
	}
	return r
}

type object = map[string]any

// device registers a device and returns its id and credential.
func (s *testServer) device(change object) (id, credential string) {
	s.t.Helper()
	body := object{"platform": "android", "locale": "en", "consents": object{"exposures": true, "warnings": true}}
	for k, v := range change {
		body[k] = v
	}
	r := s.want(s.call(http.MethodPost, "/v1/devices", "", body), http.StatusCreated, "")
	return r.text(s.t, "id"), r.text(s.t, "credential")
}

// key puts an API key with the scopes into the store and returns its credential.
func (s *testServer) key(scopes ...models.Scope) string {
	s.t.Helper()
	key, credential := models.NewKey("test line", scopes, 0, time.Now())
	if err := s.store.PutKey(s.t.Context(), key); err != nil {
		s.t.Fatal(err)
	}
	return credential.Bearer()
}

// signature has an analyst list a phone number as dangerous.
func (s *testServer) signature(value string) {
	s.t.Helper()
	s.want(s.call(http.MethodPost, "/v1/signatures", s.key(models.ScopeSignatures),
		object{"kind": "phone", "value": value, "level": "danger", "category": "parcel"}), http.StatusCreated, "")
}

func now() string { return time.Now().UTC().Format(time.RFC3339) }

func phoneReport(value string) object {
	return object{"indicators": []object{{"kind": "phone", "value": value}}, "at": now()}
}
