package models

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// id makes an id of two strings that it names.
type id struct {
	name   string
	prefix string
	of     func(a, b string) string
}

func TestIDsAreTheSameForTheSamePartsAndNoOthers(t *testing.T) {
	for _, id := range []id{
		{"report", "rep_", ReportID},
		{"evidence", "", EvidenceID},
		{"exposure", "", ExposureID},
		{"signature, by rule and value", "sig_", func(a, b string) string { return SignatureID(Rule(a), Phone, b) }},
		{"signature, by kind and value", "sig_", func(a, b string) string { return SignatureID(Exact, IndicatorKind(a), b) }},
		{"warning", "wrn_", func(a, b string) string { return WarningID(a, WarningClass(b), 7) }},
	} {
		t.Run(id.name, func(t *testing.T) {
			got := id.of("ab", "c")
			if !regexp.MustCompile("^" + id.prefix + "[a-z2-7]{26}$").MatchString(got) {
				t.Errorf("id %q, want the prefix %q and 26 letters and digits", got, id.prefix)
			}
			if again := id.of("ab", "c"); again != got {
				t.Errorf("the same parts give %q, then %q", got, again)
			}
			for _, other := range [][2]string{{"a", "bc"}, {"abc", ""}, {"", "abc"}, {"c", "ab"}, {"AB", "c"}, {"ab ", "c"}} {
				if id.of(other[0], other[1]) == got {
					t.Errorf("%q has the id of [ab c]", other)
				}
			}
		})
	}
}

func TestIDsDifferInEveryRevisionAndEpisode(t *testing.T) {
	if FanOutJobID("sig_a", 1) == FanOutJobID("sig_a", 2) {
		t.Error("two fan-out jobs of one signature share an id")
	}
	if WarningID("exp_a", WarningAccuse, 1) == WarningID("exp_a", WarningAccuse, 2) {
		t.Error("two warnings of one exposure share an id")
	}
	if WarningID("exp_a", "accuse", 12) == WarningID("exp_a", "accuse1", 2) {
		t.Error("an episode runs into the class before it")
	}
}

func TestPartsThatAreSplitDifferentlyHaveAnotherDigest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.StringMatching("[a-c]{0,3}")
		one, other := rapid.SliceOfN(part, 1, 4).Draw(t, "one"), rapid.SliceOfN(part, 1, 4).Draw(t, "other")
		same := len(one) == len(other) && strings.Join(one, "|") == strings.Join(other, "|")
		if (digest(one...) == digest(other...)) != same {
			t.Fatalf("%q and %q", one, other)
		}
	})
}

// Databases hold these ids: another formula would find nothing again.
func TestIDsNeverChange(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{ReportID("dev_a", "key-1"), "rep_5esgw5s6x54k4674bggvj4rqqy"},
		{EvidenceID("sig_a", "citizen"), "cknrqw6btypyutn6txryzrgasm"},
		{ExposureID("dev_a", "key"), "3yl5yi6bkp6umwfzlrisirpuum"},
		{SignatureID(Exact, Phone, "+12025550100"), "sig_umgl4vh5x7xmnlrn7e7jgxyfh4"},
		{WarningID("dev_a", "sig_a", 31), "wrn_jhqnlkdwl6f4lwvlqsxjsm7i5q"},
		{FanOutJobID("sig_a", 31), "job_magpbdkznphajeko2u6gnvsnoe"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %s, want %s", tt.got, tt.want)
		}
	}
}
