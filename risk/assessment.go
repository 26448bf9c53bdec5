package risk

import "example.org/tocsin/models"

// Assessment is what all evidence for one signature amounts to, as of the time at which it was weighed.
type Assessment struct {
	Score     float64      // log-odds, see Weights
	Level     models.Level // unknown to danger: only an analyst confirms
	Reporters int          // how many have reported, whatever they weigh
}
