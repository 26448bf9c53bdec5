package verdictlog_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.org/tocsin/models"
	"example.org/tocsin/verdictlog"
)

func TestVerifyFindsTheFirstEntryThatDoesNotFollow(t *testing.T) {
	const entries = 120 // more than two pages
	for name, tt := range map[string]struct {
		alter func([]models.Entry) []models.Entry
		want  string // of the error; "": none
	}{
		"an untouched log": {func(all []models.Entry) []models.Entry { return all }, ""},
		"a change altered": {func(all []models.Entry) []models.Entry {
			all[60].Changes[0].To = models.Cleared
			return all
		}, "entry 61 does not follow entry 60"},
		"an entry removed": {func(all []models.Entry) []models.Entry {
			return slices.Delete(all, 60, 61)
		}, "entry 62 does not follow entry 60"},
		"an entry sealed anew, and nothing behind it": {func(all []models.Entry) []models.Entry {
			all[60] = models.NextEntry(all[59], all[60].At, models.Commit([]models.Change{changeTo("+12025550199", 1, models.Danger)}))
			return all
		}, "entry 62 does not follow entry 61"},
	} {
		t.Run(name, func(t *testing.T) {
			h := &history{}
			for i := range entries {
				h.add(changeTo(fmt.Sprintf("+1202555%04d", i), 1, models.Danger))
			}
			h.entries = tt.alter(h.entries)
			last, changes, err := verdictlog.Verify(t.Context(), h)
			switch {
			case tt.want == "" && (err != nil || last.Seq != entries || changes != entries):
				t.Errorf("Verify = entry %d, %d changes, %v, want %d and %d", last.Seq, changes, err, entries, entries)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("Verify = %v, want %q", err, tt.want)
			}
		})
	}
}
