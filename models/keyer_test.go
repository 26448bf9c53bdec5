package models

import (
	"regexp"
	"testing"
)

func TestAKeyerHasADifferentHashForEachPurpose(t *testing.T) {
	k := NewKeyer([]byte("secret"))
	for _, value := range []string{"", "dev_a", Recogniser(Exact, Phone, "+12025550100")} {
		if k.Pseudonym(value) == k.ExposureKey(value) {
			t.Errorf("%q has the same pseudonym and exposure key", value)
		}
	}
}

func TestKeyedHashesDependOnTheSecretAndTheValue(t *testing.T) {
	k := NewKeyer([]byte("secret"))
	shape := regexp.MustCompile("^[a-z2-7]{26}$")
	for name, of := range map[string]func(Keyer, string) string{"pseudonym": Keyer.Pseudonym, "exposure key": Keyer.ExposureKey} {
		got := of(k, "dev_a")
		if !shape.MatchString(got) {
			t.Errorf("%s %q is not 26 letters and digits", name, got)
		}
		if of(NewKeyer([]byte("secret")), "dev_a") != got {
			t.Errorf("%s: another Keyer of the same secret finds nothing again", name)
		}
		for _, secret := range []string{"", "secreT", "secret2"} {
			if of(NewKeyer([]byte(secret)), "dev_a") == got {
				t.Errorf("%s is the same under the secret %q", name, secret)
			}
		}
		if of(k, "dev_b") == got {
			t.Errorf("two values share a %s", name)
		}
		if got == digest("dev_a") || got == digest("reporter", "dev_a") || got == digest("exposure", "dev_a") {
			t.Errorf("%s is a hash without a key", name)
		}
	}
}
