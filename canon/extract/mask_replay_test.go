package extract

import (
	"regexp"
	"strings"
	"testing"

	"example.org/tocsin/corpus"
)

// TestReplayStoriesAreMasked: no planted card or identity number comes out, and
// nothing else is hidden.
func TestReplayStoriesAreMasked(t *testing.T) {
	planted := regexp.MustCompile(`(?:id|card|卡号) ([0-9]{16,19}X?)`)
	masked, kept := corpus.PassRate{Name: "planted numbers masked"}, corpus.PassRate{Name: "other stories left alone"}
	for _, line := range corpus.Reports(t) {
		got := Mask(line.Narrative)
		if line.Truth.PII == nil {
			kept.Count(got == line.Narrative, line.Narrative+" => "+got)
			continue
		}
		want := planted.ReplaceAllStringFunc(line.Narrative, func(found string) string {
			word, _, _ := strings.Cut(found, " ")
			if word == "id" {
				return word + " " + maskedIdentity
			}
			return word + " " + maskedCard
		})
		masked.Count(got == want && want != line.Narrative, line.Narrative+" => "+got)
	}
	masked.Check(t, 1)
	kept.Check(t, 1)
}
