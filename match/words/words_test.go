package words

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.org/tocsin/canon/words"
	"example.org/tocsin/models"
)

func TestPhraseSetIsFoundWhereAllOfItsPhrasesAreAndNoneOfTheOthers(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"both, in order", "your safe account: transfer now", "safe account: transfer"},
		{"both, the other way round", "transfer it to a safe account now", "transfer it to a safe account"},
		{"the first places", "transfer, transfer to a safe account, a safe account", "transfer, transfer to a safe account"},
		{"one is missing", "your safe account", ""},
		{"one is part of a word", "your safe account: transferable", ""},
		{"one that must not be there", "we never transfer, transfer to a safe account", ""},
		{"what must not be there is part of a word", "we never transfers, transfer to a safe account", "transfer to a safe account"},
		{"nothing", "hello", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newTextIndex()
			w.Add(models.PhraseSet, `"safe account" "transfer" -"never transfer"`)
			got := ""
			if places := w.AppendMatches(nil, tt.text); len(places) == 1 {
				got = tt.text[places[0].Start:places[0].End]
			}
			if got != tt.want {
				t.Errorf("found %q, want %q", got, tt.want)
			}
		})
	}
}

func TestPatternIsFoundWhereItsExpressionMatches(t *testing.T) {
	for _, tt := range []struct{ name, pattern, text, want string }{
		{"a literal and digits", `account [0-9]{4}`, "your account 12345", "account 1234"},
		{"a literal within a word", `account [0-9]`, "myaccount 1", "account 1"},
		{"either of two", `(?:safe account|secure wallet).*\d`, "secure wallet 7 x", "secure wallet 7"},
		{"no match", `account [0-9]{4}`, "your account 123", ""},
		{"no literal", `account [0-9]{4}`, "your 1234", ""},
		{"Chinese", `安全账户.{0,9}转账`, "到安全账户，请立刻转账。", "安全账户，请立刻转账"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newTextIndex()
			w.Add(models.Pattern, tt.pattern)
			got := ""
			if places := w.AppendMatches(nil, tt.text); len(places) == 1 {
				got = tt.text[places[0].Start:places[0].End]
			}
			if got != tt.want {
				t.Errorf("found %q, want %q", got, tt.want)
			}
		})
	}
}

