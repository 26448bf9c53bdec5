package risk

import "example.org/tocsin/models"

// Assessment is what all evidence for one signature amounts to.
type Assessment struct {
	Score     float64      // log-odds
	Level     models.Level // unknown to danger: confirmed is an analyst's word
	Reporters int
}
