package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"example.org/tocsin/config"
	"example.org/tocsin/models"
)

// TestMain lets the test binary run as the program, in a process that a test can kill.
func TestMain(m *testing.M) {
	if os.Getenv("TOCSIN_TEST_PROGRAM") == "1" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// onEachEngine runs a test on the embedded engine and, if TOCSIN_TEST_MONGODB_URI
// names a server, on that too. The test gets the environment of a program with a
// database of its own.
func onEachEngine(t *testing.T, run func(t *testing.T, environ map[string]string)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) { run(t, testEnviron(t, "")) })
	t.Run("mongodb", func(t *testing.T) {
		uri := os.Getenv("TOCSIN_TEST_MONGODB_URI")
		if uri == "" {
			t.Skip("TOCSIN_TEST_MONGODB_URI names no server: left out")
		}
		run(t, testEnviron(t, uri))
	})
}

// testEnviron returns the environment of a program without rate limits; uri names
// the MongoDB server, and is empty for the embedded engine.
func testEnviron(t *testing.T, uri string) map[string]string {
	t.Helper()
	environ := map[string]string{
		"TOCSIN_LISTEN": "127.0.0.1:0", "TOCSIN_DATA_DIR": t.TempDir(), "TOCSIN_RATE_DEVICE": "0", "TOCSIN_RATE_KEY": "0",
		"TOCSIN_RATE_ADDRESS": "0", "TOCSIN_RATE_REGISTER": "0",
	}
	if uri == "" {
		return environ
	}
	environ["MONGODB_URI"], environ["TOCSIN_DATABASE"] = uri, fmt.Sprintf("program_%d", time.Now().UnixNano())
	t.Cleanup(func() {
		client, err := mongo.Connect(options.Client().ApplyURI(uri))
		if err == nil {
			err = client.Database(environ["TOCSIN_DATABASE"]).Drop(context.Background())
		}
		if err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return environ
}

// program is a running tocsin in a process of its own.
type program struct {
	*client

	t          *testing.T
	reportedAt string // the time that reports name: a retry must be the same to the letter
	cmd        *exec.Cmd
	exited     chan struct{}
	err        error
	mu         sync.Mutex
	lines      []string
}

// startProgram starts tocsin serve and waits until it listens.
func startProgram(t *testing.T, environ map[string]string) *program {
	t.Helper()
	p := &program{t: t, reportedAt: now(), cmd: exec.Command(os.Args[0], "serve"), exited: make(chan struct{})}
	p.cmd.Env = []string{"TOCSIN_TEST_PROGRAM=1", "PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "GORACE=" + os.Getenv("GORACE")}
	for name, value := range environ {
		p.cmd.Env = append(p.cmd.Env, name+"="+value)
	}
	output, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	listening := make(chan string, 1)
	go func() {
		scanner := bufio.NewScanner(output)
		scanner.Buffer(nil, 1<<20)
		for scanner.Scan() {
			p.mu.Lock()
			p.lines = append(p.lines, scanner.Text())
			p.mu.Unlock()
			var line struct{ Msg, Address string }
			if json.Unmarshal(scanner.Bytes(), &line) == nil && line.Msg == "listening" {
				listening <- line.Address
			}
		}
		p.err = p.cmd.Wait()
		close(p.exited)
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("log of the program:\n%s", p.log())
		}
	})
	select {
	case address := <-listening:
		p.client = newClient("http://"+address, 64, 20*time.Second)
	case <-p.exited:
		t.Fatalf("the program ended: %v\n%s", p.err, p.log())
	case <-time.After(30 * time.Second):
		t.Fatalf("the program does not listen\n%s", p.log())
	}
	return p
}

// log returns the last 60 lines that the program logged.
func (p *program) log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.lines[max(0, len(p.lines)-60):], "\n")
}

// kill ends the program at once, like a crash.
func (p *program) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.exited
}

// stop asks the program to end and waits until it has.
func (p *program) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-p.exited:
		return p.err
	case <-time.After(30 * time.Second):
		p.kill()
		return fmt.Errorf("the program did not stop within 30 s")
	}
}

