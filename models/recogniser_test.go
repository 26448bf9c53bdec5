package models

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRecognisersOfARangeAreItsPrefixes(t *testing.T) {
	for _, tt := range []struct {
		value string
		want  []string
	}{
		{"+12025550100-+12025550199", []string{"range phone +120255501"}},
		{"+12025550100-+12025550100", []string{"range phone +12025550100"}},
		{"+12025550108-+12025550121", []string{
			"range phone +12025550108", "range phone +12025550109", "range phone +1202555011",
			"range phone +12025550120", "range phone +12025550121",
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
