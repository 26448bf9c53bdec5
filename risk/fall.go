package risk

import (
	"sort"
	"time"

	"example.org/tocsin/models"
)

// Reassess is Score for a signature that has the level held by its reports. It rises as Score says, and falls late: see
// Weights.Margin and Weights.Keep. With the same evidence it never rises (TestNoLevelRisesWithTimeAlone).
func Reassess(evidence []models.Evidence, held models.Level, now time.Time) Assessment {
	return DefaultWeights().Reassess(evidence, held, now)
}

// FallsAt returns when a level that reports have set falls if nothing more is reported, with DefaultWeights. See
// Weights.FallsAt.
func FallsAt(evidence []models.Evidence, held models.Level, now time.Time) time.Time {
	return DefaultWeights().FallsAt(evidence, held, now)
}

// Reassess weighs as Score does, and keeps the level held while the evidence is enough to keep it.
func (w Weights) Reassess(evidence []models.Evidence, held models.Level, now time.Time) Assessment {
	if len(evidence) == 0 {
		return w.Score(evidence, now)
	}
	s := w.weigh(evidence, now)
	out := w.assess(s, len(evidence))
	for _, level := range []models.Level{models.Danger, models.Caution, models.Watch} {
		if level.Rank() <= held.Rank() && level.Rank() > out.Level.Rank() && w.keeps(level, s) {
			out.Level = level
			break
		}
	}
	return out
}

// reaches reports whether evidence brings a signature to a level.
func (w Weights) reaches(level models.Level, s sums) bool {
	switch level {
	case models.Danger:
		return s.corroborated && w.logOdds(s) >= w.Danger
	case models.Caution:
		return w.logOdds(s) >= w.Caution
	case models.Watch:
		return s.total() >= w.Watch
	case models.Unknown, models.Confirmed, models.Imitated, models.Cleared: // not by evidence
	}
	return false
}

// keeps reports whether evidence is enough for a level that the signature has already.
func (w Weights) keeps(level models.Level, s sums) bool {
	switch level {
	case models.Danger:
		return s.keptCorroboration && w.logOdds(s) >= w.Danger-w.Margin
	case models.Caution:
		return w.logOdds(s) >= w.Caution-w.Margin
	case models.Watch:
		return s.total() >= w.Watch*w.Keep
	case models.Unknown, models.Confirmed, models.Imitated, models.Cleared: // not by evidence
	}
	return false
}

// FallsAt returns the first full hour from now on at which Reassess no longer gives the level held, if nothing more is
// reported. It is the zero time for a level that reports do not set, and for unknown, which cannot fall. The level must be
// the present one, which Reassess gives for now.
//
// Evidence only loses weight, so the hour is found by bisection. It does not depend on now: it is the same whenever it is
// asked for before (TestALevelFallsAtTheHourThatWasForetold).
func (w Weights) FallsAt(evidence []models.Evidence, held models.Level, now time.Time) time.Time {
	if held.Rank() < models.Watch.Rank() || held.Rank() > models.Danger.Rank() || len(evidence) == 0 {
		return time.Time{}
	}
	start := now.Truncate(time.Hour)
	fallen := func(hours int) bool {
		return w.Reassess(evidence, held, start.Add(time.Duration(hours)*time.Hour)).Level.Rank() < held.Rank()
	}
	most := 1
	for !fallen(most) {
		most *= 2
	}
	return start.Add(time.Duration(sort.Search(most, fallen)) * time.Hour)
}
