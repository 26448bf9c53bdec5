package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/tocsin/models"
)

// command runs a command of the program in an environment and returns its output.
func command(t *testing.T, environ map[string]string, args ...string) (string, error) {
	t.Helper()
	var out, log bytes.Buffer
	err := run(t.Context(), args, environment{vars: environ, out: &out, log: &log})
	return out.String(), err
}

func TestNoCommandMakesADatabaseByMistake(t *testing.T) {
	onEachEngine(t, func(t *testing.T, environ map[string]string) {
		folder := filepath.Join(t.TempDir(), "wrong")
		environ = mergeEnviron(environ, map[string]string{"TOCSIN_DATA_DIR": folder})
		place := folder
		if name := environ["TOCSIN_DATABASE"]; name != "" {
			place = name
		}
		for range 2 { // the refusal has made nothing either
			for _, args := range [][]string{
				{"verify-log"}, {"key", "list"}, {"key", "revoke", "key_1"}, {"key", "create", "--name", "a", "--scope", "reports"},
			} {
				out, err := command(t, environ, args...)
				if err == nil || out != "" || !strings.Contains(err.Error(), place) || !strings.Contains(err.Error(), "--create") {
					t.Errorf("%v: got %q, error %v", args, out, err)
				}
			}
		}
		if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the folder was made: %v", err)
		}
		createKey(t, environ, models.ScopeReports) // with --create
		for _, args := range [][]string{{"verify-log"}, {"key", "list"}, {"key", "create", "--name", "a", "--scope", "reports"}} {
			if out, err := command(t, environ, args...); err != nil || out == "" {
				t.Errorf("%v: got %q, error %v", args, out, err)
			}
		}
	})
}

func TestACommandOnADatabaseInUseSaysSo(t *testing.T) {
	environ := testEnviron(t, "")
	key := createKey(t, environ, models.ScopeKeys)
	p := startProgram(t, environ)
	for _, args := range [][]string{{"verify-log"}, {"key", "list"}, {"key", "create", "--create", "--name", "a", "--scope", "reports"}} {
		out, err := command(t, environ, args...)
		if err == nil || out != "" || !strings.Contains(err.Error(), environ["TOCSIN_DATA_DIR"]) || !strings.Contains(err.Error(), "--server") {
			t.Errorf("%v: got %q, error %v", args, out, err)
		}
	}
	if out, err := command(t, environ, "key", "list", "--server", p.server, "--key", key); err != nil || !strings.Contains(out, "keys") {
		t.Errorf("key list --server: got %q, error %v", out, err)
	}
	for _, args := range [][]string{
		{"verify-log", "--server", p.server},
		{"key", "create", "--create", "--name", "a", "--scope", "reports", "--server", p.server, "--key", key},
	} {
		if out, err := command(t, environ, args...); err == nil || out != "" || !strings.Contains(err.Error(), "leave out") {
			t.Errorf("%v: got %q, error %v", args, out, err)
		}
	}
}
