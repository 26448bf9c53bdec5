package match

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.org/tocsin/models"
)

func TestWhatThereIsNoRoomForIsRefusedAndCounted(t *testing.T) {
	x := New()
	x.signatures.records.limit = 4 // room for three numbers
	var changes []models.Change
	for n := range 5 {
		changes = append(changes, phoneChange(n))
	}
	x.Apply(changes)
	if got := x.Stats(); got.Signatures != 3 || got.Refused != 2 {
		t.Errorf("%d signatures, %d refused, want 3 and 2", got.Signatures, got.Refused)
	}
	first := models.Indicator{Kind: models.Phone, Value: changes[0].Value}
	changes[0].Rev, changes[0].Ends = 2, noon.Add(time.Hour) // needs a longer record
	x.Apply(changes[:1])
	if hits := x.Lookup(first, noon); len(hits) != 1 || hits[0].Rev != 1 || x.Stats().Refused != 3 {
		t.Errorf("a refused change took effect: %v", hits)
	}
	changes[0].Rev, changes[0].To = 3, models.Unknown // needs no room
	x.Apply(changes[:1])
	if hits := x.appendHits(nil, first, noon.UnixMilli()); len(hits) != 0 {
		t.Errorf("a change to unknown had no effect: %v", hits)
	}
}

func TestInvalidChangeIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change models.Change
	}{
		{"a rule of another version", danger("rhyme", models.Phone, "+12025550123")},
		{"a kind of another version", danger(models.Exact, "pigeon", "+12025550123")},
		{"a value of a megabyte", danger(models.Exact, models.Wallet, strings.Repeat("x", 1<<20))},
		{"a negative revision", change(models.Exact, models.Phone, "+12025550123", models.Danger, -1)},
		{"a revision beyond 45 bits", change(models.Exact, models.Phone, "+12025550123", models.Danger, 1<<45)},
	} {
		if got := index(tt.change).Stats(); got.Refused != 1 || got.Signatures != 0 {
			t.Errorf("%s: %d signatures, %d refused, want 0 and 1", tt.name, got.Signatures, got.Refused)
		}
	}
}

func TestReasonsWithoutEndBecomeOne(t *testing.T) {
	x := New()
	c := phoneChange(0)
	for n := range maxLabels + 10 {
		c.Rev, c.Reason = int64(n+1), fmt.Sprint(n)
		x.Apply([]models.Change{c})
	}
	hits := x.Lookup(models.Indicator{Kind: models.Phone, Value: c.Value}, noon)
	if len(hits) != 1 || hits[0].Reason != otherReason || hits[0].Rev != maxLabels+10 {
		t.Errorf("got %v, want the reason %q", hits, otherReason)
	}
	c.Rev, c.To = c.Rev+1, models.Cleared
	x.Apply([]models.Change{c})
	if hits = x.Lookup(models.Indicator{Kind: models.Phone, Value: c.Value}, noon); hits[0].Level != models.Cleared {
		t.Errorf("level %s, want %s", hits[0].Level, models.Cleared)
	}
}
