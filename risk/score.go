package risk

import (
	"cmp"
	"math"
	"slices"
	"time"

	"example.org/tocsin/models"
)

// Weights is what evidence is worth. Each witness has a weight; the weights of all witnesses to one signature are added up
// under caps, and the sum becomes log-odds:
//
//	score = Prior + Doubling * log2(1 + sum)
//
// Weights and sums are multiples of one citizen who has spoken to an agent. The scale of the score is not that of a
// probability: it is compared with Caution and Danger, and means nothing beside.
//
// Votes are not counted. Twenty fresh accounts reach any count and any average, and also the lower bound of a proportion
// by which sites often rank votes (E. B. Wilson, Journal of the American Statistical Association 22, 1927). What is free to
// make is therefore pooled under one cap, however much there is of it, so that its sum ends below Danger. The formula and
// its figures are our own, chosen by simulation: TestNoNumberOfUnprovenDevicesPassesCaution goes up to 100,000 accounts,
// and TestAttackersNeverReachDangerAndScamsAreFoundInTime replays attacks on an innocent number, and real scams, which must
// be found in seven reports on average.
type Weights struct {
	Prior    float64 // score of a value of which nothing is known
	Doubling float64 // score that each doubling of 1+sum adds

	Unproven float64 // one device whose reports have not proved right yet
	Proven   float64 // one device whose reports have
	Agent    float64 // one citizen who has spoken to a call-centre agent

	// PaidFactor multiplies the weight of a witness who lost money: people rarely err about that. It is also the most that a
	// group (models.Evidence.Group) weighs, as a multiple of one witness: many who may be one person weigh like one who paid.
	PaidFactor float64

	UnprovenCap float64 // the most that all unproven devices weigh together: they are free to make
	ProvenCap   float64 // the same for proven ones: they can be made in time, by true reports

	HalfLife time.Duration // after which a report weighs half: numbers get new owners

	Caution           float64 // score from which the level is caution
	Danger            float64 // score from which it is danger
	UncorroboratedCap float64 // the most that witnesses of one kind score, below Danger
	CorroborationMin  float64 // the least that the second kind of witness must weigh to stand beside the first
	Watch             float64 // sum from which the level is watch: below, whoever has the number now is likely somebody else

	// A level that a signature has is kept longer than it would be given (Reassess), so that none goes up and down with each
	// report: whoever met the signature is warned again with each rise. Margin is by how much the score may be below Caution
	// or Danger. It is so large that one more unproven device does not bring back what has just fallen
	// (TestOneMoreDeviceDoesNotBringBackWhatHasJustFallen). Keep is the share of Watch and of CorroborationMin that is enough
	// to keep: a half, so a half-life more.
	Margin float64
	Keep   float64
}

// DefaultWeights returns the weights in use. With them, reports of today lead to the levels below, which
// TestScoreGivesTheLevelsThatDefaultWeightsPromise holds:
//
//	1 or 2 unproven devices                        watch
//	3 and more, any number                         caution
//	1 agent, or any number of one call centre      caution
//	2 and more proven devices                      caution
//	1 agent and 3 devices, or 2 proven ones        danger
//	1 agent whose caller paid and 2 devices        danger
//	agents of 2 call centres                       danger
//
// Without more reports they fall after so many days, as TestHowLongALevelOutlastsItsReports holds:
//
//	                          from danger   caution   watch, to unknown
//	1 unproven device                                 240
//	3                                       35        288
//	1 agent                                 47        300
//	1 agent and 3 devices     18            72        324
//	agents of 2 call centres  23            77        330
func DefaultWeights() Weights {
	return Weights{
		Prior: -3, Doubling: 3,
		Unproven: 0.25, Proven: 0.5, Agent: 1, PaidFactor: 1.5,
		UnprovenCap: 0.75, ProvenCap: 1.5,
		HalfLife: 30 * 24 * time.Hour,
		Caution:  -1, Danger: 1.1, UncorroboratedCap: 1, CorroborationMin: 0.45,
		Watch: 1.0 / 512, Margin: 0.75, Keep: 0.5,
	}
}

// Score weighs all evidence for one signature, in any order, as of now, with DefaultWeights. See Weights.Score.
func Score(evidence []models.Evidence, now time.Time) Assessment {
	return DefaultWeights().Score(evidence, now)
}

// Score weighs all evidence for one signature, in any order, as of now. There must be one piece of evidence per reporter, as
// the store keeps it. More evidence never lowers the score (TestMoreEvidenceNeverLowersTheScore).
//
//   - No evidence is unknown, and so is evidence that weighs less than Watch: of one unproven device, that of seven months ago.
//     Any more is watch: somebody reported it.
//   - Caution and danger follow the score.
//   - Danger needs devices and agents, or the agents of two call centres. Without, the score is cut to UncorroboratedCap
//     (TestOneKindOfWitnessNeverReachesDanger). Proven and unproven devices are one kind: whoever has made some can make
//     the others as well.
//
// Traded away: an agent who is deceived by a false victim, together with three fresh accounts, brings an unprotected number
// to danger until an analyst clears it (TestDeceivedAgentBesideFreshAccountsReachesDanger). If an agent weighed less, real
// victims would be heard too late.
func (w Weights) Score(evidence []models.Evidence, now time.Time) Assessment {
	if len(evidence) == 0 {
		return Assessment{Score: w.Prior, Level: models.Unknown}
	}
	return w.assess(w.weigh(evidence, now), len(evidence))
}

