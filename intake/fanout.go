package intake

import (
	"context"
	"fmt"
	"slices"
	"time"

	"example.org/tocsin/models"
)

// asks returns one ask for each dangerous signature that the reports hit, by
// the index as it is after settling. Words are not asked for: no exposure holds
// them. The revision is the one at which the stored signature took its level: an
// index knows only that of its last change.
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
