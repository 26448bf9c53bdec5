package store

import (
	"context"
	"time"

	"example.org/tocsin/models"
)

// ClaimSlowly is ClaimReports of a node to which something happens between its two steps.
func (s *Store) ClaimSlowly(ctx context.Context, lease time.Duration, now time.Time, meanwhile func()) ([]models.Claimed[models.Report], error) {
	cur, err := s.reportQueue.docs.Find(ctx, s.reportQueue.dueFilter(nil, now))
	found, err := collect[reportDoc](ctx, cur, err)
	if err != nil {
		return nil, err
	}
	meanwhile()
	return s.reportQueue.acquire(ctx, found, now.Add(lease))
}
