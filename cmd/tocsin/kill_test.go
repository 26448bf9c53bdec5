package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.org/tocsin/models"
)

// TestKilledServersKeepEveryAcknowledgedReport replays reports while the server
// is killed and started again, and then looks for every acknowledged report in
// the database. TOCSIN_TEST_KILLS sets how often it is killed (default 3), and
// TOCSIN_TEST_REPLAY names a file of reports instead of the made-up ones.
func TestKilledServersKeepEveryAcknowledgedReport(t *testing.T) {
	onEachEngine(t, func(t *testing.T, environ map[string]string) {
		kills := 3
		if n, err := strconv.Atoi(os.Getenv("TOCSIN_TEST_KILLS")); err == nil {
			kills = n
		}
		file := os.Getenv("TOCSIN_TEST_REPLAY")
		if file == "" {
			file = madeUpReports(t, 3000*(kills+1))
		}
		const rate = 1200 // reports a second: the replay lasts longer than the kills
		// The replay finds the server at the same address after each start.
		environ = mergeEnviron(environ, map[string]string{"TOCSIN_LISTEN": freeAddress(t)})
		key := createKey(t, environ, models.ScopeReports, models.ScopeDevices)
		ledger := filepath.Join(t.TempDir(), "ledger")

		p := startProgram(t, environ)
		result := make(chan error, 1)
		var table, progress bytes.Buffer
		go func() {
			result <- run(t.Context(), []string{
				"replay", file, "--server", p.server, "--key", key, "--ledger", ledger,
				"--concurrency", "32", "--exposed", "0", "--rate", strconv.Itoa(rate),
			}, environment{vars: map[string]string{}, out: &table, log: &progress})
		}()
		for range kills {
			if done := endsWithin(result, 300*time.Millisecond+rand.N(1500*time.Millisecond)); done {
				t.Fatalf("the replay ended before the last kill: use more reports\n%s", table.String())
			}
			p.kill()
			p = startProgram(t, environ)
		}
		if err := <-result; err != nil {
			t.Fatalf("replay: %v\n%s", err, table.String())
		}
		t.Logf("%d kills\n%s", kills, table.String())
		if err := p.stop(); err != nil {
			t.Fatalf("stop: %v", err)
		}
		lost, acknowledged := lostReports(t, environ, ledger)
		t.Logf("%d acknowledged, %d lost", acknowledged, lost)
		if lost > 0 || acknowledged == 0 {
			t.Errorf("%d of %d acknowledged reports are lost", lost, acknowledged)
		}
	})
}

// endsWithin reports whether the replay ends within d. Its result stays in the channel.
func endsWithin(result chan error, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case err := <-result:
		result <- err
		return true
	case <-timer.C:
		return false
	}
}

// lostReports counts the acknowledged reports that the database does not hold.
func lostReports(t *testing.T, environ map[string]string, ledger string) (lost, acknowledged int) {
	t.Helper()
	raw, err := os.ReadFile(ledger)
	if err != nil {
		t.Fatal(err)
	}
	database := openDatabase(t, environ)
	for _, id := range strings.Fields(string(raw)) {
		acknowledged++
		if _, err := database.Report(t.Context(), id); err != nil {
			lost++
			t.Logf("report %s: %v", id, err)
		}
	}
	return lost, acknowledged
}

// madeUpReports writes a file of n reports of made-up numbers and domains.
func madeUpReports(t *testing.T, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "reports.jsonl")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	encoder := json.NewEncoder(file)
	for i := range n {
		line := map[string]any{
			"client_id": fmt.Sprintf("made-up-%d", i), "at": now(), "channel": "call_centre", "reporter": fmt.Sprintf("caller-%d", i%500),
			"region": "US", "language": "en", "kind": "phone", "phone": fmt.Sprintf("+1202555%04d", 100+i%100),
			"narrative": "They asked for a code.",
		}
		if i%3 == 0 {
			line["kind"], line["url"] = "url", fmt.Sprintf("https://shop-%d.example/pay", i%700)
			delete(line, "phone")
		}
		if i%10 == 0 {
			line["channel"] = "app"
		}
		if err := encoder.Encode(line); err != nil {
			t.Fatal(err)
		}
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// freeAddress returns an address on which nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
