package models

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"
)

func TestTheChainShowsEveryAlteration(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6_000_000, time.UTC)
	change := Change{Signature: "sig_a", Rule: Exact, Kind: Phone, Value: "+12025550100", From: Unknown, To: Danger, Rev: 1}
	first := NextEntry(Entry{}, at, Commit([]Change{change}))
	second := NextEntry(first, at, Commit([]Change{change}))
	if !first.Follows(Entry{}) || !second.Follows(first) {
		t.Fatal("a sealed chain does not follow itself")
	}
	for name, alter := range map[string]func(*Entry){
		"a value":        func(e *Entry) { e.Changes[0].Value = "+12025550101" },
		"a signature":    func(e *Entry) { e.Changes[0].Signature = "sig_b" },
		"a salt":         func(e *Entry) { e.Changes[0].Salt[0]++ },
		"a short salt":   func(e *Entry) { e.Changes[0].Salt = e.Changes[0].Salt[:15] },
		"half a removal": func(e *Entry) { e.Changes[0].Salt = nil },
		"a commitment":   func(e *Entry) { e.Changes[0].Commitment[0]++ },
		"a commitment to another value": func(e *Entry) {
			c := change
			c.Value = "+12025550101"
			e.Changes = Commit([]Change{c})
		},
		"another commitment under a removed value": func(e *Entry) {
			e.Changes[0] = e.Changes[0].Redact()
			e.Changes[0].Commitment[0]++
		},
		"changes without commitments": func(e *Entry) {
			e.Changes = []Change{change}
			e.Hash = e.sum()
		},
		"no commitment at all": func(e *Entry) {
			e.Changes = []Change{{Rule: Exact}}
			e.Hash = e.sum()
		},
		"the format": func(e *Entry) { e.Format++ },
		"the format, sealed anew": func(e *Entry) {
			e.Format++
			e.Hash = e.sum()
		},
		"the end":   func(e *Entry) { e.Changes[0].Ends = at },
		"a removal": func(e *Entry) { e.Changes = nil },
		"the time":  func(e *Entry) { e.At = e.At.Add(time.Millisecond) },
		"the order": func(e *Entry) { e.Seq++ },
		"the link":  func(e *Entry) { e.Prev = []byte{1} },
	} {
		t.Run(name, func(t *testing.T) {
			e := second
			e.Changes = slices.Clone(e.Changes)
			e.Changes[0].Salt, e.Changes[0].Commitment = bytes.Clone(e.Changes[0].Salt), bytes.Clone(e.Changes[0].Commitment)
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
		prev = NextEntry(prev, time.UnixMilli(int64(i)), Commit(changes))
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
		e := NextEntry(prev, time.UnixMilli(1), Commit([]Change{wholeChange(1), wholeChange(2), wholeChange(3)}))
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
		e := NextEntry(Entry{}, time.UnixMilli(1), Commit([]Change{wholeChange(1)}))
		switch field := reflect.ValueOf(&e.Changes[0]).Elem().Field(i); v := field.Interface().(type) {
		case int64:
			field.SetInt(v + 1)
		case time.Time:
			field.Set(reflect.ValueOf(v.Add(time.Millisecond)))
		case []byte:
			v[0]++
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
	if bytes.Equal(of(Change{Rule: "ab", Kind: "c"}), of(Change{Rule: "a", Kind: "bc"})) {
		t.Error("two changes share a hash")
	}
	if bytes.Equal(of(Change{From: Danger}), of(Change{To: Danger})) {
		t.Error("a level moves from one field to the next")
	}
	opening := func(c Change) []byte { return c.appendOpening(nil) }
	if bytes.Equal(opening(Change{Signature: "ab", Value: "c"}), opening(Change{Signature: "a", Value: "bc"})) {
		t.Error("two changes share a commitment")
	}
}

// An erasure must neither break the chain nor leave what it was about.
func TestAnEntryWithoutItsValuesStillFollows(t *testing.T) {
	whole := NextEntry(Entry{}, time.UnixMilli(1), Commit([]Change{wholeChange(1), wholeChange(2)}))
	e := whole
	e.Changes = slices.Clone(e.Changes)
	e.Changes[0] = e.Changes[0].Redact()
	e.Redacted++
	if !e.Follows(Entry{}) || !NextEntry(e, time.UnixMilli(2), nil).Follows(e) {
		t.Error("the chain breaks where a value was removed")
	}
	if !e.Changes[0].Redacted() || e.Changes[1].Redacted() || whole.Changes[0].Redacted() {
		t.Error("another change is redacted than the first")
	}
	kept, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	gone := whole.Changes[0]
	for _, text := range []string{gone.Value, gone.Signature, base64.StdEncoding.EncodeToString(gone.Salt)} {
		if bytes.Contains(kept, []byte(`"`+text+`"`)) {
			t.Errorf("%s is left in %s", text, kept)
		}
	}
}

// Equal salts would show which changes are of the same value, and let one removed value be told from another that is known.
func TestEveryChangeHasASaltOfItsOwn(t *testing.T) {
	seen := map[string]bool{}
	for range 2 {
		given := []Change{wholeChange(1), wholeChange(1)}
		for _, c := range Commit(given) {
			seen[string(c.Salt)], seen[string(c.Commitment)] = true, true
		}
		if given[0].Salt != nil {
			t.Error("what was given is altered")
		}
	}
	if len(seen) != 8 {
		t.Errorf("%d different salts and commitments of four changes, want 8", len(seen))
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

// saltedChange is wholeChange with a salt that is not random, and its commitment.
func saltedChange(n int) Change {
	c := wholeChange(n)
	c.Salt = bytes.Repeat([]byte{byte(n)}, saltBytes)
	c.Commitment = appendSum(nil, c.appendOpening(nil))
	return c
}

// Stored chains hold these hashes: what changes them breaks every chain that exists. They were computed by another
// program, from the tags alone.
func TestTheHashOfAnEntryNeverChanges(t *testing.T) {
	open := saltedChange(2)
	open.Ends = time.Time{}
	first := NextEntry(Entry{}, time.UnixMilli(1_767_323_045_006), []Change{saltedChange(1), open})
	second := NextEntry(first, time.UnixMilli(1_767_323_045_007), nil)
	for _, tt := range []struct {
		of   string
		got  []byte
		want string
	}{
		{"a commitment", first.Changes[0].Commitment, "4a25b833fee1539aceafb91eea57ec87e0206acf4c98603676698187640fe3b9"},
		{"the first entry", first.Hash, "3700739686bbdd8ffede49d03288266893ff56bf09bb27c541e04605adc0d03c"},
		{"the second entry", second.Hash, "ff7aed9e3f3a39ac17dd738001f6a8591aaec2ee152c11103f0135398015a05d"},
	} {
		if got := hex.EncodeToString(tt.got); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.of, got, tt.want)
		}
	}
	if !first.Follows(Entry{}) || !second.Follows(first) {
		t.Error("the fixed chain does not hold")
	}
}
