package models

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestParseCredentialSplitsATokenAtItsFirstDot(t *testing.T) {
	for _, tt := range []struct{ token, id, secret string }{
		{"dev_1.s", "dev_1", "s"},
		{"key_1.s", "key_1", "s"},
		{"key_1.s.t", "key_1", "s.t"},
		{"dev_.s", "dev_", "s"},
		{"key_1..", "key_1", "."},
	} {
		c, err := ParseCredential(tt.token)
		if err != nil || c.ID != tt.id || c.secret != tt.secret || c.Bearer() != tt.token {
			t.Errorf("%q: id %q, secret %q, bearer %q, %v", tt.token, c.ID, c.secret, c.Bearer(), err)
		}
	}
}

func TestARefusedTokenIsNotInTheError(t *testing.T) {
	for _, token := range []string{
		"Bearer dev_1.hunter2", "DEV_1.hunter2", "dev-1.hunter2", "hunter2", ".hunter2", "hunter2.", " dev_1.hunter2",
	} {
		c, err := ParseCredential(token)
		if !errors.Is(err, Unauthenticated) || CodeOf(err) != "credential_malformed" {
			t.Errorf("%q: %v, want credential_malformed", token, err)
		}
		if c != (Credential{}) {
			t.Errorf("%q: a refused token gives %v", token, c)
		}
		if strings.Contains(fmt.Sprintf("%+v", err), "hunter2") {
			t.Errorf("%q: the error holds the secret: %v", token, err)
		}
	}
}

func TestACredentialHas256RandomBits(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		c := NewCredential("dev_1")
		_, secret, _ := strings.Cut(c.Bearer(), ".")
		raw, err := base64.RawURLEncoding.DecodeString(secret)
		if err != nil || len(raw) != 32 || c.ID != "dev_1" {
			t.Fatalf("%d bytes for id %q, %v", len(raw), c.ID, err)
		}
		if seen[secret] {
			t.Fatal("two credentials share a secret")
		}
		seen[secret] = true
	}
}

func TestTheHashOfACredentialIsThatOfItsSecretAlone(t *testing.T) {
	c, err := ParseCredential("dev_1.secret")
	if err != nil {
		t.Fatal(err)
	}
	if want := sha256.Sum256([]byte("secret")); !bytes.Equal(c.Hash(), want[:]) {
		t.Errorf("hash %x, want %x", c.Hash(), want)
	}
}

func TestMatchesRefusesEveryOtherHash(t *testing.T) {
	c := NewCredential("dev_1")
	hash := c.Hash()
	flipped, zeros := c.Hash(), make([]byte, len(hash))
	flipped[31] ^= 1
	for name, other := range map[string][]byte{
		"none": nil, "an empty one": {}, "a part of it": hash[:31], "a longer one": append(c.Hash(), 0),
		"one bit flipped": flipped, "zeros": zeros,
	} {
		if c.Matches(other) {
			t.Errorf("%s matches", name)
		}
	}
	if !c.Matches(hash) {
		t.Error("its own hash does not match")
	}
	if (Credential{}).Matches(nil) || (Credential{}).Matches(hash) {
		t.Error("the zero credential matches something")
	}
}

func TestPrintingACredentialHidesItsSecret(t *testing.T) {
	c := NewCredential("key_1")
	_, secret, _ := strings.Cut(c.Bearer(), ".")
	if got, want := c.String(), "key_1.[secret]"; got != want {
		t.Errorf("String returns %q, want %q", got, want)
	}

	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%s", "%q", "%x", "%X", "%20s"} {
		fmt.Fprintf(&out, verb+"\n", c)
		fmt.Fprintf(&out, verb+"\n", &c)
	}
	type request struct{ Credential Credential }
	fmt.Fprintln(&out, c, request{c}, []Credential{c}, map[string]Credential{"c": c}, fmt.Errorf("refuse %v", c))
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(handler).Info("signed in", "credential", c, "pointer", &c, "request", request{c}, slog.Group("group", "credential", c))
	}
	if err := json.NewEncoder(&out).Encode(request{c}); err != nil {
		t.Fatal(err)
	}
	for name, hidden := range map[string]string{
		"plain": secret, "in hexadecimal": fmt.Sprintf("%x", secret), "in upper hexadecimal": fmt.Sprintf("%X", secret),
	} {
		if strings.Contains(out.String(), hidden) {
			t.Errorf("the secret is printed %s: %s", name, &out)
		}
	}
	if n := strings.Count(out.String(), "key_1"); n < 10 {
		t.Errorf("the id is printed %d times only: %s", n, &out)
	}
}

func TestTheJSONOfAKeyHoldsNoSecret(t *testing.T) {
	k, c := NewKey("city line", []Scope{ScopeReports}, 5, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	got, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"id":"` + k.ID + `","name":"city line","scopes":["reports"],"rate":5,` +
		`"created_at":"2026-03-01T12:00:00Z","organisation":"` + k.ID + `"}`
	if string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if strings.Contains(string(got), base64.StdEncoding.EncodeToString(c.Hash())) {
		t.Error("the hash is in it")
	}
}
