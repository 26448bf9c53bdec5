package models

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestRecognisersOfARangeAreItsPrefixes(t *testing.T) {
	for _, tt := range []struct {
		value string
		want  []string
	}{
		{"+12025550100-+12025550199", []string{"range phone 12 +120255501"}},
		{"+12025550100-+12025550100", []string{"range phone 12 +12025550100"}},
		{"+12025550108-+12025550121", []string{
			"range phone 12 +12025550108", "range phone 12 +12025550109", "range phone 12 +1202555011",
			"range phone 12 +12025550120", "range phone 12 +12025550121",
		}},
		{"+2-+1", nil},
		{"+12025550100", nil},
	} {
		if diff := cmp.Diff(tt.want, Recognisers(Range, Phone, tt.value)); diff != "" {
			t.Errorf("Recognisers(%s): %s", tt.value, diff)
		}
	}
}

func TestPrefixesCoverExactlyTheRange(t *testing.T) {
	for first := 0; first < 1000; first += 37 {
		for last := first; last < 1000; last += 41 {
			got := prefixes(fmt.Sprintf("+%03d", first), fmt.Sprintf("+%03d", last))
			for n := range 1000 {
				covered := 0
				for _, p := range got {
					if strings.HasPrefix(fmt.Sprintf("+%03d", n), p) {
						covered++
					}
				}
				if want := n >= first && n <= last; want != (covered == 1) || covered > 1 {
					t.Fatalf("%d-%d: %d covered %d times by %v", first, last, n, covered, got)
				}
			}
		}
	}
}

func TestEveryRuleHasTheRecognisersOfItsExposures(t *testing.T) {
	tested := map[Rule]bool{}
	for _, tt := range []struct {
		rule  Rule
		kind  IndicatorKind
		value string
		want  []string
	}{
		{Exact, Phone, "+12025550100", []string{"exact phone +12025550100"}},
		{Exact, Phone, "CN:95588", []string{"exact phone CN:95588"}},
		{Exact, URL, "evil.example/a b", []string{"exact url evil.example/a b"}},
		{Exact, Domain, "evil.example", []string{"exact domain evil.example"}},
		{Exact, Handle, "telegram:evil-name", []string{"exact handle telegram:evil-name"}},
		{Expression, URL, "evil.example/pay/", []string{"expression url evil.example/pay/"}},
		{Range, Phone, "+12025550100-+12025550199", []string{"range phone 12 +120255501"}},
		{Phrase, Text, "safe account", nil},
		{PhraseSet, Text, `"safe account" "transfer"`, nil},
		{Pattern, Text, "safe.account", nil},
		{Script, Text, "your parcel is held", nil},
		{"guess", Phone, "+12025550100", nil},
	} {
		tested[tt.rule] = true
		if diff := cmp.Diff(tt.want, Recognisers(tt.rule, tt.kind, tt.value)); diff != "" {
			t.Errorf("%s %s %q: %s", tt.rule, tt.kind, tt.value, diff)
		}
		if tt.rule.MatchesText() && Recognisers(tt.rule, tt.kind, tt.value) != nil {
			t.Errorf("%s matches text and has recognisers", tt.rule)
		}
	}
	for _, r := range Rules() {
		if !tested[r] {
			t.Errorf("rule %s is not tested", r)
		}
	}
}

func TestWhatIsNoRangeHasNoRecognisers(t *testing.T) {
	for _, value := range []string{
		"", "+12025550100", "+12025550199-+12025550100", "+120255501-+12025550199", "+12025550100-", "-+12025550100",
	} {
		if got := Recognisers(Range, Phone, value); len(got) > 0 {
			t.Errorf("%q has %q", value, got)
		}
	}
}

// digitsOf draws a number of n digits.
func digitsOf(t *rapid.T, n int, label string) string {
	return rapid.StringMatching(fmt.Sprintf("[0-9]{%d}", n)).Draw(t, label)
}

// It tries ranges of real length at their ends and at
// numbers between and beside them, since all numbers would be too many.
func TestPrefixesCoverExactlyTheRangeAtAnyLength(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		head := "+" + digitsOf(t, rapid.IntRange(0, 6).Draw(t, "digits in common"), "head")
		n := rapid.IntRange(1, 9).Draw(t, "digits that differ")
		a, b := digitsOf(t, n, "a"), digitsOf(t, n, "b")
		first, last := head+min(a, b), head+max(a, b)
		got := prefixes(first, last)

		if len(got) > 18*n {
			t.Fatalf("%s-%s: %d prefixes, want at most %d", first, last, len(got), 18*n)
		}
		if !slices.IsSorted(got) {
			t.Fatalf("%s-%s: not in ascending order: %q", first, last, got)
		}
		low, high := number(t, min(a, b)), number(t, max(a, b))
		between := rapid.Int64Range(low, high).Draw(t, "between")
		for _, m := range []int64{low - 1, low, low + 1, between, high - 1, high, high + 1} {
			digits := fmt.Sprintf("%0*d", n, m)
			if m < 0 || len(digits) > n {
				continue // shorter or longer numbers are those of another plan
			}
			covered := 0
			for _, p := range got {
				if strings.HasPrefix(head+digits, p) {
					covered++
				}
			}
			if want := m >= low && m <= high; covered > 1 || (covered == 1) != want {
				t.Fatalf("%s-%s: %s%s is covered %d times by %q", first, last, head, digits, covered, got)
			}
		}
	})
}

func TestPrefixesAreTheFewestThatCoverTheRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := digitsOf(t, 6, "a"), digitsOf(t, 6, "b")
		got := prefixes("+"+min(a, b), "+"+max(a, b))
		siblings := map[string]int{}
		for _, p := range got {
			siblings[p[:len(p)-1]]++
		}
		for parent, n := range siblings {
			if n == 10 {
				t.Fatalf("ten prefixes of %s-%s are one: %s", a, b, parent)
			}
		}
	})
}

func number(t *rapid.T, digits string) int64 {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
