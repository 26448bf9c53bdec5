package intake

import (
	"context"
	"time"

	"example.org/tocsin/models"
)

// DefaultLease is defaultLease.
const DefaultLease = defaultLease

// Compose is compose.
func (d *Desk) Compose(caller models.Caller, draft models.Draft, now time.Time) (models.Report, error) {
	return d.compose(caller, draft, now)
}

// Weigh is weigh.
func (d *Desk) Weigh(ctx context.Context, batch []models.Claimed[models.Report]) error {
	return d.weigh(ctx, batch)
}

// ReportedIndicators is reportedIndicators.
func (d *Desk) ReportedIndicators(r models.Report, now time.Time) []models.Indicator {
	return d.reportedIndicators(r, now)
}
