// Package all opens the database with all its stores. It is the one place that
// lists them, for the program and for tests alike, so that no store and none of
// its indexes is forgotten in one of the two.
package all

import (
	"context"
	"slices"

	"example.org/tocsin/models"
	"example.org/tocsin/store"
	"example.org/tocsin/store/access"
	"example.org/tocsin/store/catalogue"
	"example.org/tocsin/store/intake"
	"example.org/tocsin/store/notify"
	"example.org/tocsin/store/people"
	"example.org/tocsin/store/verdictlog"
)

// The stores have the names of their packages here, so that Stores can embed them.
type (
	// Intake keeps reports, evidence and exposures.
	Intake = intake.Store
	// Catalogue keeps signatures.
	Catalogue = catalogue.Store
	// VerdictLog keeps the entries of the verdict log and its followers' cursors.
	VerdictLog = verdictlog.Store
	// Notify keeps warnings and fan-out jobs.
	Notify = notify.Store
	// People keeps devices.
	People = people.Store
	// Access keeps API keys.
	Access = access.Store
)

// Stores is the database of one node: the connection and every store on it. It
// has the methods of all of them.
type Stores struct {
	*store.DB
	*Intake
	*Catalogue
	*VerdictLog
	*Notify
	*People
	*Access
}

// Open opens the database that o names, with the indexes of all stores.
func Open(ctx context.Context, o store.Options) (*Stores, error) {
	o.Indexes = Indexes()
	db, err := store.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	owners := people.NewOwners(db)
	in, out := intake.New(db, owners), notify.New(db, owners)
	return &Stores{
		DB:         db,
		Intake:     in,
		Catalogue:  catalogue.New(db),
		VerdictLog: verdictlog.New(db),
		Notify:     out,
		People:     people.New(db, in, out),
		Access:     access.New(db),
	}, nil
}

// Indexes is every index of every store (TestEveryStoreIsOpenedWithItsIndexes).
func Indexes() []store.Index {
	return slices.Concat(
		intake.Indexes(),
		catalogue.Indexes(),
		verdictlog.Indexes(),
		notify.Indexes(),
		people.Indexes(),
		access.Indexes(),
	)
}

// The names of the queues, in metrics and for operators.
const (
	ReportQueue          = "reports"
	ReviewQueue          = "reviews"
	FanOutQueue          = "fanout_jobs"
	UrgentWarningQueue   = "warnings_urgent"
	CampaignWarningQueue = "warnings_campaign"
)

// Queues returns every queue, by its name, as an operator sees it.
func (s *Stores) Queues() map[string]store.WorkView {
	return map[string]store.WorkView{
		ReportQueue:          s.ReportQueue(),
		ReviewQueue:          s.ReviewQueue(),
		FanOutQueue:          s.FanOutQueue(),
		UrgentWarningQueue:   s.WarningQueue(models.LaneUrgent),
		CampaignWarningQueue: s.WarningQueue(models.LaneCampaign),
	}
}

// EraseDevice erases a device with all that the stores keep of it. The methods of
// this name of Intake and Notify erase what those two keep, and are called by it.
func (s *Stores) EraseDevice(ctx context.Context, id, pseudonym string) error {
	return s.People.EraseDevice(ctx, id, pseudonym)
}
