package intake

import (
	"context"
	"fmt"
	"slices"
	"time"

	"example.org/tocsin/models"
)

// fanOutJobs returns one fan-out job for each dangerous signature that the
// reports hit, by the index as it is after their evidence was counted. A change to
// a dangerous level makes its job through the verdict log (package notify); the job
// of a hit makes a new report of a known scam look for exposures stored since.
//
// A signature that matches text gets no job, since no exposure holds text, and
// neither does a lead, which is a guess from its neighbours. The revision is read
// from the store and not taken from the index: a job is for the revision at which
// the level was set, and the index knows that of the last change.
func (d *Desk) fanOutJobs(ctx context.Context, batch []models.Claimed[models.Report], now time.Time) ([]models.FanOutJob, error) {
	var ids []string
	for _, claimed := range batch {
		for _, hit := range d.hits(claimed.Work, now) {
			if hit.Level.Warns() && !hit.Rule.MatchesText() && !hit.MatchType.Lead() {
				ids = append(ids, hit.Signature)
			}
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	signatures, err := d.Store.Signatures.Signatures(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read %d signatures: %w", len(ids), err)
	}
	jobs := make([]models.FanOutJob, 0, len(signatures))
	for _, s := range signatures {
		if s.Level.Warns() {
			jobs = append(jobs, models.FanOutJob{ID: models.FanOutJobID(s.ID, s.LevelRev), Signature: s.ID, Rev: s.LevelRev})
		}
	}
	return jobs, nil
}
