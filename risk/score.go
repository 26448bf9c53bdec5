package risk

import (
	"cmp"
	"math"
	"slices"
	"time"

	"example.org/tocsin/models"
)

// Weights is what evidence is worth. Each witness has a weight; the weights of
// all that testify to one signature are added up under caps, and the sum
// becomes log-odds:
//
//	score = Prior + Doubling * log2(1 + sum)
//
// Votes cannot be counted here: twenty fresh accounts fool every count, Wilson
// bound and average. What is free to make is therefore pooled under one cap,
// however much there is of it. score_test.go replays attacks by up to 100,000
// accounts.
type Weights struct {
	Prior    float64 // log-odds of a value of which nothing is known
	Doubling float64 // log-odds that each doubling of 1+sum adds

	Unproven float64 // one device whose reports have not proved right yet
	Proven   float64 // one device whose reports have
	Agent    float64 // one citizen who has spoken to a call-centre agent

	// Paid multiplies the weight of a witness who lost money: people rarely err
	// about that. It is also the most that a group (see models.Evidence.Group) weighs, as a
	// multiple of one witness: many who may be one hand weigh like one who paid.
	PaidFactor float64

	UnprovenCap float64 // the most that all unproven devices weigh together
	ProvenCap   float64 // the same for proven ones: accounts can be farmed

	HalfLife time.Duration // after which a report weighs half: numbers change hands

	Caution           float64 // score from which the level is caution
	Danger            float64 // score from which it is danger
	UncorroboratedCap float64 // the most that witnesses of one kind score, below Danger
	CorroborationMin  float64 // the least that the second kind of witness must weigh to stand beside the first
}

// DefaultWeights returns the weights in use. With them, fresh reports lead to
//
//	1 or 2 unproven devices                        watch
//	3 and more, any number                         caution
//	1 agent, or any number of one call centre      caution
//	2 and more proven devices                      caution
//	1 agent and 3 devices, or 2 proven ones        danger
//	1 agent whose caller paid and 2 devices        danger
//	agents of 2 call centres                       danger
func DefaultWeights() Weights {
	return Weights{
		Prior: -3, Doubling: 3,
		Unproven: 0.25, Proven: 0.5, Agent: 1, PaidFactor: 1.5,
		UnprovenCap: 0.75, ProvenCap: 1.5,
		HalfLife: 30 * 24 * time.Hour,
		Caution:  -1, Danger: 1.1, UncorroboratedCap: 1, CorroborationMin: 0.45,
	}
}

// Score weighs all evidence for one signature, in any order, as of now, with
// the default weights. See Weights.Score.
func Score(evidence []models.Evidence, now time.Time) Assessment {
	return DefaultWeights().Score(evidence, now)
}

// Score weighs all evidence for one signature, in any order, as of now. There
// must be one evidence per reporter, as the store keeps it. More evidence
// never lowers the score.
//
//   - Any evidence at all is watch, however old: somebody reported it.
//   - Caution and danger follow the score.
//   - Danger needs two kinds of witness, devices and agents, or the agents of
//     two groups. Without, the score stays at Alone. Proven and unproven devices are
//     one kind: whoever farms some can make the others as well.
//
// What it cannot stop: an agent who is deceived by a false victim, together
// with three fresh accounts, condemns an unprotected number until somebody
// appeals. An agent's word has to be worth something.
func (w Weights) Score(evidence []models.Evidence, now time.Time) Assessment {
	if len(evidence) == 0 {
		return Assessment{Score: w.Prior, Level: models.Unknown}
	}
	sum := w.weigh(evidence, now)
	score := w.Prior + w.Doubling*math.Log2(1+sum.devices+sum.agents)
	if !sum.corroborated {
		score = min(score, w.UncorroboratedCap)
	}
	level := models.Watch
	switch {
	case score >= w.Danger:
		level = models.Danger
	case score >= w.Caution:
		level = models.Caution
	}
	return Assessment{Score: score, Level: level, Reporters: len(evidence)}
}

// testimony is one piece of evidence with its weight as of now.
type weightedEvidence struct {
	witness models.Witness
	group   string
	weight  float64
}

// sums is what each kind of witness weighs, and whether danger may be spoken.
type sums struct {
	devices, agents float64
	corroborated    bool
}

// weigh adds up by witness and group. The testimonies are sorted first: sums
// of floating-point numbers depend on their order, and two nodes must not
// differ on a threshold.
func (w Weights) weigh(evidence []models.Evidence, now time.Time) sums {
	all := make([]weightedEvidence, len(evidence))
	for i, e := range evidence {
		all[i] = w.weightedEvidence(e, now)
	}
	slices.SortFunc(all, func(a, b weightedEvidence) int {
		return cmp.Or(cmp.Compare(a.witness, b.witness), cmp.Compare(a.group, b.group), cmp.Compare(a.weight, b.weight))
	})

	var unproven, proven, agents float64
	centres := 0 // groups of agents that count as a second witness to each other
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].witness == all[0].witness && all[n].group == all[0].group {
			n++
		}
		weight := w.groupWeight(all[:n])
		switch all[0].witness {
		case models.WitnessAgent:
			agents += weight
			if weight >= w.CorroborationMin {
				centres++
			}
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
		corroborated: devices >= w.CorroborationMin && agents >= w.CorroborationMin || centres >= 2,
	}
}

// testimony returns what one piece of evidence weighs as of now. A report from
// the future weighs like one of now, and a witness of a kind that is none of
// ours like an unproven one.
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

// one returns what one witness weighs.
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

// group returns what the witnesses of one group weigh together.
func (w Weights) groupWeight(members []weightedEvidence) float64 {
	sum := 0.0
	for _, m := range members {
		sum += m.weight
	}
	return min(sum, w.witnessWeight(members[0].witness)*w.PaidFactor)
}
