package risk

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.org/tocsin/models"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// witnesses returns the evidence of n witnesses of one kind, each a group of its own, of today.
func witnesses(n int, w models.Witness) []models.Evidence {
	out := make([]models.Evidence, n)
	for i := range out {
		name := fmt.Sprint(w, i)
		out[i] = models.Evidence{Reporter: name, Group: name, Witness: w, At: noon}
	}
	return out
}

// callCentre returns the evidence of n callers of one call centre.
func callCentre(n int, group string) []models.Evidence {
	out := witnesses(n, models.WitnessAgent)
	for i := range out {
		out[i].Group = group
	}
	return out
}

func paid(evidence []models.Evidence) []models.Evidence {
	for i := range evidence {
		evidence[i].Paid = true
	}
	return evidence
}

func aged(evidence []models.Evidence, age time.Duration) []models.Evidence {
	for i := range evidence {
		evidence[i].At = noon.Add(-age)
	}
	return evidence
}

func all(parts ...[]models.Evidence) []models.Evidence {
	var out []models.Evidence
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func TestScoreGivesTheLevelsThatDefaultWeightsPromise(t *testing.T) {
	unproven := func(n int) []models.Evidence { return witnesses(n, models.WitnessUnproven) }
	proven := func(n int) []models.Evidence { return witnesses(n, models.WitnessProven) }
	for _, tt := range []struct {
		name     string
		evidence []models.Evidence
		want     models.Level
	}{
		{"no evidence", nil, models.Unknown},
		{"one unproven device", unproven(1), models.Watch},
		{"two unproven devices", unproven(2), models.Watch},
		{"three unproven devices", unproven(3), models.Caution},
		{"two unproven devices that paid", paid(unproven(2)), models.Caution},
		{"one proven device", proven(1), models.Watch},
		{"two proven devices", proven(2), models.Caution},
		{"fifty farmed devices", proven(50), models.Caution},
		{"fifty farmed devices that paid, beside fresh ones", all(paid(proven(50)), paid(unproven(1000))), models.Caution},
		{"one agent", callCentre(1, "key_a"), models.Caution},
		{"one agent whose caller paid", paid(callCentre(1, "key_a")), models.Caution},
		{"a hundred callers of one call centre", paid(callCentre(100, "key_a")), models.Caution},
		{"an agent and one device", all(callCentre(1, "key_a"), unproven(1)), models.Caution},
		{"an agent whose caller paid and one device that paid", paid(all(callCentre(1, "key_a"), unproven(1))), models.Caution},
		{"an agent and two devices", all(callCentre(1, "key_a"), unproven(2)), models.Caution},
		{"an agent and three devices", all(callCentre(1, "key_a"), unproven(3)), models.Danger},
		{"an agent whose caller paid and two devices", all(paid(callCentre(1, "key_a")), unproven(2)), models.Danger},
		{"an agent and two proven devices", all(callCentre(1, "key_a"), proven(2)), models.Danger},
		{"agents of two call centres", all(callCentre(1, "key_a"), callCentre(1, "key_b")), models.Danger},
		{"an agent and three devices of ten days before", all(callCentre(1, "key_a"), aged(unproven(3), 10*day)), models.Danger},
		{"an agent of long ago and three devices", all(aged(callCentre(1, "key_a"), 60*day), unproven(3)), models.Caution},
		{"an agent of long ago and many devices", all(aged(callCentre(1, "key_a"), 60*day), unproven(3), proven(3)), models.Caution},
		{"agents of two call centres, one of long ago", all(paid(callCentre(1, "key_a")), aged(callCentre(1, "key_b"), 60*day)), models.Caution},
		{"one device of six months ago", aged(unproven(1), 180*day), models.Watch},
		{"one device of eight months ago", aged(unproven(1), 240*day), models.Unknown},
		{"three devices and an agent, all of last year", aged(all(callCentre(1, "key_a"), unproven(3)), 365*day), models.Unknown},
		{"one device of ten years ago", aged(unproven(1), 3650*day), models.Unknown},
		{"witnesses of a kind that is none of ours", witnesses(1000, "neighbour"), models.Caution},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Score(tt.evidence, noon)
			if got.Level != tt.want || got.Reporters != len(tt.evidence) {
				t.Errorf("%s at score %.3f with %d reporters, want %s, %d", got.Level, got.Score, got.Reporters, tt.want, len(tt.evidence))
			}
		})
	}
}

