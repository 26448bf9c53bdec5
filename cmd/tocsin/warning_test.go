package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/notify/fcm/fakefcm"
)

// pushServer is an FCM-shaped server that can be unavailable: it has an address, but nobody listens there before start.
type pushServer struct {
	*fakefcm.Server

	address string
}

func newPushServer(t *testing.T) *pushServer {
	t.Helper()
	free, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &pushServer{Server: fakefcm.New(fakefcm.Options{}), address: free.Addr().String()}
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	return p
}

// start listens until the test ends.
func (p *pushServer) start(t *testing.T) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", p.address)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: p.Server, ReadHeaderTimeout: time.Second}
	go func() { _ = srv.Serve(listener) }() // ends with Close
	t.Cleanup(func() { _ = srv.Close() })
}

// environ returns the environment variables of a program that uses the push server.
func (p *pushServer) environ() map[string]string {
	return map[string]string{"TOCSIN_FCM_PROJECT": "trial", "TOCSIN_FCM_ENDPOINT": "http://" + p.address}
}

// pushesTo counts the accepted pushes to a token.
func (p *pushServer) pushesTo(token string) int {
	n := 0
	for _, a := range p.Accepted() {
		if a.Token == token {
			n++
		}
	}
	return n
}

const knownNumber = "+12025550123"

// dangerSignature returns a line of an import: the number with level danger.
func dangerSignature(number string) map[string]string {
	return map[string]string{"kind": "phone", "value": number, "level": "danger", "category": "impersonation", "source": "test"}
}

func TestAReportOfAKnownScammerPushesOnceToWhoeverMetIt(t *testing.T) {
	onEachEngine(t, func(t *testing.T, environ map[string]string) {
		fcm := newPushServer(t)
		fcm.start(t)
		environ = mergeEnviron(environ, fcm.environ())
		analyst := createKey(t, environ, models.ScopeSignatures)
		p := startProgram(t, environ)
		p.importSignatures(analyst, dangerSignature(knownNumber))
		met, other, reporter := p.device("token-met"), p.device("token-other"), p.device("token-reporter")
		p.expose(met, "(202) 555-0123")
		p.expose(other, "+12025550188")

		got := p.report(reporter, "+1 202 555 0123", "report-1")
		if level := got["verdict"].(map[string]any)["level"]; level != "danger" {
			t.Errorf("the reply's level is %v, want danger", level)
		}
		eventually(t, "the push", func() bool { return fcm.pushesTo("token-met") == 1 })
		p.report(reporter, "+1 202 555 0123", "report-1")      // a retry
		p.report(p.device("token-4"), knownNumber, "report-2") // another report of the same
		eventually(t, "the second report weighed", func() bool {
			id := models.SignatureID(models.Exact, models.Phone, knownNumber)
			return p.must(request{method: http.MethodGet, path: "/v1/signatures/" + id, credential: analyst}, nil)["reporters"].(float64) >= 2
		})
		if err := p.stop(); err != nil {
			t.Fatalf("stop: %v", err)
		}
		if all := fcm.Accepted(); len(all) != 1 || all[0].Token != "token-met" {
			t.Errorf("%d pushes went out, want one to the device that met the number", len(all))
		}
	})
}

func TestAKillBetweenStoreAndPushCostsNoPushAndDoublesNone(t *testing.T) {
	onEachEngine(t, func(t *testing.T, environ map[string]string) {
		fcm := newPushServer(t) // unavailable for now
		environ = mergeEnviron(environ, fcm.environ())
		environ["TOCSIN_LEASE"] = "2s" // how long the next start waits for what this one has claimed
		analyst := createKey(t, environ, models.ScopeSignatures)
		p := startProgram(t, environ)
		p.importSignatures(analyst, dangerSignature(knownNumber))
		met, reporter := p.device("token-met"), p.device("token-reporter")
		p.expose(met, knownNumber)
		p.report(reporter, knownNumber, "report-1")
		eventually(t, "the warning", func() bool { return len(p.inbox(met)) == 1 })
		p.kill()

		fcm.start(t)
		reportedAt := p.reportedAt
		p = startProgram(t, environ)
		p.reportedAt = reportedAt
		eventually(t, "the push after the restart", func() bool { return fcm.pushesTo("token-met") == 1 })
		eventually(t, "the warning sent", func() bool { return p.inbox(met)[0]["state"] == "sent" })
		p.report(reporter, knownNumber, "report-1")
		if err := p.stop(); err != nil {
			t.Fatalf("stop: %v", err)
		}
		if n := len(fcm.Accepted()); n != 1 {
			t.Errorf("%d pushes went out, want 1", n)
		}
	})
}

