package risk

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.org/tocsin/models"
)

func TestNoLevelRisesWithTimeAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		evidence := rapid.SliceOfN(rapid.Custom(anyEvidence), 1, 20).Draw(t, "evidence")
		held := rapid.SampledFrom([]models.Level{models.Unknown, models.Watch, models.Caution, models.Danger}).Draw(t, "held")
		now := noon.Add(day) // none of the evidence is from the future
		first := Reassess(evidence, held, now)
		if first.Level.Rank() < Score(evidence, now).Level.Rank() {
			t.Fatalf("%s with the level held, less than without", first.Level)
		}
		level, score := first.Level, first.Score
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.Int64Range(1, int64(30*day)).Draw(t, "step")))
			got := Reassess(evidence, level, now)
			if got.Level.Rank() > level.Rank() || got.Score > score+1e-12 {
				t.Fatalf("from %s to %s, from %f to %f", level, got.Level, score, got.Score)
			}
			level, score = got.Level, got.Score
		}
		if got := Reassess(evidence, level, now.Add(5*365*day)); got.Level != models.Unknown {
			t.Fatalf("after five years it is still %s", got.Level)
		}
	})
}

func TestMoreEvidenceNeverLowersALevelThatIsHeld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		evidence := rapid.SliceOf(rapid.Custom(anyEvidence)).Draw(t, "evidence")
		held := rapid.SampledFrom([]models.Level{models.Unknown, models.Watch, models.Caution, models.Danger}).Draw(t, "held")
		before := Reassess(evidence, held, noon)
		after := Reassess(append(evidence, rapid.Custom(anyEvidence).Draw(t, "more")), held, noon)
		if after.Level.Rank() < before.Level.Rank() {
			t.Fatalf("%s, then %s", before.Level, after.Level)
		}
	})
}

func TestALevelFallsAtTheHourThatWasForetold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		evidence := rapid.SliceOfN(rapid.Custom(anyEvidence), 1, 20).Draw(t, "evidence")
		now := noon.Add(day + time.Duration(rapid.Int64Range(0, int64(3*day)).Draw(t, "now")))
		level := Score(evidence, now).Level
		at := FallsAt(evidence, level, now)
		if level == models.Unknown {
			if !at.IsZero() {
				t.Fatalf("unknown falls at %v", at)
			}
			return
		}
		if !at.After(now) || at != at.Truncate(time.Hour) {
			t.Fatalf("%s falls at %v, not at a full hour after %v", level, at, now)
		}
		before, then := Reassess(evidence, level, at.Add(-time.Hour)).Level, Reassess(evidence, level, at).Level
		if at.Add(-time.Hour).After(now) && before != level || then.Rank() >= level.Rank() {
			t.Fatalf("%s is %s an hour before and %s at the hour", level, before, then)
		}
		later := now.Add(at.Sub(now) / 2)
		if again := FallsAt(evidence, level, later); !again.Equal(at) {
			t.Fatalf("foretold for %v, and later for %v", at, again)
		}
	})
}

// TestHowLongALevelOutlastsItsReports holds the table of DefaultWeights.
func TestHowLongALevelOutlastsItsReports(t *testing.T) {
	for _, tt := range []struct {
		name     string
		evidence []models.Evidence
		want     []int // days from noon until it falls from danger, caution, watch
	}{
		{"one unproven device", witnesses(1, models.WitnessUnproven), []int{240}},
		{"three", witnesses(3, models.WitnessUnproven), []int{35, 288}},
		{"an agent", callCentre(1, "a"), []int{47, 300}},
		{"an agent and three devices", all(callCentre(1, "a"), witnesses(3, models.WitnessUnproven)), []int{18, 72, 324}},
		{"agents of two call centres", all(callCentre(1, "a"), callCentre(1, "b")), []int{23, 77, 330}},
	} {
		var got []int
		now, level := noon, Score(tt.evidence, noon).Level
		for level != models.Unknown {
			now = FallsAt(tt.evidence, level, now)
			level = Reassess(tt.evidence, level, now).Level
			got = append(got, int(now.Sub(noon).Round(day)/day))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: falls after %v days, want %v", tt.name, got, tt.want)
		}
	}
}

// TestOneMoreDeviceDoesNotBringBackWhatHasJustFallen holds the reason for Weights.Margin: nobody is warned again because
// one unproven device reports on the day after.
func TestOneMoreDeviceDoesNotBringBackWhatHasJustFallen(t *testing.T) {
	for name, evidence := range map[string][]models.Evidence{
		"devices":                witnesses(3, models.WitnessUnproven),
		"farmed devices":         witnesses(10, models.WitnessProven),
		"an agent":               callCentre(1, "a"),
		"an agent and devices":   all(callCentre(1, "a"), witnesses(3, models.WitnessUnproven)),
		"two call centres":       all(callCentre(1, "a"), callCentre(1, "b")),
		"an agent and two again": all(paid(callCentre(1, "a")), witnesses(2, models.WitnessUnproven)),
	} {
		now, level := noon, Score(evidence, noon).Level
		for level.Rank() > models.Watch.Rank() {
			now = FallsAt(evidence, level, now)
			fallen := Reassess(evidence, level, now).Level
			more := models.Evidence{Reporter: "more", Group: "more", Witness: models.WitnessUnproven, At: now}
			if got := Reassess(append(slices.Clone(evidence), more), fallen, now); got.Level.Rank() >= level.Rank() {
				t.Errorf("%s: %s has fallen to %s after %v and is %s by one more device", name, level, fallen, now.Sub(noon), got.Level)
			}
			level = fallen
		}
	}
}

func TestOneKindOfWitnessDoesNotKeepDanger(t *testing.T) {
	for name, evidence := range map[string][]models.Evidence{
		"devices":                        all(paid(witnesses(1000, models.WitnessUnproven)), paid(witnesses(1000, models.WitnessProven))),
		"one call centre":                paid(callCentre(1000, "a")),
		"one, and another of long ago":   all(paid(callCentre(1000, "a")), aged(callCentre(1, "b"), 90*day)),
		"devices, and an agent long ago": all(witnesses(1000, models.WitnessProven), aged(callCentre(1, "b"), 90*day)),
	} {
		if got := Reassess(evidence, models.Danger, noon); got.Level != models.Caution {
			t.Errorf("%s: %s, want caution", name, got.Level)
		}
	}
}