func TestNoNumberOfUnprovenDevicesPassesCaution(t *testing.T) {
	for _, n := range []int{1, 2, 5, 10, 100, 1000, 10_000, 100_000} {
		got := Score(paid(witnesses(n, models.WitnessUnproven)), noon)
		if got.Level.Rank() > models.Caution.Rank() {
			t.Errorf("%d accounts reach %s", n, got.Level)
		}
	}
}

func TestManyDevicesAddNoMoreToAnAgentThanTheirCap(t *testing.T) {
	for _, tt := range []struct {
		witness models.Witness
		fills   int // so many reach the cap
	}{{models.WitnessUnproven, 3}, {models.WitnessProven, 3}} {
		few := Score(all(callCentre(1, "key_a"), witnesses(tt.fills, tt.witness)), noon)
		many := Score(all(callCentre(1, "key_a"), witnesses(1000, tt.witness)), noon)
		if few.Score != many.Score {
			t.Errorf("%s: %d score %.3f, 1000 score %.3f", tt.witness, tt.fills, few.Score, many.Score)
		}
	}
}

func TestWitnessesWithoutAGroupStandForThemselves(t *testing.T) {
	evidence := witnesses(3, models.WitnessUnproven)
	want := Score(evidence, noon)
	for i := range evidence {
		evidence[i].Group = ""
	}
	if got := Score(evidence, noon); got != want {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestMoneyLostWeighsMore(t *testing.T) {
	for _, w := range []models.Witness{models.WitnessUnproven, models.WitnessProven, models.WitnessAgent} {
		without, with := Score(witnesses(1, w), noon), Score(paid(witnesses(1, w)), noon)
		if with.Score <= without.Score {
			t.Errorf("%s: %.3f with money lost, %.3f without", w, with.Score, without.Score)
		}
	}
}

func TestReportWeighsHalfAfterItsHalfLife(t *testing.T) {
	w := DefaultWeights()
	now, then := w.weigh(callCentre(1, "a"), noon).agents, w.weigh(aged(callCentre(1, "a"), w.HalfLife), noon).agents
	if then != now/2 {
		t.Errorf("weighs %v, want half of %v", then, now)
	}
	if future := w.weigh(aged(callCentre(1, "a"), -day), noon).agents; future != now {
		t.Errorf("a report from the future weighs %v, want %v", future, now)
	}
}

func TestWitnessesOfOneGroupWeighLikeOneWhoPaid(t *testing.T) {
	one := witnesses(1, models.WitnessProven)
	many := witnesses(10, models.WitnessProven)
	for i := range many {
		many[i].Group = "one household"
	}
	if got, want := Score(many, noon).Score, Score(paid(one), noon).Score; got != want {
		t.Errorf("ten in one group score %.3f, want %.3f", got, want)
	}
}

func anyEvidence(t *rapid.T) models.Evidence {
	return models.Evidence{
		Reporter: rapid.StringMatching("[a-z]{1,3}").Draw(t, "reporter"),
		Group:    rapid.StringMatching("[a-d]?").Draw(t, "group"),
		Witness: rapid.SampledFrom([]models.Witness{
			models.WitnessUnproven, models.WitnessProven, models.WitnessAgent, "neighbour",
		}).Draw(t, "witness"),
		Paid: rapid.Bool().Draw(t, "paid"),
		At:   noon.Add(-time.Duration(rapid.Int64Range(-int64(day), int64(400*day)).Draw(t, "age"))),
	}
}

func TestMoreEvidenceNeverLowersTheScore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		evidence := rapid.SliceOf(rapid.Custom(anyEvidence)).Draw(t, "evidence")
		before := Score(evidence, noon)
		after := Score(append(evidence, rapid.Custom(anyEvidence).Draw(t, "more")), noon)
		if after.Score < before.Score-1e-12 || after.Level.Rank() < before.Level.Rank() {
			t.Fatalf("%.6f %s, then %.6f %s", before.Score, before.Level, after.Score, after.Level)
		}
	})
}

func TestScoreDoesNotDependOnTheOrderOfEvidence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		evidence := rapid.SliceOf(rapid.Custom(anyEvidence)).Draw(t, "evidence")
		a, b := Score(evidence, noon), Score(rapid.Permutation(evidence).Draw(t, "shuffled"), noon)
		if a != b {
			t.Fatalf("%v and %v", a, b)
		}
	})
}