// createKey runs tocsin key create on the database of environ.
func createKey(t *testing.T, environ map[string]string, scopes ...models.Scope) string {
	t.Helper()
	var out, log bytes.Buffer
	args := []string{"key", "create", "--create", "--name", "test"}
	for _, s := range scopes {
		args = append(args, "--scope", string(s))
	}
	if err := run(t.Context(), args, environment{vars: environ, out: &out, log: &log}); err != nil {
		t.Fatalf("key create: %v\n%s", err, log.String())
	}
	return strings.TrimSpace(out.String())
}

// openDatabase opens the database of a program that has ended.
func openDatabase(t *testing.T, environ map[string]string) *storage {
	t.Helper()
	cfg, err := config.Load(environ)
	if err != nil {
		t.Fatal(err)
	}
	s, err := openStorage(t.Context(), cfg, logger(t.Output(), slog.LevelError), true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return s
}

// must sends a request and fails the test on anything but a 2xx. It returns the decoded reply.
func (p *program) must(r request, in any) map[string]any {
	p.t.Helper()
	out := map[string]any{}
	if in != nil {
		body, err := json.Marshal(in)
		if err != nil {
			p.t.Fatal(err)
		}
		r.body = body
	}
	got, err := p.do(p.t.Context(), r)
	if err == nil {
		err = got.err()
	}
	if err != nil {
		p.t.Fatalf("%s %s: %v", r.method, r.path, err)
	}
	if len(got.body) > 0 {
		if err := json.Unmarshal(got.body, &out); err != nil {
			p.t.Fatalf("%s %s: reply is not JSON: %v", r.method, r.path, err)
		}
	}
	return out
}

// device registers a device with the push token and returns its credential.
func (p *program) device(token string) string {
	p.t.Helper()
	got := p.must(request{method: http.MethodPost, path: "/v1/devices"}, map[string]any{
		"platform": "android", "locale": "en", "region": "US", "time_zone": "America/New_York",
		"push": map[string]string{"kind": "token", "value": token}, "consents": map[string]bool{"exposures": true, "warnings": true},
	})
	return got["credential"].(string)
}

// expose stores an exposure of a device to a number.
func (p *program) expose(device, number string) {
	p.t.Helper()
	p.must(request{method: http.MethodPut, path: "/v1/devices/me/exposures", credential: device}, map[string]any{
		"exposures": []any{map[string]any{"kind": "phone", "value": number, "channel": "call", "met_at": now()}},
	})
}

// report files a report of a number by a device and returns the reply.
func (p *program) report(device, number, key string) map[string]any {
	p.t.Helper()
	return p.must(request{
		method: http.MethodPost, path: "/v1/reports", credential: device, header: map[string]string{"Idempotency-Key": key},
	}, map[string]any{"at": p.reportedAt, "indicators": []any{map[string]string{"kind": "phone", "value": number}}})
}

// importSignatures imports signatures and fails the test if one is refused.
func (p *program) importSignatures(key string, signatures ...map[string]string) {
	p.t.Helper()
	var body bytes.Buffer
	for _, s := range signatures {
		if err := json.NewEncoder(&body).Encode(s); err != nil {
			p.t.Fatal(err)
		}
	}
	got, err := p.do(p.t.Context(), request{
		method: http.MethodPost, path: "/v1/signatures:import", credential: key, body: body.Bytes(),
		header: map[string]string{"Content-Type": "application/x-ndjson"},
	})
	if err == nil {
		err = got.err()
	}
	if err != nil || bytes.Contains(got.body, []byte("refused\",")) {
		p.t.Fatalf("import: %v %s", err, got.body)
	}
}

// eventually waits until done, and fails the test after a minute, long enough for a busy machine.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	if err := waitUntil(t.Context(), time.Minute, func() (bool, error) { return done(), nil }); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// now returns the time as RFC 3339.
func now() string { return time.Now().UTC().Format(time.RFC3339) }

// mergeEnviron returns environ with more added.
func mergeEnviron(environ, more map[string]string) map[string]string {
	environ = maps.Clone(environ)
	maps.Copy(environ, more)
	return environ
}