func TestKillsAtAnyMomentLoseNoWarning(t *testing.T) {
	onEachEngine(t, func(t *testing.T, environ map[string]string) {
		fcm := newPushServer(t)
		fcm.start(t)
		environ = mergeEnviron(environ, fcm.environ())
		analyst := createKey(t, environ, models.ScopeSignatures)
		environ["TOCSIN_LEASE"] = "2s" // how long the next start waits for what the last had claimed
		const kills = 4
		for i := range kills {
			p := startProgram(t, environ)
			number, token := fmt.Sprintf("+120255501%02d", 30+i), fmt.Sprintf("token-%d", i)
			p.importSignatures(analyst, dangerSignature(number))
			p.expose(p.device(token), number)
			p.report(p.device("reporter"), number, fmt.Sprintf("report-%d", i))
			pause := time.NewTimer(rand.N(30 * time.Millisecond))
			<-pause.C
			p.kill()
		}
		p := startProgram(t, environ)
		for i := range kills {
			token := fmt.Sprintf("token-%d", i)
			// A push whose answer was lost by the kill may come again: the phone shows it once, by the warning's id.
			eventually(t, token, func() bool { return fcm.pushesTo(token) >= 1 && fcm.pushesTo(token) <= 2 })
		}
		if err := p.stop(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAChangeOnOneNodeIsLiveOnTheOtherWithinASecond(t *testing.T) {
	onEachEngine(t, func(t *testing.T, environ map[string]string) {
		if environ["MONGODB_URI"] == "" {
			t.Skip("the embedded engine serves one node")
		}
		analyst := createKey(t, environ, models.ScopeSignatures, models.ScopeChecks)
		first, second := startProgram(t, environ), startProgram(t, environ)
		check := request{method: http.MethodGet, path: "/v1/checks/phone/" + url.PathEscape(knownNumber), credential: analyst}
		level := func(p *program) any { return p.must(check, nil)["verdict"].(map[string]any)["level"] }
		if got := level(second); got != "unknown" {
			t.Fatalf("level before the change is %v", got)
		}
		first.importSignatures(analyst, dangerSignature(knownNumber))
		start := time.Now()
		eventually(t, "the change on the other node", func() bool { return level(second) == "danger" })
		if took := time.Since(start); took > time.Second {
			t.Errorf("the change took %v, want less than a second", took)
		}
		if got := level(first); got != "danger" {
			t.Errorf("the node that made the change answers %v", got)
		}
	})
}

func TestWithoutFirebaseWarningsWaitInTheInbox(t *testing.T) {
	environ := testEnviron(t, "")
	analyst := createKey(t, environ, models.ScopeSignatures)
	p := startProgram(t, environ)
	p.importSignatures(analyst, dangerSignature(knownNumber))
	met := p.device("token-met")
	p.expose(met, knownNumber)
	p.report(p.device("token-reporter"), knownNumber, "report-1")
	eventually(t, "the warning held", func() bool {
		inbox := p.inbox(met)
		return len(inbox) == 1 && inbox[0]["state"] == "held"
	})
	if ready := p.must(request{method: http.MethodGet, path: "/readyz"}, nil); fmt.Sprint(ready["push"]) == "fcm" || ready["engine"] == nil {
		t.Errorf("readyz says %v, want that pushes wait and which engine runs", ready)
	}
}

// inbox returns the warnings of a device.
func (p *program) inbox(device string) []map[string]any {
	p.t.Helper()
	var page struct{ Warnings []map[string]any }
	r := request{method: http.MethodGet, path: "/v1/devices/me/warnings", credential: device}
	err := p.call(context.WithoutCancel(p.t.Context()), r, nil, &page)
	if err != nil {
		p.t.Fatal(err)
	}
	return page.Warnings
}
