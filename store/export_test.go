package store

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"example.org/tocsin/models"
)

// Database lets tests look at what is kept, without the methods under test.
func (s *Store) Database() *mongo.Database { return s.entries.Database() }

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
