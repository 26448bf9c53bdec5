package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/tocsin/config"
)

// testKey returns a value for TOCSIN_KEY and TOCSIN_SIGNING_KEY.
func testKey(letter string) string {
	return base64.StdEncoding.EncodeToString([]byte(strings.Repeat(letter, 32)))
}

// startError returns why a node does not start; nil when it does. The node is ended at once.
func startError(t *testing.T, environ map[string]string) error {
	t.Helper()
	cfg, err := config.Load(environ)
	if err != nil {
		t.Fatal(err)
	}
	n, err := newNode(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	return errors.Join(n.listener.Close(), n.store.Close())
}

// wantRefusal fails the test unless the node does not start, and the error holds each of the words.
func wantRefusal(t *testing.T, environ map[string]string, words ...string) {
	t.Helper()
	err := startError(t, environ)
	if err == nil {
		t.Fatalf("the node starts, want a refusal that names %v", words)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the refusal %q does not name %s", err, word)
		}
	}
}

func TestANodeWithAnotherKeyDoesNotStart(t *testing.T) {
	onEachEngine(t, func(t *testing.T, environ map[string]string) {
		environ["TOCSIN_KEY"], environ["TOCSIN_SIGNING_KEY"] = testKey("a"), testKey("s")
		first := startProgram(t, environ)
		if environ["MONGODB_URI"] == "" { // one process at a time: the second is that of the next day
			if err := first.stop(); err != nil {
				t.Fatal(err)
			}
		}
		wantRefusal(t, mergeEnviron(environ, map[string]string{"TOCSIN_KEY": testKey("b")}), "TOCSIN_KEY is not the key of this database")
		wantRefusal(t, mergeEnviron(environ, map[string]string{"TOCSIN_SIGNING_KEY": testKey("b")}), "TOCSIN_SIGNING_KEY is not")
		wantRefusal(t, mergeEnviron(environ, map[string]string{"TOCSIN_KEY": testKey("b"), "TOCSIN_SIGNING_KEY": testKey("b")}),
			"TOCSIN_KEY is", "TOCSIN_SIGNING_KEY is")
		elsewhere := mergeEnviron(environ, map[string]string{"TOCSIN_KEY": "", "TOCSIN_SIGNING_KEY": ""})
		if environ["MONGODB_URI"] != "" {
			elsewhere["TOCSIN_DATA_DIR"] = t.TempDir()
		}
		wantRefusal(t, elsewhere, "TOCSIN_KEY is not set", "TOCSIN_SIGNING_KEY is not set")
		if left, err := filepath.Glob(filepath.Join(elsewhere["TOCSIN_DATA_DIR"], "secret*")); err != nil || len(left) != 0 {
			t.Errorf("the refused node has left %v, %v", left, err)
		}
		if err := startError(t, environ); err != nil {
			t.Errorf("with the keys of the first: %v", err)
		}
	})
}

func TestALostKeyFileIsNotReplacedByANewKey(t *testing.T) {
	onEachEngine(t, func(t *testing.T, environ map[string]string) {
		if err := startError(t, environ); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(environ["TOCSIN_DATA_DIR"], "secret.json")
		kept, err := os.ReadFile(path)
		if err == nil {
			err = os.Remove(path)
		}
		if err != nil {
			t.Fatal(err)
		}
		wantRefusal(t, environ, "TOCSIN_KEY is not set", path, "put that file back")
		wantRefusal(t, environ, "TOCSIN_KEY is not set") // nor at the second try
		for name, text := range map[string]string{
			"is damaged":                          "{",
			"has 3 bytes":                         `{"root": "YWJj"}`,
			"is not the key of this database":     `{"root": "` + testKey("x") + `", "signing": "` + testKey("x") + `"}`,
			"is not that of this database":        `{"root": "` + testKey("x") + `", "signing": "` + testKey("x") + `"}`,
			"which may have kept the signing key": `{"root": "` + testKey("x") + `"}`,
		} {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			wantRefusal(t, environ, name, path)
		}
		if err := os.WriteFile(path, kept, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := startError(t, environ); err != nil {
			t.Errorf("with the file put back: %v", err)
		}
	})
}

func TestATrialMakesItsKeysOnceAndOutsideTheDatabase(t *testing.T) {
	onEachEngine(t, func(t *testing.T, environ map[string]string) {
		for range 2 {
			if err := startError(t, environ); err != nil {
				t.Fatal(err)
			}
		}
		files, err := filepath.Glob(filepath.Join(environ["TOCSIN_DATA_DIR"], "secret*"))
		if err != nil || len(files) != 1 {
			t.Fatalf("the files are %v, %v, want one", files, err)
		}
		if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("its mode is %v, %v, want 0600", info.Mode(), err)
		}
		keys, err := keyFile(files[0]).read()
		if err != nil || len(keys.Root) != 32 || len(keys.Signing) != 32 || bytes.Equal(keys.Root, keys.Signing) {
			t.Fatalf("two keys of 32 bytes are wanted, %v", err)
		}
		for _, raw := range rawDocuments(t, openDatabase(t, environ), "settings") {
			for _, key := range [][]byte{keys.Root, keys.Signing} {
				for _, form := range []string{string(key), base64.StdEncoding.EncodeToString(key), hex.EncodeToString(key)} {
					if bytes.Contains(raw, []byte(form)) {
						t.Errorf("the database holds a key: %s", raw)
					}
				}
			}
		}
	})
}

func TestOfManyProcessesThatMakeTheKeysAllGetTheSame(t *testing.T) {
	file := keyFile(filepath.Join(t.TempDir(), "data", "secret.json"))
	got := make(chan keySet)
	for range 8 {
		go func() {
			k, err := file.complete(keySet{}, true)
			if err != nil {
				t.Error(err)
			}
			got <- k
		}()
	}
	first := <-got
	for range 7 {
		if k := <-got; !bytes.Equal(k.Root, first.Root) || !bytes.Equal(k.Signing, first.Signing) {
			t.Error("two processes have different keys")
		}
	}
	with, err := file.complete(keySet{Root: []byte(strings.Repeat("r", 32))}, true)
	if err != nil || string(with.Root) != strings.Repeat("r", 32) || !bytes.Equal(with.Signing, first.Signing) {
		t.Errorf("a configured key does not stand before that of the file: %v", err)
	}
}
