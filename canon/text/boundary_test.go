package text

import (
	"testing"
)

func TestPhraseStandsBetweenBoundaries(t *testing.T) {
	for _, tt := range []struct {
		text, phrase string
		want         int
	}{
		{"your safe account.", "safe account", 5},
		{"unsafe account", "safe account", -1},
		{"hotpot otp", "otp", 7},
		{"转到安全账户里", "安全账户", 6},
		{"aaa aa", "aa", 4},
		{"", "aa", -1},
		{"aa", "", -1},
	} {
		if got := IndexPhrase(tt.text, tt.phrase); got != tt.want {
			t.Errorf("IndexPhrase(%q, %q) = %d, want %d", tt.text, tt.phrase, got, tt.want)
		}
	}
}
