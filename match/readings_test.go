package match

import (
	"strings"
	"testing"

	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

func TestSpanIsWhereThePhraseStoodInTheOriginal(t *testing.T) {
	for _, tt := range []struct{ name, phrase, text, want string }{
		{"plain", "safe account", "a safe account b", "safe account"},
		{"capitals", "safe account", "a SAFE Account b", "SAFE Account"},
		{"white space", "safe account", "  a safe \n\t account  ", "safe \n\t account"},
		{"full width", "safe account", "a ｓａｆｅ　ａｃｃｏｕｎｔ b", "ｓａｆｅ　ａｃｃｏｕｎｔ"},
		{"invisible characters", "safe account", "a s\u200bafe ac\u00adcount b", "s\u200bafe ac\u00adcount"},
		{"an invisible run between spaces", "safe account", "a safe \u200b account b", "safe \u200b account"},
		{"a ligature", "final", "a ﬁnal b", "ﬁnal"},
		{"the end of a ligature", "nal x", "the ﬁ nal x", "nal x"},
		{"sharp s", "strasse", "die Straße 1", "Straße"},
		{"marks to compose", "café", "un cafe\u0301 noir", "cafe\u0301"},
		{"marks before", "noir", "cafe\u0301 noir", "noir"},
		{"bytes that are not text", "safe account", "\xff\xfe safe account", "safe account"},
		{"half-width katakana", "ガス", "ｶﾞｽ", "ｶﾞｽ"},
		{"hangul in parts", "각", "x \u1100\u1161\u11a8", "\u1100\u1161\u11a8"},
		{"han", "安全账户", "转到安全账户里", "安全账户"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			hits := index(danger(models.Phrase, models.Text, tt.phrase)).Match(models.MatchQuery{Text: tt.text}, noon)
			if len(hits) != 1 {
				t.Fatalf("%d hits, want 1", len(hits))
			}
			if got := tt.text[hits[0].Span.Start:hits[0].Span.End]; got != tt.want {
				t.Errorf("span holds %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAPhraseIsFoundInTheReadingsOfAMessage(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		how        models.MatchType
		want       string
	}{
		{"as written", "move to a Safe Account now", models.MatchWords, "Safe Account"},
		{"in look-alike letters", "move to a Sаfе Aссоunt now", models.MatchConfusables, "Sаfе Aссоunt"},
		{"in digits and signs", "move to a $afe acc0unt now", models.MatchDigits, "$afe acc0unt"},
		{"in both", "move to a $аfе acс0unt now", models.MatchDigits, "$аfе acс0unt"},
		{"in two of them", "a $afe acc0unt, the safe account", models.MatchWords, "safe account"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			hits := index(danger(models.Phrase, models.Text, "safe account")).Match(models.MatchQuery{Text: tt.text}, noon)
			if len(hits) != 1 {
				t.Fatalf("%d hits, want 1", len(hits))
			}
			if got := tt.text[hits[0].Span.Start:hits[0].Span.End]; got != tt.want || hits[0].MatchType != tt.how {
				t.Errorf("%q by %s, want %q by %s", got, hits[0].MatchType, tt.want, tt.how)
			}
		})
	}
}

func FuzzSpan(f *testing.F) {
	for _, s := range []string{
		"a safe \n account", "ｓａｆｅ", "cafe\u0301 ﬁnal", "转到安全账户里", "ｶﾞｽ \u1100\u1161\u11a8", "\xff x\u200b\u0301",
		"\u00a8 x", "Ǆ ŉ ß", " \u115f\u0301", "\u0378 \u0344",
	} {
		f.Add(s, 0, 2)
	}
	f.Fuzz(func(t *testing.T, message string, from, size int) {
		runes := []rune(text.Normalise(message))
		if from < 0 || size < 1 || size > len(runes) || from > len(runes)-size {
			t.Skip()
		}
		phrase := text.Normalise(string(runes[from : from+size]))
		for _, h := range index(danger(models.Phrase, models.Text, phrase)).Match(models.MatchQuery{Text: message}, noon) {
			if h.Span.Start < 0 || h.Span.End > len(message) || h.Span.Start >= h.Span.End {
				t.Fatalf("span %v of %d bytes", *h.Span, len(message))
			}
			words := message[h.Span.Start:h.Span.End]
			if h.MatchType == models.MatchWords && !strings.Contains(text.Normalise(words), phrase) {
				t.Fatalf("span holds %q, which has no %q", words, phrase)
			}
		}
	})
}
