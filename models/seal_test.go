package models

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
)

func TestWhatIsSealedIsOpenedUnderEitherRootForItsPurposeAlone(t *testing.T) {
	before := NewKeyer([]byte("old"))
	after := NewKeyer([]byte("new")).Also([]byte("old"))
	for name, sealed := range map[string][]byte{"old": before.Seal("a", []byte("text")), "new": after.Seal("a", []byte("text"))} {
		if got, err := after.Open("a", sealed); err != nil || string(got) != "text" {
			t.Errorf("%s: opened as %q, %v", name, got, err)
		}
		if got, err := after.Open("b", sealed); err == nil {
			t.Errorf("%s: opened for another purpose as %q", name, got)
		}
		for at := range sealed {
			altered := bytes.Clone(sealed)
			altered[at] ^= 1
			if got, err := after.Open("a", altered); err == nil {
				t.Errorf("%s: opened with byte %d altered as %q", name, at, got)
			}
		}
		for _, k := range []Keyer{{}, NewKeyer([]byte("third"))} {
			if got, err := k.Open("a", sealed); err == nil {
				t.Errorf("%s: opened under a root that does not belong to it as %q", name, got)
			}
		}
	}
	for _, short := range [][]byte{nil, {}, []byte("x"), []byte(RootCheck([]byte("old"))[:2])} {
		if got, err := before.Open("a", short); err == nil {
			t.Errorf("%q was opened as %q", short, got)
		}
	}
}

func TestSealingTheSameTwiceGivesTwoValues(t *testing.T) {
	k := NewKeyer([]byte("secret"))
	if bytes.Equal(k.Seal("a", []byte("text")), k.Seal("a", []byte("text"))) {
		t.Error("both are the same: a copy of the database shows who met the same")
	}
}

// A sealed value that was stored once. It must be opened for ever.
func TestASealedValueNeverChangesItsForm(t *testing.T) {
	k := NewKeyer([]byte("0123456789abcdef0123456789abcdef"))
	sealed, err := hex.DecodeString("63372a2acfec6a62982cd51d18ea64e071361ba921c833df31733d5077fa07a76dc4437307602aa72d5c")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := k.Open("hint", sealed); err != nil || string(got) != "evil.example" {
		t.Errorf("opened as %q, %v\na fresh one: %x", got, err, k.Seal("hint", []byte("evil.example")))
	}
}

func TestSealedHintsOfAPhoneAndAHostHaveOneLength(t *testing.T) {
	k := NewKeyer([]byte("secret"))
	number, host, long := k.SealHint(Indicator{Phone, "+12025550123"}), k.SealHint(Indicator{Domain, "evil.example"}),
		k.SealHint(Indicator{Domain, strings.Repeat("x", 30) + ".example"})
	if len(number) != len(host) || len(long) != len(host)+32 {
		t.Errorf("the lengths are %d, %d and %d", len(number), len(host), len(long))
	}
	for want, sealed := range map[string][]byte{
		"0123": number, "evil.example": host, strings.Repeat("x", 30) + ".example": long, "": k.SealHint(Indicator{Email, "mule"}),
	} {
		if got, err := k.OpenHint(sealed); err != nil || got != want {
			t.Errorf("opened as %q, %v, want %q", got, err, want)
		}
	}
	if got, err := k.OpenHint(k.Seal("reporter", []byte("key"))); err == nil || got != "" {
		t.Errorf("what is no hint was opened as %q", got)
	}
}
