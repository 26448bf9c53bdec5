package main

import (
	"bytes"
	"log/slog"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/tocsin/config"
	"example.org/tocsin/models"
)

// rotate runs tocsin secret rotate and returns what it prints.
func rotate(t *testing.T, environ map[string]string, flags ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := run(t.Context(), append([]string{"secret", "rotate"}, flags...), environment{vars: environ, out: &out, log: t.Output()})
	return out.String(), err
}

// mustRotate is rotate where no error is expected.
func mustRotate(t *testing.T, environ map[string]string, flags ...string) string {
	t.Helper()
	out, err := rotate(t, environ, flags...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// wantUnrotated fails the test unless the command refuses, in words that hold the given ones.
func wantUnrotated(t *testing.T, environ map[string]string, words string, flags ...string) {
	t.Helper()
	if out, err := rotate(t, environ, flags...); err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("rotate %v = %q, %v, want a refusal with %q", flags, out, err, words)
	}
}

// withLines returns environ with lines NAME=value added.
func withLines(environ map[string]string, lines string) map[string]string {
	environ = maps.Clone(environ)
	for line := range strings.SplitSeq(strings.TrimSpace(lines), "\n") {
		name, value, _ := strings.Cut(line, "=")
		environ[name] = value
	}
	return environ
}

// storedKeys returns the ids of the roots under which the exposures of a stopped program are kept, and who has reported.
func storedKeys(t *testing.T, environ map[string]string) (keys, reporters []string) {
	t.Helper()
	cfg, err := config.Load(environ)
	if err != nil {
		t.Fatal(err)
	}
	s, err := openStorage(t.Context(), cfg, logger(t.Output(), slog.LevelError), true)
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range rawDocuments(t, s, "exposures") {
		first, err := raw.LookupErr("keys", "0")
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, first.StringValue()[:2])
	}
	for _, raw := range rawDocuments(t, s, "reports") {
		reporters = append(reporters, raw.Lookup("reporter").StringValue())
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return keys, reporters
}

// TestARotationOfATrialWarnsOfWhatWasMetBeforeIt is the whole of a rotation where the keys lie in the data folder: what was
// met before it is found and told after it, with its hint, and nobody gets a second vote.
func TestARotationOfATrialWarnsOfWhatWasMetBeforeIt(t *testing.T) {
	environ := testEnviron(t, "")
	analyst := createKey(t, environ, models.ScopeSignatures)
	wantUnrotated(t, environ, "no node has ever run")
	p := startProgram(t, environ)
	device := p.device("token")
	p.expose(device, "+12025550181")
	p.expose(device, "+12025550183")
	p.report(device, "+12025550199", "report-1")
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	before, reporters := storedKeys(t, environ)

	mustRotate(t, environ)
	wantUnrotated(t, environ, "a rotation is under way")
	wantUnrotated(t, environ, "is kept until", "--finish")
	p = startProgram(t, environ)
	p.expose(device, "+12025550182")
	p.expose(device, "+12025550183") // met again
	p.report(device, "+12025550198", "report-2")
	p.importSignatures(analyst, dangerSignature("+12025550181"), dangerSignature("+12025550182"), dangerSignature("+12025550183"))
	wantHints(t, p, device, "0181", "0182", "0183")
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	after, reportersAfter := storedKeys(t, environ)
	if len(before) != 2 || len(after) != 4 {
		t.Errorf("%d exposures before and %d after, want 2 and 4: a number that is met again is a second exposure", len(before), len(after))
	}
	if len(reporters) != 1 || len(reportersAfter) != 2 || reportersAfter[0] != reportersAfter[1] || reportersAfter[0] != reporters[0] {
		t.Errorf("one reporter is kept as %v and then as %v", reporters, reportersAfter)
	}

	mustRotate(t, environ, "--finish", "--force")
	mustRotate(t, environ, "--finish") // again: nothing to do
	keys, err := keyFile(filepath.Join(environ["TOCSIN_DATA_DIR"], "secret.json")).read()
	if err != nil || keys.Root == nil || keys.Previous != nil {
		t.Errorf("the file holds a previous key %v, %v", keys.Previous != nil, err)
	}
	p = startProgram(t, environ)
	var hints []string // the warnings stay; the hints that were sealed under the previous key are closed
	for _, w := range p.inbox(device) {
		hint, _ := w["hint"].(string)
		hints = append(hints, hint)
	}
	if len(hints) != 3 || slices.Contains(hints, "0181") || !slices.Contains(hints, "0182") {
		t.Errorf("after the previous key is forgotten the hints are %q", hints)
	}
}

// wantHints fails the test unless the inbox gets to hold warnings with these hints.
func wantHints(t *testing.T, p *program, device string, want ...string) {
	t.Helper()
	eventually(t, "the warnings", func() bool { return len(p.inbox(device)) == len(want) })
	got := map[string]int{}
	for _, w := range p.inbox(device) {
		hint, _ := w["hint"].(string)
		got[hint]++
	}
	wanted := map[string]int{}
	for _, h := range want {
		wanted[h]++
	}
	if !maps.Equal(got, wanted) {
		t.Errorf("the hints are %v, want %v", got, wanted)
	}
}

// TestARotationGoesOnWhereARunEndedHalfway leaves a trial where the file holds the new key, and the database the old one.
func TestARotationGoesOnWhereARunEndedHalfway(t *testing.T) {
	environ := testEnviron(t, "")
	if err := startError(t, environ); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(environ)
	if err != nil {
		t.Fatal(err)
	}
	r := rotation{cfg: cfg}
	if err := r.replaceFile(); err != nil {
		t.Fatal(err)
	}
	if err := startError(t, environ); err != nil {
		t.Errorf("between the two steps: %v", err)
	}
	mustRotate(t, environ)
	if err := startError(t, environ); err != nil {
		t.Errorf("after the second step: %v", err)
	}
}

// TestTwoNodesAreRotatedWithoutAPause is the flow of docs/operations.md, with every mistake that it guards against.
func TestTwoNodesAreRotatedWithoutAPause(t *testing.T) {
	onEachEngine(t, func(t *testing.T, environ map[string]string) {
		if environ["MONGODB_URI"] == "" {
			t.Skip("the embedded engine serves one node")
		}
		environ["TOCSIN_KEY"], environ["TOCSIN_SIGNING_KEY"] = testKey("a"), testKey("s")
		analyst := createKey(t, environ, models.ScopeSignatures)
		one, two := startProgram(t, environ), startProgram(t, environ)
		restart := func(p *program, environ map[string]string) *program {
			if err := p.stop(); err != nil {
				t.Fatal(err)
			}
			return startProgram(t, environ)
		}
		device := one.device("token")
		one.expose(device, "+12025550181")

		both := withLines(environ, mustRotate(t, environ))
		wantUnrotated(t, both, "running without the new key")
		one = restart(one, both)
		one.expose(device, "+12025550182")
		wantUnrotated(t, both, "running without the new key")
		two = restart(two, both)
		swapped := withLines(both, "TOCSIN_KEY="+both["TOCSIN_KEY_PREVIOUS"]+"\nTOCSIN_KEY_PREVIOUS="+both["TOCSIN_KEY"])
		wantUnrotated(t, swapped, "exchange the two")
		mustRotate(t, both)
		wantRefusal(t, environ, "TOCSIN_KEY has been replaced", "TOCSIN_KEY_PREVIOUS")
		wantRefusal(t, withLines(environ, "TOCSIN_KEY="+both["TOCSIN_KEY"]), "TOCSIN_KEY_PREVIOUS is not the key before")
		wantUnrotated(t, both, "still writing under the previous key", "--finish", "--force")
		one = restart(one, both)
		one.expose(device, "+12025550183")
		two.expose(device, "+12025550184") // under the previous root still
		one.importSignatures(analyst, dangerSignature("+12025550181"), dangerSignature("+12025550182"),
			dangerSignature("+12025550183"), dangerSignature("+12025550184"))
		wantHints(t, two, device, "0181", "0182", "0183", "0184")
		two = restart(two, both)
		wantUnrotated(t, both, "is kept until", "--finish")
		mustRotate(t, both, "--finish", "--force")
		alone := withLines(environ, "TOCSIN_KEY="+both["TOCSIN_KEY"])
		one, two = restart(one, alone), restart(two, alone)
		wantHints(t, two, device, "", "", "0183", "")
		one.must(request{method: http.MethodGet, path: "/readyz"}, nil)
	})
}

func TestANodeThatARotationHasLeftBehindStops(t *testing.T) {
	environ := testEnviron(t, "")
	if err := startError(t, environ); err != nil {
		t.Fatal(err)
	}
	s := openDatabase(t, environ)
	check, err := s.readKeyCheck(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w := keyWatch{store: s, name: "node", roots: []string{check.Root}, log: logger(t.Output(), 0)}
	if left, err := w.announce(t.Context()); left || err != nil {
		t.Fatalf("with the present key: %v, %v", left, err)
	}
	next := check
	next.Root, next.Previous = "another", check.Root
	if err := s.replaceKeyCheck(t.Context(), check, next); err != nil {
		t.Fatal(err)
	}
	if left, err := w.announce(t.Context()); !left || err == nil || !strings.Contains(err.Error(), "TOCSIN_KEY has been replaced") {
		t.Errorf("left behind: %v, %v", left, err)
	}
	// One that knows both and writes under the previous key says when it did.
	w.roots = []string{check.Root, "another"}
	if left, err := w.announce(t.Context()); left || err != nil {
		t.Errorf("with both keys: %v, %v", left, err)
	}
	if noted, err := s.readKeyCheck(t.Context()); err != nil || time.Since(noted.PreviousUsed) > time.Minute {
		t.Errorf("the previous key was last used at %v, %v", noted.PreviousUsed, err)
	}
}
