package corpus

import (
	"maps"
	"slices"
	"testing"
)

// PassRate counts how many cases of how many passed, and fails below a floor. A
// corpus of real data never passes as a whole: the floor is what may not be
// lost again.
type PassRate struct {
	Name        string // for the log
	passed, All int
	missed      map[string]bool // examples of those that did not pass
}

// Count counts one case. A few examples of those that did not pass are kept for
// the log.
func (s *PassRate) Count(ok bool, example string) {
	s.All++
	if ok {
		s.passed++
		return
	}
	if s.missed == nil {
		s.missed = map[string]bool{}
	}
	if len(s.missed) < 12 {
		s.missed[example] = true
	}
}

// Check logs the share of those that passed. It fails the test where that is
// below floor, from 0 to 1, or where nothing was counted.
func (s *PassRate) Check(t *testing.T, floor float64) {
	t.Helper()
	got := float64(s.passed) / float64(max(1, s.All))
	t.Logf("%s: %d of %d (%.2f %%), missed for example %q", s.Name, s.passed, s.All, 100*got, slices.Sorted(maps.Keys(s.missed)))
	if got < floor || s.All == 0 {
		t.Errorf("%s: got %.4f, want at least %.4f", s.Name, got, floor)
	}
}
