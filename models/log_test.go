package models

import (
	"testing"
	"time"
)

func TestTheChainShowsEveryAlteration(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6_000_000, time.UTC)
	change := Change{Signature: "sig_a", Rule: Exact, Kind: Phone, Value: "+12025550100", From: Unknown, To: Danger, Rev: 1}
	first := NextEntry(Entry{}, at, []Change{change})
	second := NextEntry(first, at, []Change{change})
	if !first.Follows(Entry{}) || !second.Follows(first) {
		t.Fatal("a sealed chain does not follow itself")
	}
	for name, alter := range map[string]func(*Entry){
		"a value":   func(e *Entry) { e.Changes = []Change{{Signature: "sig_a", Value: "+12025550101"}} },
		"the end":   func(e *Entry) { c := change; c.Ends = at; e.Changes = []Change{c} },
		"a removal": func(e *Entry) { e.Changes = nil },
		"the time":  func(e *Entry) { e.At = e.At.Add(time.Millisecond) },
		"the order": func(e *Entry) { e.Seq++ },
		"the link":  func(e *Entry) { e.Prev = []byte{1} },
	} {
		t.Run(name, func(t *testing.T) {
			e := second
			alter(&e)
			if e.Follows(first) {
				t.Error("the alteration does not show")
			}
		})
	}
}
