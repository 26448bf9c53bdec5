package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/tocsin/models"
)

// TestAPrimaryThatDiesCostsNoAcknowledgedReport kills the primary of a set of
// three members under load, three times. TOCSIN_TEST_REPLSET names the program that
// starts such a set: start DIR --nodes 3, primary DIR, kill DIR MEMBER, restart DIR MEMBER, stop DIR.
func TestAPrimaryThatDiesCostsNoAcknowledgedReport(t *testing.T) {
	script := os.Getenv("TOCSIN_TEST_REPLSET")
	if script == "" {
		t.Skip("TOCSIN_TEST_REPLSET names no program that starts a replica set: left out")
	}
	folder := t.TempDir()
	replSet := func(args ...string) string {
		t.Helper()
		var stderr strings.Builder
		cmd := exec.Command(script, args...)
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v: %v %s", args, err, stderr.String())
		}
		return strings.TrimSpace(string(out))
	}
	uri := replSet("start", folder, "--nodes", "3")
	defer replSet("stop", folder)

	environ := testEnviron(t, "")
	environ["MONGODB_URI"], environ["TOCSIN_PRODUCTION"] = uri, "true"
	environ["TOCSIN_KEY"], environ["TOCSIN_SIGNING_KEY"] = testKey("a"), testKey("s")
	key := createKey(t, environ, models.ScopeReports)
	p := startProgram(t, environ)
	l := &reporters{program: p, key: key}
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for worker := range 32 {
		wg.Go(func() { l.file(ctx, worker) })
	}
	for kill := range 3 {
		sleep(t, 2*time.Second)
		primary := replSet("primary", folder)
		killed := time.Now()
		replSet("kill", folder, primary)
		eventually(t, "a report accepted after the kill", func() bool { return l.acceptedAfter(killed.Add(500 * time.Millisecond)) })
		t.Logf("kill %d: accepted again after %v", kill+1, l.firstAfter(killed.Add(500*time.Millisecond)).Sub(killed).Round(10*time.Millisecond))
		replSet("restart", folder, primary)
		sleep(t, 3*time.Second)
	}
	stop()
	wg.Wait()
	if err := p.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	l.check(t, environ)
}

// sleep waits for d or until the test ends.
func sleep(t *testing.T, d time.Duration) {
	t.Helper()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.Context().Done():
	}
}

// reporters file reports as fast as the server accepts them, and keep a ledger.
type reporters struct {
	*program

	key      string
	mu       sync.Mutex
	accepted []string
	times    []time.Time
	answers  map[string]int
	slowest  time.Duration
}

// file files reports until ctx ends.
func (l *reporters) file(ctx context.Context, worker int) {
	for n := 0; ctx.Err() == nil; n++ {
		start := time.Now()
		got, err := l.doOnce(context.WithoutCancel(ctx), request{
			method: http.MethodPost, path: "/v1/reports", credential: l.key,
			header: map[string]string{"Idempotency-Key": fmt.Sprintf("%d-%d", worker, n), "Tocsin-Agent": "test"},
			body:   fmt.Appendf(nil, `{"at":%q,"indicators":[{"kind":"phone","value":"+1202555%04d"}]}`, now(), 100+n%100),
		})
		l.record(got, err, time.Since(start))
	}
}

// record counts an answer, and the report if it was accepted.
func (l *reporters) record(got response, err error, took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.answers == nil {
		l.answers = map[string]int{}
	}
	l.slowest = max(l.slowest, took)
	answer := fmt.Sprint(got.status)
	switch {
	case err != nil:
		answer = "no answer: " + err.Error()
	case got.status == http.StatusServiceUnavailable && got.header.Get("Retry-After") != "":
		answer = "503 with Retry-After"
	}
	l.answers[answer]++
	if got.status == http.StatusCreated {
		var reply struct{ ID string }
		if err := json.Unmarshal(got.body, &reply); err != nil {
			l.answers["201 that is not JSON"]++
		}
		l.accepted, l.times = append(l.accepted, reply.ID), append(l.times, time.Now())
	}
}

// firstAfter returns when the first report behind t was accepted; zero if none was.
func (l *reporters) firstAfter(t time.Time) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.IndexFunc(l.times, t.Before); i >= 0 {
		return l.times[i]
	}
	return time.Time{}
}

func (l *reporters) acceptedAfter(t time.Time) bool { return !l.firstAfter(t).IsZero() }

// check looks for every accepted report in the database, and at what was answered.
func (l *reporters) check(t *testing.T, environ map[string]string) {
	t.Helper()
	t.Logf("answers %v, slowest %v", l.answers, l.slowest.Round(time.Millisecond))
	for answer := range l.answers {
		if answer != "201" && answer != "503 with Retry-After" {
			t.Errorf("answered %q %d times", answer, l.answers[answer])
		}
	}
	database, lost := openDatabase(t, environ), 0
	for _, id := range l.accepted {
		if _, err := database.Report(t.Context(), id); err != nil {
			lost++
			t.Logf("report %s: %v", id, err)
		}
	}
	t.Logf("%d acknowledged, %d lost", len(l.accepted), lost)
	if lost > 0 || len(l.accepted) == 0 {
		t.Errorf("%d of %d acknowledged reports are lost", lost, len(l.accepted))
	}
}