func TestOneValueUnderEveryRuleIsFoundUnderEach(t *testing.T) {
	w := newTextIndex("safe account")
	w.Add(models.PhraseSet, `"safe account" "transfer"`)
	w.Add(models.PhraseSet, `"hurry up" "safe account"`)
	w.Add(models.Pattern, "safe account")
	w.Add(models.Pattern, "safe accounts?")
	var got []string
	for _, p := range w.AppendMatches([]Match{{Value: "kept"}}, "transfer to a safe account, hurry up") {
		got = append(got, fmt.Sprintf("%s %s %d-%d", p.Rule, p.Value, p.Start, p.End))
	}
	want := []string{
		" kept 0-0",
		`phrases "safe account" "transfer" 0-26`,
		"pattern safe account 14-26",
		"pattern safe accounts? 14-26",
		"phrase safe account 14-26",
		`phrases "hurry up" "safe account" 14-36`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsNoSetOrPatternRecognisesNothing(t *testing.T) {
	w := newTextIndex()
	w.Add(models.PhraseSet, "safe account")
	w.Add(models.Pattern, "safe account(")
	w.Add(models.Script, "safe account")
	if got := w.AppendMatches(nil, "safe account"); len(got) != 0 || !w.Empty() {
		t.Errorf("found %v", got)
	}
}

func TestSetsAndPatternsFindWhatEachAloneFinds(t *testing.T) {
	member := rapid.SampledFrom([]string{"pay the fee", "bank", "hurry", "安全账户", "转账", "police", "never pay", "fee now"})
	shape := rapid.SampledFrom([]string{"%s", "%s ?[0-9]+", "(?:%s|hurry up)", "%s.*fee", "^%s", "(?:%s)+ .{0,5}b"})
	fixed := rapid.SampledFrom([]string{"pay the", "police", "安全账户", "hurry up", "never pay"})
	rapid.Check(t, func(t *rapid.T) {
		w := newTextIndex()
		var sets []words.PhraseSet
		for range rapid.IntRange(0, 10).Draw(t, "sets") {
			value := ""
			for _, m := range rapid.SliceOfNDistinct(member, 2, 4, rapid.ID[string]).Draw(t, "all") {
				value += `"` + m + `"`
			}
			for _, m := range rapid.SliceOfN(member, 0, 1).Draw(t, "none") {
				value += `-"` + m + `"`
			}
			s, err := words.ParsePhraseSet(value)
			if err != nil || slices.ContainsFunc(sets, func(o words.PhraseSet) bool { return o.String() == s.String() }) {
				continue
			}
			sets = append(sets, s)
			w.Add(models.PhraseSet, s.String())
		}
		patterns := map[string]bool{}
		for range rapid.IntRange(0, 10).Draw(t, "patterns") {
			p := fmt.Sprintf(shape.Draw(t, "shape"), fixed.Draw(t, "literal"))
			if _, err := words.ParsePattern(p); err == nil && !patterns[p] {
				patterns[p] = true
				w.Add(models.Pattern, p)
			}
		}
		text := strings.Join(rapid.SliceOfN(rapid.OneOf(member, fixed, rapid.SampledFrom([]string{"a", "1", "b", "."})), 0, 14).Draw(t, "text"),
			rapid.SampledFrom([]string{" ", ""}).Draw(t, "between"))
		var want []string
		for _, s := range sets {
			if naiveSetMatch(s, text) {
				want = append(want, s.String())
			}
		}
		for p := range patterns {
			if at := regexp.MustCompile(p).FindStringIndex(text); at != nil {
				want = append(want, fmt.Sprint(p, at))
			}
		}
		var got []string
		for _, p := range w.AppendMatches(nil, text) {
			if p.Rule == models.Pattern {
				got = append(got, fmt.Sprint(p.Value, []int{p.Start, p.End}))
			} else {
				got = append(got, p.Value)
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("in %q: %s", text, diff)
		}
	})
}

// naiveSetMatch is the plain way to look for a set.
func naiveSetMatch(s words.PhraseSet, text string) bool {
	for _, phrase := range s.All {
		if naiveFind(text, phrase) < 0 {
			return false
		}
	}
	for _, phrase := range s.None {
		if naiveFind(text, phrase) >= 0 {
			return false
		}
	}
	return true
}

func TestReadersFindWhatWasAddedBefore(t *testing.T) {
	const n, readers = 1500, 2
	w := newTextIndex()
	added := make(chan int, n)
	var wg sync.WaitGroup
	for range readers {
		wg.Go(func() {
			for i := range added {
				text := fmt.Sprintf("x phrase number %d, member number %d; other number %d literal number %d!", i, i, i, i)
				rules := map[models.Rule]bool{}
				for _, p := range w.AppendMatches(nil, text) {
					rules[p.Rule] = true
				}
				if len(rules) != 3 {
					t.Errorf("%d: found %v", i, rules)
				}
			}
		})
	}
	for i := range n {
		w.Add(models.Phrase, fmt.Sprintf("phrase number %d", i))
		w.Add(models.PhraseSet, fmt.Sprintf(`"member number %d" "other number"`, i))
		w.Add(models.Pattern, fmt.Sprintf(`literal number %d\W`, i))
		added <- i
	}
	close(added)
	wg.Wait()
}

// worstCaseTexts are phrases, sets and patterns made to cost as much as they can,
// and for each the longest message, full of what they look for.
func worstCaseTexts() map[string]struct {
	words *Index
	text  string
} {
	type worst = struct {
		words *Index
		text  string
	}
	const bytes = 120_000 // 30,000 runes of four bytes
	out := map[string]worst{}
	same := newTextIndex()
	for i := range 1000 {
		same.Add(models.Phrase, strings.Repeat("a", 9+i)+"b")
	}
	out["phrases that share all grams"] = worst{same, strings.Repeat("aaaaaaaaab", bytes/10)}
	long := newTextIndex("a" + strings.Repeat("b", 1000) + "a")
	out["a phrase that is nearly there everywhere"] = worst{long, "a" + strings.Repeat("b", bytes)}
	dense := newTextIndex()
	var text strings.Builder
	for i := range 10_000 {
		p := fmt.Sprintf("p%04d", i)
		dense.Add(models.Phrase, p)
		text.WriteString(p + " ")
	}
	out["a phrase at every word"] = worst{dense, (text.String() + text.String())[:bytes]}
	sets := newTextIndex()
	for i := range 100 {
		for j := range i {
			sets.Add(models.PhraseSet, fmt.Sprintf(`"p%04d" "p%04d" -"never%d" -"nor this"`, i, j, i))
		}
	}
	out["all sets of a hundred phrases"] = worst{sets, (text.String() + text.String())[:bytes]}
	patterns := newTextIndex()
	for i := range 100 {
		patterns.Add(models.Pattern, fmt.Sprintf("(?:(?:a|.b|a.c.?){0,40}x){0,4}literal%02d.*y", i))
		patterns.Add(models.Pattern, fmt.Sprintf("(?:a?){40}literal%02d.*y", i))
	}
	text.Reset()
	for i := range 100 {
		fmt.Fprintf(&text, "literal%02d ", i)
	}
	out["patterns that match nearly"] = worst{patterns, text.String() + strings.Repeat("a", bytes-text.Len())}
	return out
}

func TestNoTextHasMoreThanTheMostMatches(t *testing.T) {
	for name, w := range worstCaseTexts() {
		if got := len(w.words.AppendMatches(nil, w.text)); got > maxMatches {
			t.Errorf("%s: %d matches, want %d at most", name, got, maxMatches)
		}
	}
}

func BenchmarkWorstMessage(b *testing.B) {
	for name, w := range worstCaseTexts() {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(w.text)))
			n := 0
			for b.Loop() {
				n = len(w.words.AppendMatches(nil, w.text))
			}
			b.ReportMetric(float64(n), "matches")
		})
	}
}
