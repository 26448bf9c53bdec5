package words

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/models"
)

func TestPhraseSet(t *testing.T) {
	for _, tt := range []struct{ name, value, want string }{
		{
			"is sorted, those that must be there first",
			`-"never transfer"  "transfer" "safe account"`, `"safe account" "transfer" -"never transfer"`,
		},
		{"is normalised", "\"Safe\u00a0 ACCOUNT\"\t\"ｔｒａｎｓｆｅｒ\"", `"safe account" "transfer"`},
		{"names each once", `"safe account" "transfer" "SAFE account"`, `"safe account" "transfer"`},
		{"needs no spaces between", `"safe account""transfer"-"never transfer"`, `"safe account" "transfer" -"never transfer"`},
		{"may be Chinese", `"转账" "安全账户"`, `"安全账户" "转账"`},
		{"needs two", `"safe account"`, "!text_malformed"},
		{"needs two that differ", `"safe account" "safe  account"`, "!text_malformed"},
		{"needs two that must be there", `"safe account" -"transfer"`, "!text_malformed"},
		{"has eight at most", strings.Repeat(`"aaaa" "bbbb" "cccc" "dddd" "eeee" "ffff" "gggg" "hhhh" "iiii"`, 1), "!text_malformed"},
		{"has four others at most", `"safe account" "transfer" -"aaaa" -"bbbb" -"cccc" -"dddd" -"eeee"`, "!text_malformed"},
		{"needs quotes", `safe account`, "!text_malformed"},
		{"needs closing quotes", `"safe account" "transfer`, "!text_malformed"},
		{"has a minus before the quote", `"safe account" - "transfer"`, "!text_malformed"},
		{"has no quote in a phrase", `"safe account" "trans＂fer"`, "!text_malformed"},
		{"can match", `"safe account" "transfer now" -"transfer"`, "!text_malformed"},
		{"may forbid a part of a word", `"safe account" "transfers" -"transfer"`, `"safe account" "transfers" -"transfer"`},
		{"has no short phrase", `"safe account" "the"`, "!signature_too_broad"},
		{"has no empty phrase", `"safe account" ""`, "!signature_too_broad"},
		{"has no long phrase", `"safe account" "` + strings.Repeat("a", 257) + `"`, "!text_too_long"},
		{"is short", strings.Repeat(" ", 2048) + `"safe account" "transfer"`, "!text_too_long"},
		{"is text", "\"safe account\" \"trans\x01fer\"", "!text_malformed"},
		{"is in no ordinary message", `"verification code" "minutes"`, "!signature_too_broad"},
		{
			"is in no ordinary message but for another phrase",
			`"verification code" "minutes" -"never share it"`, `"minutes" "verification code" -"never share it"`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := CanonicalPhraseSet(tt.value)
			if err != nil {
				got = "!" + models.CodeOf(err)
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func FuzzPhraseSet(f *testing.F) {
	for _, s := range []string{
		`"safe account" "transfer" -"never transfer"`, `"转账""安全账户"`, `-"abcd" "`, "\"ｓａｆｅ＂\" \"\ufb01\ufb01\"", `"a" - "b"`,
		"\"Ǆabc\" \"\u0344abc\"",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		s, err := ParsePhraseSet(value)
		if err != nil {
			if models.CodeOf(err) == "" || s.All != nil || s.None != nil {
				t.Fatalf("%q: %+v with %+v", value, s, err)
			}
			return
		}
		again, err := ParsePhraseSet(s.String())
		if err != nil {
			t.Fatalf("%q becomes %q, which is refused: %v", value, s.String(), err)
		}
		if diff := cmp.Diff(s, again); diff != "" {
			t.Fatalf("%q: %s", value, diff)
		}
		if !s.matches(strings.Join(s.All, " . ")) && len(s.None) == 0 {
			t.Fatalf("%q is not found in all of its phrases", s.String())
		}
	})
}