// Small weights in one group, whose sum would differ in its last bit.
func TestScoreDoesNotDependOnTheOrderWithinAGroup(t *testing.T) {
	for age := range 50 {
		e := callCentre(3, "key_a")
		for i, a := range []int{90 + age, 131 + 2*age, 170 + 3*age} {
			e[i].At = noon.Add(-time.Duration(a) * day)
		}
		want := Score(e, noon)
		for _, order := range [][3]int{{0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
			if got := Score([]models.Evidence{e[order[0]], e[order[1]], e[order[2]]}, noon); got != want {
				t.Fatalf("%v and %v", got, want)
			}
		}
	}
}

func TestOneKindOfWitnessNeverReachesDanger(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		evidence := rapid.SliceOf(rapid.Custom(anyEvidence)).Draw(t, "evidence")
		agents := rapid.Bool().Draw(t, "agents of one centre")
		for i := range evidence {
			switch {
			case agents:
				evidence[i].Witness, evidence[i].Group = models.WitnessAgent, "key_a"
			case evidence[i].Witness == models.WitnessAgent:
				evidence[i].Witness = models.WitnessProven
			}
		}
		if got := Score(evidence, noon); got.Level == models.Danger {
			t.Fatalf("danger at %.3f", got.Score)
		}
	})
}

// The attack: a gang reports an innocent number with accounts that it makes
// for the purpose, all of them saying that they paid, while a few honest
// people err about the number as well. The scam: victims report by the app,
// one in four through a call centre, one in five having paid.
func TestAttackersNeverReachDangerAndScamsAreFoundInTime(t *testing.T) {
	const runs, days = 40, 30
	r := rand.New(rand.NewPCG(7, 11))
	honest := func(i int, at time.Time) models.Evidence {
		name := fmt.Sprint("honest", i)
		e := models.Evidence{Reporter: name, Group: name, Witness: models.WitnessUnproven, At: at, Paid: r.IntN(5) == 0}
		if r.IntN(4) == 0 {
			e.Witness = models.WitnessProven
		}
		return e
	}
	start := noon.Add(-days * day)
	within := func(d time.Duration) time.Time { return start.Add(time.Duration(r.Int64N(int64(d)))) }

	for _, accounts := range []int{5, 20, 100, 1000} {
		for range runs {
			var evidence []models.Evidence
			for i := range accounts {
				name := fmt.Sprint("fresh", i)
				evidence = append(evidence, models.Evidence{
					Reporter: name, Group: name, Witness: models.WitnessUnproven, Paid: true, At: within(2 * day),
				})
			}
			for i := range r.IntN(6) {
				evidence = append(evidence, honest(i, within(days*day)))
			}
			for d := range days {
				if got := Score(evidence, start.Add(time.Duration(d)*day)); got.Level == models.Danger {
					t.Fatalf("%d accounts bring an innocent number to danger at score %.3f", accounts, got.Score)
				}
			}
		}
	}

	needed := make([]int, 0, runs*5) // reports until danger
	for range runs * 5 {
		var evidence []models.Evidence
		at := start
		for i := 0; ; i++ {
			at = at.Add(time.Duration(r.ExpFloat64() * float64(6*time.Hour)))
			e := honest(i, at)
			if r.IntN(4) == 0 {
				e.Witness, e.Group = models.WitnessAgent, "key_a"
			}
			evidence = append(evidence, e)
			if Score(evidence, at).Level == models.Danger {
				needed = append(needed, len(evidence))
				break
			}
			if i == 100 {
				t.Fatal("a scam with a hundred reports is not found")
			}
		}
	}
	total := 0
	for _, n := range needed {
		total += n
	}
	mean := float64(total) / float64(len(needed))
	t.Logf("a real scam takes %.1f reports on average until danger", mean)
	if mean > 7 {
		t.Errorf("a real scam takes %.1f reports until danger, want at most 7", mean)
	}
}

// What scoring cannot stop is written down as a test, so that nobody believes otherwise.
func TestDeceivedAgentBesideFreshAccountsReachesDanger(t *testing.T) {
	got := Score(all(witnesses(3, models.WitnessUnproven), callCentre(1, "key_a")), noon)
	if got.Level != models.Danger {
		t.Errorf("level %s: the comment on Weights.Score is out of date", got.Level)
	}
}
