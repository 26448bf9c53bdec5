package words

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.org/tocsin/models"
)

func TestPhraseIsFoundOnWordBoundaries(t *testing.T) {
	for _, tt := range []struct {
		phrase, text string
		want         bool
	}{
		{"safe account", "your safe account.", true},
		{"safe account", "your safe accounts", false},
		{"safe account", "unsafe account", false},
		{"safe account", "unsafe account, safe account", true},
		{"otp", "send the otp", true},
		{"otp", "hotpot", false},
		{"95588", "call 95588.", true},
		{"95588", "call 955889", false},
		{"安全账户", "转到安全账户里", true},
		{"微信", "加微信abc", true},
		{"แอป", "ติดตั้งแอปนี้", true},
		{"계좌", "안전계좌로 이체", true},
		{"éclair", "un éclair", true},
		{"clair", "un éclair", false},
		{"खाता", "आपका खाता बंद", true},
		{"खात", "आपका खाता बंद", false},
		{"$100", "win $100 now", true},
		{"$100", "win a$100", true},
		{"a", "a", true},
		{"", "anything", false},
	} {
		w := newTextIndex(tt.phrase)
		if got := len(w.AppendMatches(nil, tt.text)) == 1; got != tt.want {
			t.Errorf("%q in %q: %v, want %v", tt.phrase, tt.text, got, tt.want)
		}
	}
}

func TestPhrasesFindWhatASearchForEachFinds(t *testing.T) {
	words := rapid.StringOfN(rapid.RuneFrom([]rune("ab 安全é0.")), 1, 12, -1)
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfNDistinct(words, 0, 40, rapid.ID[string]).Draw(t, "phrases")
		message := strings.Join(rapid.SliceOfN(words, 0, 12).Draw(t, "text"), "")
		w := newTextIndex(values...)
		var want []Match
		for _, v := range values {
			if start := naiveFind(message, v); start >= 0 {
				want = append(want, Match{Rule: models.Phrase, Value: v, Start: start, End: start + len(v)})
			}
		}
		got := w.AppendMatches(nil, message)
		byValue := func(a, b Match) int { return strings.Compare(a.Value, b.Value) }
		slices.SortFunc(want, byValue)
		slices.SortFunc(got, byValue)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(Match{})); diff != "" {
			t.Fatalf("in %q: %s", message, diff)
		}
	})
}

func newTextIndex(phrases ...string) *Index {
	w := New()
	for _, p := range phrases {
		w.Add(models.Phrase, p)
	}
	return w
}

func containsValue(places []Match, value string) bool {
	return slices.ContainsFunc(places, func(p Match) bool { return p.Value == value })
}

// naiveFind is the plain way to find a phrase: every place of it in turn, and the
// runes around it.
func naiveFind(message, phrase string) int {
	spaced := func(s string, last bool) bool {
		runes := []rune(s)
		if len(runes) == 0 {
			return false
		}
		r := runes[0]
		if last {
			r = runes[len(runes)-1]
		}
		return (unicode.IsLetter(r) || unicode.IsNumber(r)) && !unicode.In(r, unicode.Han, unicode.Thai)
	}
	for from := 0; ; {
		i := strings.Index(message[from:], phrase)
		if i < 0 {
			return -1
		}
		start, end := from+i, from+i+len(phrase)
		inner := spaced(message[:start], true) && spaced(phrase, false) || spaced(phrase, true) && spaced(message[end:], false)
		if !inner {
			return start
		}
		from = start + 1
	}
}

// FuzzPhrases draws phrases and a text from few letters, so that they overlap.
func FuzzPhrases(f *testing.F) {
	f.Add("abc\x7fabcabcabcabc\x7fabcabcabcabd", "abcabcabcabcabcabcabd")
	f.Add("aaaaaaaaa\x7faaaaaaaaaa\x7faaaaaaaab\x7faa\x7faaaa", "aaaaaaaaaaaaaaaaaaaaaaaaab")
	f.Add("01234567\x7f0123\x7f1234567012\x7f3456", "01234567 0123456701234567")
	f.Add("33333\x7f3333\x7f33\x7f3\x7f4444\x7f44", "3333333344444434")
	alphabet := []rune("ab 安é0.ก")
	spelt := func(s string) string {
		var out []rune
		for i := range len(s) {
			out = append(out, alphabet[int(s[i])%len(alphabet)])
		}
		return string(out)
	}
	f.Fuzz(func(t *testing.T, list, message string) {
		message = spelt(message[:min(len(message), 60)])
		w, known := newTextIndex(), map[string]bool{}
		var want []string
		for _, v := range strings.SplitN(list, "\x7f", 13) {
			v = spelt(v[:min(len(v), 40)])
			if v == "" || known[v] || len(known) == 12 {
				continue
			}
			known[v] = true
			w.Add(models.Phrase, v)
			if start := naiveFind(message, v); start >= 0 {
				want = append(want, fmt.Sprint(start, v))
			}
		}
		var got []string
		for _, p := range w.AppendMatches(nil, message) {
			got = append(got, fmt.Sprint(p.Start, p.Value))
		}
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("in %q: %s", message, diff)
		}
	})
}

func TestManyPhrasesAreAllFound(t *testing.T) {
	var values []string
	for a := 'a'; a <= 'z'; a++ {
		for b := 'a'; b <= 'z'; b++ {
			values = append(values, "please pay "+string([]rune{a, b}), string([]rune{a, b}), "转账"+string([]rune{a, b}))
		}
	}
	w := newTextIndex(values...)
	for _, v := range values {
		if !containsValue(w.AppendMatches(nil, "x. "+v+" .x"), v) {
			t.Errorf("%q is not found", v)
		}
		for cut := 1; cut < len(v); cut++ { // the text begins or ends inside the phrase
			if containsValue(w.AppendMatches(nil, v[cut:]), v) || containsValue(w.AppendMatches(nil, v[:cut]), v) {
				t.Errorf("%q is found in a part of it", v)
			}
		}
	}
}
