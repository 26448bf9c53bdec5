package match

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestRangesFindWhatASearchThroughAllFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r intervalTree
		type bounds struct{ first, last int }
		all := map[string]bounds{}
		for range rapid.IntRange(0, 4).Draw(t, "batches") {
			var batch []string
			for range rapid.IntRange(0, 8).Draw(t, "ranges") {
				first := rapid.IntRange(0, 99).Draw(t, "first")
				last := rapid.IntRange(first, 99).Draw(t, "last")
				value := fmt.Sprintf("+1%02d-+1%02d", first, last)
				if _, ok := all[value]; !ok {
					all[value] = bounds{first, last}
					batch = append(batch, value)
				}
			}
			r.add(batch)
		}
		for n := range 100 {
			var want, got []string
			for value, b := range all {
				if b.first <= n && n <= b.last {
					want = append(want, value)
				}
			}
			width := uint64(0)
			for _, i := range r.containing(fmt.Sprintf("+1%02d", n)) {
				got = append(got, i.value)
				if i.last-i.first < width {
					t.Fatalf("a narrower range comes later: %v", got)
				}
				width = i.last - i.first
			}
			slices.Sort(want)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%d: %s", n, diff)
			}
		}
	})
}

func TestMalformedRangeHoldsNothing(t *testing.T) {
	var r intervalTree
	r.add([]string{"", "-", "+1", "+12-+11", "+1-+11", "1-2", "+a-+b", "+1-2", "+1234567890123456789-+1234567890123456789"})
	for _, phone := range []string{"", "+", "+1", "+11", "+12", "1", "+1234567890123456789"} {
		if got := r.containing(phone); len(got) != 0 {
			t.Errorf("%q falls into %v", phone, got)
		}
	}
}

func TestNumbersOfAnotherLengthFallIntoNoRange(t *testing.T) {
	var r intervalTree
	r.add([]string{"+12-+15"})
	for phone, want := range map[string]int{"+13": 1, "+013": 0, "+0013": 0, "+130": 0, "+1": 0} {
		if got := r.containing(phone); len(got) != want {
			t.Errorf("%s falls into %v, want %d", phone, got, want)
		}
	}
}

func FuzzInterval(f *testing.F) {
	f.Add("+12025550100-+12025550199", "+12025550123")
	f.Add("CN:95588-CN:95599", "CN:95588")
	f.Fuzz(func(t *testing.T, value, phone string) {
		var r intervalTree
		r.add([]string{value})
		got := r.containing(phone)
		if len(got) == 1 && (len(phone)*2+1 != len(value) || phone > value[len(phone)+1:] || phone < value[:len(phone)]) {
			t.Errorf("%q is not in %q", phone, value)
		}
	})
}
