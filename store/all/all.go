// Package all opens the database with all its stores. It is the one place that
// lists them, for the program and for tests alike, so that no store and none of
// its indexes is forgotten in one of the two.
package all

import (
	"context"
	"slices"

	"example.org/tocsin/store"
	"example.org/tocsin/store/access"
	"example.org/tocsin/store/catalogue"
	"example.org/tocsin/store/intake"
	"example.org/tocsin/store/people"
	"example.org/tocsin/store/verdictlog"
)

// The stores under the names of their packages, so that Stores can embed them.
type (
	Access     = access.Store
	Catalogue  = catalogue.Store
	VerdictLog = verdictlog.Store
	People     = people.Store
	Intake     = intake.Store
	Legacy     = store.Store
)

// Stores is the database of one node: the connection and every store on it.
type Stores struct {
	*store.DB
	*Access
	*Intake
	*Catalogue
	*VerdictLog
	*People
	*Legacy
}

// Open opens the database with the indexes of all stores.
func Open(ctx context.Context, o store.Options) (*Stores, error) {
	o.Indexes = Indexes()
	db, err := store.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	owners := people.NewOwners(db)
	reports, legacy := intake.New(db, owners), store.New(db, owners)
	return &Stores{
		DB:         db,
		Legacy:     legacy,
		Intake:     reports,
		Catalogue:  catalogue.New(db),
		VerdictLog: verdictlog.New(db),
		People:     people.New(db, reports, legacy),
		Access:     access.New(db),
	}, nil
}

// Indexes is every index of every store.
func Indexes() []store.Index {
	return slices.Concat(intake.Indexes(), access.Indexes(), catalogue.Indexes(), verdictlog.Indexes(), people.Indexes(), store.Indexes())
}

// EraseDevice erases a device with all that the stores keep of it. The other
// methods of this name erase what one store keeps.
func (s *Stores) EraseDevice(ctx context.Context, id, pseudonym string) error {
	return s.People.EraseDevice(ctx, id, pseudonym)
}
