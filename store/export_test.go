package store

import (
	"context"
	"time"

	"example.org/tocsin/models"
)

// ClaimSlowly is Claim of a node to which something happens between its two steps.
func (q *Queue[D, T]) ClaimSlowly(
	ctx context.Context, lease time.Duration, now time.Time, meanwhile func(),
) ([]models.Claimed[T], error) {
	cur, err := q.docs.Find(ctx, q.dueFilter(nil, now))
	found, err := Collect[D](ctx, cur, err)
	if err != nil {
		return nil, err
	}
	meanwhile()
	return q.acquire(ctx, found, now.Add(lease))
}
