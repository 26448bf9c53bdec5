package models

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestACredentialMatchesOnlyItsOwnHash(t *testing.T) {
	made := NewCredential("key_1")
	back, err := ParseCredential(made.Bearer())
	if err != nil {
		t.Fatal(err)
	}
	if !back.Matches(made.Hash()) {
		t.Error("the credential does not match its own hash")
	}
	if NewCredential("key_1").Matches(made.Hash()) {
		t.Error("another credential matches the hash")
	}
	if _, secret, _ := strings.Cut(made.Bearer(), "."); strings.Contains(fmt.Sprintf("%v %+v", made, made), secret) {
		t.Error("printing the credential shows its secret")
	}
}

func TestParseCredentialRefusesWhatIsNotOurs(t *testing.T) {
	for _, token := range []string{"", "x", "dev_1", "dev_1.", ".x", "abc.def"} {
		if _, err := ParseCredential(token); !errors.Is(err, Unauthenticated) {
			t.Errorf("ParseCredential(%q) = %v, want unauthenticated", token, err)
		}
	}
}

func TestACallerIsKnownByItsDeviceOrElseItsKey(t *testing.T) {
	for _, tt := range []struct {
		caller Caller
		want   string
	}{
		{Caller{}, ""},
		{Caller{Name: "city line", Agent: "Noor", Locale: "en"}, ""},
		{Caller{Device: "dev_a"}, "dev_a"},
		{Caller{Key: "key_a", Name: "city line", Agent: "Noor"}, "key_a"},
		{Caller{Device: "dev_a", Key: "key_a"}, "dev_a"},
	} {
		if got := tt.caller.ID(); got != tt.want {
			t.Errorf("%+v has the id %q, want %q", tt.caller, got, tt.want)
		}
	}
}

func TestACallerHasTheScopesOfItsKeyAndNoOthers(t *testing.T) {
	for _, caller := range []Caller{
		{},
		{Device: "dev_a"},
		{Key: "key_a", Scopes: []Scope{ScopeChecks}},
		{Key: "key_a", Scopes: []Scope{ScopeKeys, ScopeReports}},
		{Key: "key_a", Scopes: Scopes()},
	} {
		for _, s := range append(Scopes(), "", "REPORTS", "report") {
			want := false
			for _, have := range caller.Scopes {
				want = want || have == s
			}
			if got := caller.HasScope(s); got != want {
				t.Errorf("%v has scope %q: %t, want %t", caller.Scopes, s, got, want)
			}
		}
	}
}

func TestAMintedKeyIsNoWiderThanItsMaker(t *testing.T) {
	operator := Key{ID: "key_o", Organisation: "key_o", Scopes: []Scope{ScopeKeys, ScopeReports}}
	minted := Key{ID: "key_m", Organisation: "City line", MadeBy: "key_o", Scopes: Scopes()}
	for _, tt := range []struct {
		name         string
		maker        Key
		scopes       []Scope
		organisation string
		want, code   string
	}{
		{"its own scopes", operator, []Scope{ScopeReports, ScopeKeys}, "", "key_o", ""},
		{"another organisation", operator, []Scope{ScopeReports}, "City line", "City line", ""},
		{"a scope that the maker has not", operator, []Scope{ScopeReports, ScopeSignatures}, "", "", "scope_exceeded"},
		{"by one that a key has made", minted, []Scope{ScopeReports}, "", "City line", ""},
		{"of another organisation by one that a key has made", minted, []Scope{ScopeReports}, "Another", "", "organisation_foreign"},
	} {
		k, _ := NewKey("n", tt.scopes, 0, time.UnixMilli(1))
		got, err := k.MintedBy(tt.maker, tt.organisation)
		if got.Organisation != tt.want || CodeOf(err) != tt.code || err == nil && got.MadeBy != tt.maker.ID {
			t.Errorf("%s: organisation %q, made by %q, %v", tt.name, got.Organisation, got.MadeBy, err)
		}
	}
}
