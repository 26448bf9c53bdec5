package models

import (
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestASignatureHasEndedFromItsEndOn(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name string
		ends time.Time
		want bool
	}{
		{"no end", time.Time{}, false},
		{"a moment before its end", now.Add(1), false},
		{"at its end", now, true},
		{"at its end in another zone", now.In(time.FixedZone("", -3600)), true},
		{"a moment after its end", now.Add(-1), true},
	} {
		if got := (Signature{Ends: tt.ends}).Ended(now); got != tt.want {
			t.Errorf("%s: ended %t, want %t", tt.name, got, tt.want)
		}
	}
}

func TestAChangeHoldsAllThatAFollowerNeeds(t *testing.T) {
	ends := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s := Signature{
		ID: "sig_a", Rule: Exact, Kind: Phone, Value: "+12025550100", Level: Danger, Category: CategoryParcel, Reason: ReasonList,
		Source: "city line", Note: "a note", Rev: 9, LevelRev: 5, LogRev: 7, From: Caution, Ends: ends,
	}
	want := Change{
		Signature: "sig_a", Rule: Exact, Kind: Phone, Value: "+12025550100", From: Watch, To: Danger,
		Category: CategoryParcel, Reason: ReasonList, Rev: 7, Ends: ends,
	}
	got := s.Change(Watch)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got = Commit([]Change{got})[0]
	for i := range reflect.TypeFor[Change]().NumField() {
		if reflect.ValueOf(got).Field(i).IsZero() {
			t.Errorf("%s is left out of the change", reflect.TypeFor[Change]().Field(i).Name)
		}
	}
}

func TestOnlyTheRulesOfWordsMatchText(t *testing.T) {
	words := map[Rule]bool{Exact: false, Range: false, Expression: false, Phrase: true, PhraseSet: true, Pattern: true, Script: true}
	for _, r := range append(Rules(), "guess", "") {
		if got := r.MatchesText(); got != words[r] {
			t.Errorf("%q matches text: %t, want %t", r, got, words[r])
		}
	}
}
