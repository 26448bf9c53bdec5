package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.org/tocsin/config"
	"example.org/tocsin/models"
)

func TestASlowReaderLeavesTimeForTheRestOfTheStop(t *testing.T) {
	const grace = 6 * time.Second
	environ := mergeEnviron(testEnviron(t, ""), map[string]string{"TOCSIN_GRACE": grace.String()})
	key := createKey(t, environ, models.ScopeReports)
	p := startProgram(t, environ)

	conn, err := net.Dial("tcp", strings.TrimPrefix(p.server, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST /v1/reports:batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/x-ndjson\r\n"+
		"Tocsin-Agent: agent-1\r\nTransfer-Encoding: chunked\r\n\r\n", key)
	acknowledged := slowBatch(t, conn)
	started := time.Now()
	if err := p.stop(); err != nil {
		t.Errorf("the program ended with %v", err)
	}
	if took := time.Since(started); took > grace/2+2*time.Second {
		t.Errorf("the stop took %v of a grace of %v", took, grace)
	}
	log := p.log()
	if !strings.Contains(log, `"connections cut off by the stop"`) || !strings.Contains(log, `"stopped"`) {
		t.Errorf("the reply was not cut off, or the stop did not come to its end")
	}
	database := openDatabase(t, environ)
	for _, id := range acknowledged {
		if _, err := database.Report(t.Context(), id); err != nil {
			t.Errorf("acknowledged report %s: %v", id, err)
		}
	}
	if len(acknowledged) == 0 {
		t.Error("nothing was acknowledged before the stop")
	}
}

// slowBatch sends reports over an open request until the server does not take more, because its replies are
// not read. It returns the ids in the first few results.
func slowBatch(t *testing.T, conn net.Conn) (acknowledged []string) {
	t.Helper()
	sent := func() bool {
		var lines strings.Builder
		for range 200 {
			fmt.Fprintf(&lines, "{\"idempotency_key\":\"slow-%d\",\"at\":%q,\"indicators\":[{\"kind\":\"phone\",\"value\":\"+12025550123\"}]}\n",
				time.Now().UnixNano(), now())
		}
		_ = conn.SetWriteDeadline(time.Now().Add(3 * time.Second))
		_, err := fmt.Fprintf(conn, "%x\r\n%s\r\n", lines.Len(), lines.String())
		return err == nil
	}
	if !sent() {
		t.Fatal("the first lines were not taken")
	}
	read := make([]byte, 16<<10)
	n, err := io.ReadAtLeast(conn, read, 8<<10)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(read[:n]), "\n") {
		var result struct{ ID string }
		if json.Unmarshal([]byte(strings.TrimSpace(line)), &result) == nil && result.ID != "" {
			acknowledged = append(acknowledged, result.ID)
		}
	}
	for range 100 {
		if !sent() {
			break
		}
	}
	return acknowledged
}

func TestANodeThatHasStoppedHoldsNoConnectionToFirebase(t *testing.T) {
	push := newPushServer(t)
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", push.address)
	if err != nil {
		t.Fatal(err)
	}
	var open atomic.Int64
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	srv := &http.Server{Handler: push.Server, ReadHeaderTimeout: time.Second, Protocols: protocols}
	srv.ConnState = func(_ net.Conn, s http.ConnState) {
		switch s {
		case http.StateNew:
			open.Add(1)
		case http.StateClosed:
			open.Add(-1)
		case http.StateActive, http.StateIdle, http.StateHijacked:
		}
	}
	go func() { _ = srv.Serve(listener) }() // ends with Close
	t.Cleanup(func() { _ = srv.Close() })

	environ := mergeEnviron(testEnviron(t, ""), push.environ())
	analyst := createKey(t, environ, models.ScopeSignatures)
	cfg, err := config.Load(environ)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	n, err := newNode(ctx, cfg, logger(t.Output(), slog.LevelError))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- n.run(ctx) }()
	p := &program{t: t, reportedAt: now(), client: newClient("http://"+n.listener.Addr().String(), 4, 10*time.Second)}
	p.importSignatures(analyst, dangerSignature(knownNumber))
	p.expose(p.device("token-met"), knownNumber)
	p.report(p.device("token-other"), knownNumber, "report-1")
	eventually(t, "the push", func() bool { return len(push.Accepted()) > 0 })
	if open.Load() == 0 {
		t.Fatal("no connection to Firebase is open: the test tests nothing")
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("the node ended with %v", err)
	}
	eventually(t, "the connections to close", func() bool { return open.Load() == 0 })
}
