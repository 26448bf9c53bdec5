package intake

import (
	"context"
	"time"

	"example.org/tocsin/models"
)

// What the tests of this room look at from within.
const (
	DefaultLease = defaultLease
	MaxTries     = maxTries
)

func (d *Desk) Compose(caller models.Caller, draft models.Draft, now time.Time) (models.Report, error) {
	return d.compose(caller, draft, now)
}

func (d *Desk) Weigh(ctx context.Context, batch []models.Claimed[models.Report]) error {
	return d.weigh(ctx, batch)
}

func (d *Desk) ReportedIndicators(r models.Report, now time.Time) []models.Indicator {
	return d.reportedIndicators(r, now)
}
