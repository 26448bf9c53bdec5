package models

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
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

// chainOf returns a chain of n entries, each with one change more than the one before.
func chainOf(n int) []Entry {
	var chain []Entry
	var prev Entry
	for i := range n {
		var changes []Change
		for j := range i + 1 {
			changes = append(changes, wholeChange(i*100+j))
		}
		prev = NextEntry(prev, time.UnixMilli(int64(i)), changes)
		chain = append(chain, prev)
	}
	return chain
}

// wholeChange returns a change of which no field is zero.
func wholeChange(n int) Change {
	return Change{
		Signature: fmt.Sprint("sig_", n), Rule: Exact, Kind: Phone, Value: fmt.Sprint("+1202555", n), From: Unknown, To: Danger,
		Category: CategoryParcel, Reason: ReasonList, Rev: 1, Ends: time.UnixMilli(1_800_000_000_000),
	}
}

// firstBreak returns the index of the first entry that does not follow the one before it, -1 if the chain holds.
func firstBreak(chain []Entry) int {
	var prev Entry
	for i, e := range chain {
		if !e.Follows(prev) {
			return i
		}
		prev = e
	}
	return -1
}

func TestAChainBreaksWhereAnEntryIsMissingAddedOrMoved(t *testing.T) {
	for _, tt := range []struct {
		name  string
		alter func([]Entry) []Entry
		want  int
	}{
		{"nothing altered", func(c []Entry) []Entry { return c }, -1},
		{"the first missing", func(c []Entry) []Entry { return c[1:] }, 0},
		{"one missing", func(c []Entry) []Entry { return slices.Delete(c, 2, 3) }, 2},
		{"one twice", func(c []Entry) []Entry { return slices.Insert(c, 2, c[1]) }, 2},
		{"two changed over", func(c []Entry) []Entry { c[1], c[2] = c[2], c[1]; return c }, 1},
		{"one added", func(c []Entry) []Entry { return slices.Insert(c, 2, NextEntry(c[1], time.UnixMilli(9), nil)) }, 3},
		{"one rewritten with a hash that fits it", func(c []Entry) []Entry {
			c[2] = NextEntry(c[1], c[2].At, nil)
			return c
		}, 3},
		{"a number left out", func(c []Entry) []Entry {
			c[2].Seq++
			c[2].Hash = c[2].sum()
			return c[:3]
		}, 2},
		{"one of another chain", func(c []Entry) []Entry {
			c[2] = NextEntry(NextEntry(chainOf(1)[0], c[1].At, nil), c[2].At, nil)
			return c
		}, 2},
	} {
		if got := firstBreak(tt.alter(chainOf(5))); got != tt.want {
			t.Errorf("%s: breaks at %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestAnEntryShowsAChangeThatIsMissingAddedOrMoved(t *testing.T) {
	prev := chainOf(1)[0]
	for _, tt := range []struct {
		name  string
		alter func([]Change) []Change
	}{
		{"the first missing", func(c []Change) []Change { return c[1:] }},
		{"the last missing", func(c []Change) []Change { return c[:2] }},
		{"all missing", func([]Change) []Change { return nil }},
		{"one twice", func(c []Change) []Change { return append(c, c[2]) }},
		{"an empty one added", func(c []Change) []Change { return append(c, Change{}) }},
		{"two changed over", func(c []Change) []Change { c[0], c[1] = c[1], c[0]; return c }},
	} {
		e := NextEntry(prev, time.UnixMilli(1), []Change{wholeChange(1), wholeChange(2), wholeChange(3)})
		if !e.Follows(prev) {
			t.Fatal("an unaltered entry does not follow")
		}
		e.Changes = tt.alter(e.Changes)
		if e.Follows(prev) {
			t.Errorf("%s: the alteration does not show", tt.name)
		}
	}
}

// It goes through the fields by reflection, so that a new one cannot be left out of the hash.
func TestEveryFieldOfAChangeIsInTheHashOfItsEntry(t *testing.T) {
	for i := range reflect.TypeFor[Change]().NumField() {
		name := reflect.TypeFor[Change]().Field(i).Name
		e := NextEntry(Entry{}, time.UnixMilli(1), []Change{wholeChange(1)})
		switch field := reflect.ValueOf(&e.Changes[0]).Elem().Field(i); v := field.Interface().(type) {
		case int64:
			field.SetInt(v + 1)
		case time.Time:
			field.Set(reflect.ValueOf(v.Add(time.Millisecond)))
		default:
			field.SetString(field.String() + "x")
		}
		if e.Follows(Entry{}) {
			t.Errorf("an altered %s does not show", name)
		}
	}
}

func TestNoTextMovesFromOneFieldOfAChangeToTheNext(t *testing.T) {
	of := func(c Change) []byte { return NextEntry(Entry{}, time.UnixMilli(1), []Change{c}).Hash }
	if bytes.Equal(of(Change{Signature: "ab", Rule: "c"}), of(Change{Signature: "a", Rule: "bc"})) {
		t.Error("two changes share a hash")
	}
}

func TestTheTimeOfAnEntryIsWhatTheDatabaseKeeps(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6_789_012, time.FixedZone("", 3600))
	e := NextEntry(Entry{}, at, nil)
	if want := time.Date(2026, 1, 2, 2, 4, 5, 6_000_000, time.UTC); e.At != want {
		t.Errorf("at %v, want %v", e.At, want)
	}
	e.At = time.UnixMilli(e.At.UnixMilli()) // as it comes back
	if !e.Follows(Entry{}) {
		t.Error("the hash does not survive the database")
	}
}

// Stored chains hold these hashes: what changes them breaks every chain that exists.
func TestTheHashOfAnEntryNeverChanges(t *testing.T) {
	open := wholeChange(2)
	open.Ends = time.Time{}
	first := NextEntry(Entry{}, time.UnixMilli(1_767_323_045_006), []Change{wholeChange(1), open})
	second := NextEntry(first, time.UnixMilli(1_767_323_045_007), nil)
	for _, tt := range []struct {
		entry Entry
		want  string
	}{
		{first, "2272678f0d8d817594a7b3c1f45fc421171d2755243343e53bf16b6b00fd1c89"},
		{second, "854bbca8b1cad4499e81d2b64aaf0e8cd3fb87398c34d51eaec3694c664b9bd5"},
	} {
		if got := hex.EncodeToString(tt.entry.Hash); got != tt.want {
			t.Errorf("entry %d: hash %s, want %s", tt.entry.Seq, got, tt.want)
		}
	}
}