// assess returns what the weight of the evidence of so many reporters amounts to.
func (w Weights) assess(sum sums, reporters int) Assessment {
	score := w.logOdds(sum)
	if !sum.corroborated {
		score = min(score, w.UncorroboratedCap)
	}
	out := Assessment{Score: score, Level: models.Unknown, Reporters: reporters}
	for _, level := range []models.Level{models.Watch, models.Caution, models.Danger} {
		if w.reaches(level, sum) {
			out.Level = level
		}
	}
	return out
}

// logOdds returns the score of what evidence weighs together, without regard to corroboration.
func (w Weights) logOdds(s sums) float64 { return w.Prior + w.Doubling*math.Log2(1+s.total()) }

// weightedEvidence is one piece of evidence with its weight as of now.
type weightedEvidence struct {
	witness models.Witness
	group   string
	weight  float64
}

// sums is what devices and agents weigh, after all caps, and whether there is evidence enough of two kinds to reach danger,
// and to keep it.
type sums struct {
	devices, agents   float64
	corroborated      bool
	keptCorroboration bool
}

// total returns what all evidence weighs.
func (s sums) total() float64 { return s.devices + s.agents }

// weigh adds up the evidence by witness and group. It is sorted first: sums of floating-point numbers depend on their order,
// and two nodes must not differ on a threshold (TestScoreDoesNotDependOnTheOrderOfEvidence, and ...WithinAGroup).
func (w Weights) weigh(evidence []models.Evidence, now time.Time) sums {
	all := make([]weightedEvidence, len(evidence))
	for i, e := range evidence {
		all[i] = w.weightedEvidence(e, now)
	}
	slices.SortFunc(all, func(a, b weightedEvidence) int {
		return cmp.Or(cmp.Compare(a.witness, b.witness), cmp.Compare(a.group, b.group), cmp.Compare(a.weight, b.weight))
	})

	var unproven, proven, agents float64
	var centres []float64 // what the agents of each call centre weigh
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].witness == all[0].witness && all[n].group == all[0].group {
			n++
		}
		weight := w.groupWeight(all[:n])
		switch all[0].witness {
		case models.WitnessAgent:
			agents += weight
			centres = append(centres, weight)
		case models.WitnessProven:
			proven += weight
		case models.WitnessUnproven:
			unproven += weight
		}
		all = all[n:]
	}
	devices := min(unproven, w.UnprovenCap) + min(proven, w.ProvenCap)
	return sums{
		devices: devices, agents: agents,
		corroborated:      corroborated(devices, agents, centres, w.CorroborationMin),
		keptCorroboration: corroborated(devices, agents, centres, w.CorroborationMin*w.Keep),
	}
}

// corroborated reports whether two kinds of witness, or the agents of two call centres, weigh at least so much each.
func corroborated(devices, agents float64, centres []float64, least float64) bool {
	enough := 0
	for _, weight := range centres {
		if weight >= least {
			enough++
		}
	}
	return devices >= least && agents >= least || enough >= 2
}

// weightedEvidence returns what one piece of evidence weighs as of now: the weight of its witness, times PaidFactor if money
// was lost, halved for each HalfLife of its age. A report from the future weighs like one of now, a witness of an unknown
// kind like an unproven one, and one without a group is a group of its own.
func (w Weights) weightedEvidence(e models.Evidence, now time.Time) weightedEvidence {
	t := weightedEvidence{witness: e.Witness, group: e.Group, weight: w.witnessWeight(e.Witness)}
	if t.witness != models.WitnessAgent && t.witness != models.WitnessProven {
		t.witness = models.WitnessUnproven
	}
	if t.group == "" {
		t.group = e.Reporter
	}
	if e.Paid {
		t.weight *= w.PaidFactor
	}
	age := max(0, now.Sub(e.At))
	t.weight *= math.Exp2(-float64(age) / float64(w.HalfLife))
	return t
}

// witnessWeight returns what one witness weighs who lost no money, on the day of the report.
func (w Weights) witnessWeight(witness models.Witness) float64 {
	switch witness {
	case models.WitnessAgent:
		return w.Agent
	case models.WitnessProven:
		return w.Proven
	case models.WitnessUnproven:
	}
	return w.Unproven
}

// groupWeight returns what the witnesses of one group, all of one kind, weigh together: their sum, but no more than one of
// them who paid.
func (w Weights) groupWeight(members []weightedEvidence) float64 {
	sum := 0.0
	for _, m := range members {
		sum += m.weight
	}
	return min(sum, w.witnessWeight(members[0].witness)*w.PaidFactor)
}
