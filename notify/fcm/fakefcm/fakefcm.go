// Package fakefcm is a server in the shape of Firebase Cloud Messaging's HTTP v1 interface, for
// tests, the demo and load. Google offers no emulator for FCM, and FCM's errors cannot be had on
// demand. It checks messages as FCM does, remembers what it accepted, and answers with the faults
// of a script.
//
//	POST /v1/projects/{project}/messages:send   as FCM
//	POST /script                                sets the faults, see Server.ReadScript
//	GET  /stats                                 totals, see Stats
//	GET  /messages                              the last messages that were accepted
//
// It asks for no credentials and keeps everything in memory.
package fakefcm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Options is what a Server is made of. The zero value answers at once.
type Options struct {
	Latency time.Duration // of every answer, besides what a rule adds
	Keep    int           // accepted messages that are kept; 0: 10,000
}

// Accepted is one message that was accepted.
type Accepted struct {
	Name  string            `json:"name"` // as answered
	Token string            `json:"token,omitempty"`
	FID   string            `json:"fid,omitempty"`
	Title string            `json:"title"`
	Body  string            `json:"body"`
	Data  map[string]string `json:"data,omitempty"`
	At    time.Time         `json:"at"`
	HTTP  string            `json:"http"` // protocol, "HTTP/2.0"
	Raw   json.RawMessage   `json:"raw"`  // the whole message
}

// Server is an http.Handler. Its methods may be called while it serves.
type Server struct {
	opt    Options
	mux    *http.ServeMux
	mu     sync.Mutex
	rules  []Rule
	kept   []Accepted // a ring buffer once it is full
	next   int        // the oldest entry of a full ring, which the next message replaces
	totals totals
}

// New returns a Server.
func New(opt Options) *Server {
	if opt.Keep <= 0 {
		opt.Keep = 10_000
	}
	s := &Server{opt: opt, mux: http.NewServeMux(), totals: newTotals()}
	s.mux.HandleFunc("POST /v1/projects/{project}/{method}", s.handleSend)
	s.mux.HandleFunc("POST /script", s.handleScript)
	s.mux.HandleFunc("GET /stats", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, s.Stats()) })
	s.mux.HandleFunc("GET /messages", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, s.Accepted()) })
	return s
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Accepted returns the messages that were accepted, the oldest first: the last Options.Keep of them
// (TestOnlyTheLastMessagesAreKeptAndAllAreCounted).
func (s *Server) Accepted() []Accepted {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Accepted, 0, len(s.kept))
	out = append(out, s.kept[s.next:]...)
	return append(out, s.kept[:s.next]...)
}

// Listen serves on addr until ctx ends, over HTTP/1.1 and, to clients that begin with it, HTTP/2
// without TLS (TestListenServesBothProtocolsUntilTheContextEnds). Before the first request it calls
// ready, which may be nil, with its address: "http://127.0.0.1:8085". When ctx ends it closes
// connections at once, with the requests under way.
func (s *Server) Listen(ctx context.Context, addr string, ready func(url string)) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	srv := &http.Server{Handler: s, ReadHeaderTimeout: 5 * time.Second, Protocols: new(http.Protocols)}
	srv.Protocols.SetHTTP1(true)
	srv.Protocols.SetUnencryptedHTTP2(true)
	defer context.AfterFunc(ctx, func() { _ = srv.Close() })()
	if ready != nil {
		ready("http://" + l.Addr().String())
	}
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// maxBody bounds a request, in bytes. It is more than any message that FCM takes.
const maxBody = 64 << 10

// handleSend answers a send: after the latency of the server and of the rule, with the rule's fault
// if it has one, else as FCM does. A fault comes before the check, so a script decides about
// malformed messages too.
func (s *Server) handleSend(w http.ResponseWriter, r *http.Request) {
	if r.PathValue("method") != "messages:send" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	s.begin(r)
	defer s.end()
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return // the client has left
	}
	m, violation := parse(body)
	rule := s.matchRule(m.target())
	if !sleep(r.Context(), s.opt.Latency+time.Duration(rule.Latency)) {
		return
	}
	switch {
	case rule.Fault != None:
		s.injectFault(w, r, rule, m)
	case violation != nil:
		s.refuse(w, *violation)
	default:
		name := s.accept(r, m)
		s.count(http.StatusOK)
		writeJSON(w, http.StatusOK, map[string]string{"name": name})
	}
}

// accept remembers a message and returns the name that FCM would give it.
func (s *Server) accept(r *http.Request, m message) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.totals.accept(m)
	a := Accepted{
		Name:  "projects/" + r.PathValue("project") + "/messages/" + strconv.FormatInt(n, 10),
		Token: m.Token, FID: m.FID, Title: m.Notification.Title, Body: m.Notification.Body,
		Data: m.Data, At: time.Now(), HTTP: r.Proto, Raw: m.raw,
	}
	if len(s.kept) < s.opt.Keep {
		s.kept = append(s.kept, a)
	} else {
		s.kept[s.next] = a
		s.next = (s.next + 1) % len(s.kept)
	}
	return a.Name
}

// sleep waits for d and reports whether the client is still there.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// writeJSON writes a reply as FCM does.
func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may have left
}
