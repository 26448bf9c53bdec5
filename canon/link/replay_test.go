package link

import (
	"testing"

	"example.org/tocsin/corpus"
)

// TestReplayLinks compares with the true link, brought into Safe Browsing form
// and without scheme. The replay appends tracking parameters to some links,
// which may not be dropped (the query can be what tells two scams apart): such
// a line counts as found if the true link is among the expressions of ours,
// which is how a signature is looked up.
func TestReplayLinks(t *testing.T) {
	covered := corpus.PassRate{Name: "links whose expressions hold the true one"}
	equal := corpus.PassRate{Name: "links equal to the true one"}
	for _, line := range corpus.Reports(t) {
		raw, ok := line.URL.(string)
		if !ok || line.Truth.Class == "malformed" || line.Kind != "url" {
			continue
		}
		got, err := Canonical(raw)
		want := line.Truth.Canon
		if p, ok := parse(want); ok {
			want = p.value()
		}
		hit := false
		if err == nil {
			for _, e := range Expressions(got) {
				hit = hit || e == want
			}
		}
		covered.Count(hit, raw+" => "+got+" want "+want)
		equal.Count(got == want, raw+" => "+got)
	}
	covered.Check(t, 0.99)
	equal.Check(t, 0.95)
}
