package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/tocsin/models"
)

// copyDatabase copies the files of a stopped engine, without the snapshot of the index, into another folder.
func copyDatabase(t *testing.T, from, to string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(from, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files in %s, %v", len(files), from, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, ".snapshot") {
			continue
		}
		data, err := os.ReadFile(name)
		if err == nil {
			err = os.WriteFile(filepath.Join(to, filepath.Base(name)), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestARestoredDatabaseIsServedAndAlarmingUntilItIsStated restores an older copy of the
// database under a node that has seen more, as after a lost disk.
func TestARestoredDatabaseIsServedAndAlarmingUntilItIsStated(t *testing.T) {
	environ := testEnviron(t, "")
	key := createKey(t, environ, models.ScopeSignatures, models.ScopeChecks)
	session := func(do func(p *program)) {
		t.Helper()
		p := startProgram(t, environ)
		do(p)
		if err := p.stop(); err != nil {
			t.Fatalf("stop: %v", err)
		}
	}
	list := func(p *program, number string) {
		p.importSignatures(key, map[string]string{"kind": "phone", "value": number, "level": "danger"})
	}
	want := func(p *program, when, log, broken, before, after string) {
		t.Helper()
		ready := p.must(request{method: http.MethodGet, path: "/readyz"}, nil)
		if got := fmt.Sprint(ready["log"]); !strings.Contains(got, log) {
			t.Errorf("%s: readyz says of the log %q, want %q", when, got, log)
		}
		metrics, err := p.do(t.Context(), request{method: http.MethodGet, path: "/metrics"})
		if err != nil || !bytes.Contains(metrics.body, []byte("\ntocsin_log_broken_total "+broken+"\n")) {
			t.Errorf("%s: tocsin_log_broken_total is not %s, %v", when, broken, err)
		}
		for number, level := range map[string]string{"+12025550100": before, "+12025550101": after} {
			got := p.must(request{method: http.MethodGet, path: "/v1/checks/phone/" + number, credential: key}, nil)
			if verdict := fmt.Sprint(got["verdict"]); !strings.Contains(verdict, "level:"+level) {
				t.Errorf("%s: the check of %s says %s, want %s", when, number, verdict, level)
			}
		}
	}
	session(func(p *program) { list(p, "+12025550100") })
	backup := t.TempDir()
	copyDatabase(t, environ["TOCSIN_DATA_DIR"], backup)
	session(func(p *program) {
		list(p, "+12025550101")
		want(p, "before", "whole", "0", "danger", "danger")
	})
	copyDatabase(t, backup, environ["TOCSIN_DATA_DIR"])
	for _, when := range []string{"restored", "started again"} {
		session(func(p *program) {
			want(p, when, "entry 2, which this node has seen, is not in the log", "1", "danger", "unknown")
		})
	}
	var out bytes.Buffer
	env := environment{vars: environ, out: &out, log: t.Output()}
	if err := run(t.Context(), []string{"verify-log", "--restored-by", "Ada"}, env); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"1 entries, 1 changes, chain unbroken", "accept this log from entry 1 on"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("verify-log prints %q, want %q", out.String(), want)
		}
	}
	session(func(p *program) {
		want(p, "stated", "whole", "0", "danger", "unknown")
		list(p, "+12025550101")
		want(p, "and grown again", "whole", "0", "danger", "danger")
	})
	session(func(p *program) { want(p, "at last", "whole", "0", "danger", "danger") })
}
