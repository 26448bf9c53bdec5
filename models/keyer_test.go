package models

import (
	"regexp"
	"slices"
	"testing"
)

func TestAKeyerHasADifferentHashForEachPurpose(t *testing.T) {
	k := NewKeyer([]byte("secret"))
	for _, value := range []string{"", "dev_a", Recogniser(Exact, Phone, "+12025550100")} {
		if k.Pseudonym(value) == k.ExposureKey(value)[2:] {
			t.Errorf("%q has the same pseudonym and exposure key", value)
		}
	}
}

func TestKeyedHashesDependOnTheSecretAndTheValue(t *testing.T) {
	k := NewKeyer([]byte("secret"))
	for name, tt := range map[string]struct {
		of    func(Keyer, string) string
		shape string
	}{"pseudonym": {Keyer.Pseudonym, "^[a-z2-7]{26}$"}, "exposure key": {Keyer.ExposureKey, "^[a-z2-7]{28}$"}} {
		of, got := tt.of, tt.of(k, "dev_a")
		if !regexp.MustCompile(tt.shape).MatchString(got) {
			t.Errorf("%s %q is not of the shape %s", name, got, tt.shape)
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
		if bare := got[len(got)-26:]; bare == digest("dev_a") || bare == digest("reporter", "dev_a") || bare == digest("exposure", "dev_a") {
			t.Errorf("%s is a hash without a key", name)
		}
	}
}

func TestDuringARotationExposuresAreFoundUnderBothRoots(t *testing.T) {
	before, after := NewKeyer([]byte("old")), NewKeyer([]byte("new")).Also([]byte("old"))
	met := Recogniser(Exact, Phone, "+12025550100")
	if keys := before.ExposureKeys(met); !slices.Equal(keys, []string{before.ExposureKey(met)}) {
		t.Errorf("one root gives the keys %v", keys)
	}
	if keys := after.ExposureKeys(met); !slices.Equal(keys, []string{after.ExposureKey(met), before.ExposureKey(met)}) {
		t.Errorf("two roots give the keys %v", keys)
	}
	if after.ExposureKey(met) != NewKeyer([]byte("new")).ExposureKey(met) {
		t.Error("with a second root, exposures are not written under the first")
	}
	if roots := after.Roots(); !slices.Equal(roots, []string{RootCheck([]byte("new")), RootCheck([]byte("old"))}) {
		t.Errorf("the roots are %v", roots)
	}
}

func TestARotationKeepsTheNameOfEveryReporter(t *testing.T) {
	key := []byte("a key that no rotation replaces")
	before, after := NewKeyer([]byte("old")).WithReporterKey(key), NewKeyer([]byte("new")).Also([]byte("old")).WithReporterKey(key)
	if before.Pseudonym("dev_a") != after.Pseudonym("dev_a") {
		t.Error("a reporter has another name after the rotation, and would vote again")
	}
}

// Databases hold what was made with these keys: another derivation would find and open nothing again. The values are those
// of RFC 5869 with SHA-256, no salt, and the label as info.
func TestDerivedKeysNeverChange(t *testing.T) {
	root := []byte("0123456789abcdef0123456789abcdef")
	k := NewKeyer(root).WithReporterKey([]byte("fedcba9876543210fedcba9876543210"))
	for _, tt := range []struct{ name, got, want string }{
		{"check", RootCheck(root), "c77ihbmcpvjve6rwjwvkhikosy"},
		{"exposure", shortHash(derive(root, "exposure")), "yhiktfkawkb3xsq7e6jgliagru"},
		{"seal", shortHash(derive(root, "seal")), "hzrukixsu7hadvujnga2nsl7si"},
		{"reporter", shortHash(derive(root, "reporter")), "sswfj5owotmax5uhnjf4z5rwlq"},
		{"exposure key", k.ExposureKey("a recogniser"), "c7ajlxacf5rzydbl5wxkuv4kxqma"},
		{"pseudonym", k.Pseudonym("dev_a"), "6jj7fck2vu3vclponjfc2udf2y"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s is %s, want %s", tt.name, tt.got, tt.want)
		}
	}
}
