package desktest

import (
	"context"
	"errors"
	"sync"
	"time"

	"example.org/tocsin/catalogue"
	"example.org/tocsin/intake"
	"example.org/tocsin/models"
	"example.org/tocsin/store/storetest"
)

// CrashingStore is a store that fails at its n-th write, before or after the write
// took effect, and at every write after that, as if the process had died there.
// Reads and the writes of taking in reports are those of the store.
type CrashingStore struct {
	*storetest.Database

	At    int  // the write at which the process dies, from 1
	After bool // that write took effect

	mu    sync.Mutex
	calls int // writes so far
}

// ErrCrash is the error of the write at which the process dies, and of every later one.
var ErrCrash = errors.New("crash")

// crash counts a write, and makes it fail or lets it take effect.
func (f *CrashingStore) crash(effect func() error) error {
	f.mu.Lock()
	f.calls++
	now, past := f.calls == f.At, f.calls > f.At
	f.mu.Unlock()
	switch {
	case past, now && !f.After:
		return ErrCrash
	case now:
		_ = effect() // it took effect; its answer is lost
		return ErrCrash
	}
	return effect()
}

// PutEvidence stores evidence, or crashes.
func (f *CrashingStore) PutEvidence(ctx context.Context, e []models.Evidence) error {
	return f.crash(func() error { return f.Database.PutEvidence(ctx, e) })
}

// InsertSignatures inserts signatures, or crashes.
func (f *CrashingStore) InsertSignatures(ctx context.Context, s []models.Signature) (faults []error, err error) {
	err = f.crash(func() (err error) { faults, err = f.Database.InsertSignatures(ctx, s); return err })
	return faults, err
}

// ReplaceSignatures replaces signatures, or crashes.
func (f *CrashingStore) ReplaceSignatures(ctx context.Context, s []models.Signature) (faults []error, err error) {
	err = f.crash(func() (err error) { faults, err = f.Database.ReplaceSignatures(ctx, s); return err })
	return faults, err
}

// Append appends an entry to the verdict log, or crashes.
func (f *CrashingStore) Append(ctx context.Context, c []models.Change, now time.Time) (e models.Entry, err error) {
	err = f.crash(func() (err error) { e, err = f.Database.Append(ctx, c, now); return err })
	return e, err
}

// MarkLogged clears the mark of unlogged signatures, or crashes.
func (f *CrashingStore) MarkLogged(ctx context.Context, s []models.Signature) error {
	return f.crash(func() error { return f.Database.MarkLogged(ctx, s) })
}

// PutReviews queues reviews, or crashes.
func (f *CrashingStore) PutReviews(ctx context.Context, r []models.Review) error {
	return f.crash(func() error { return f.Database.PutReviews(ctx, r) })
}

// FinishReviews finishes reviews, or crashes.
func (f *CrashingStore) FinishReviews(ctx context.Context, r []models.Reviewed) error {
	return f.crash(func() error { return f.Database.FinishReviews(ctx, r) })
}

// PutFanOutJobs queues fan-out jobs, or crashes.
func (f *CrashingStore) PutFanOutJobs(ctx context.Context, a []models.FanOutJob) error {
	return f.crash(func() error { return f.Database.PutFanOutJobs(ctx, a) })
}

// FinishReports finishes reports, or crashes.
func (f *CrashingStore) FinishReports(ctx context.Context, l []models.Lease) error {
	return f.crash(func() error { return f.Database.FinishReports(ctx, l) })
}

// Crashing returns a node on the same database and index, and its store, which dies
// at its n-th write, before or after that took effect.
func (n Node) Crashing(at int, after bool) (Node, *CrashingStore) {
	f := &CrashingStore{Database: n.DB, At: at, After: after}
	publisher := *n.Publisher
	publisher.Signatures, publisher.Log = f, f
	desk := intake.Desk{
		Store:     intake.Stores{Reports: f, Queue: f, Evidence: f, Signatures: f, Exposures: f, FanOutJobs: f, Reviews: f},
		Publisher: &publisher, Index: n.Index, Follower: n.Follower, Keyer: n.Keyer, Logger: n.Logger, Clock: n.Clock,
		ExposureTTL: n.ExposureTTL, WakeFanOut: n.WakeFanOut,
	}
	operators := catalogue.Catalogue{Signatures: f, Reviews: f, Publisher: &publisher, Index: n.Index, Clock: n.Clock}
	n.Desk, n.Catalogue, n.Publisher = &desk, &operators, &publisher
	return n, f
}

// ReleaseReport gives a report back, or crashes.
func (f *CrashingStore) ReleaseReport(ctx context.Context, l models.Lease, r models.Release) error {
	return f.crash(func() error { return f.Database.ReleaseReport(ctx, l, r) })
}

// ReleaseReview gives a review back, or crashes.
func (f *CrashingStore) ReleaseReview(ctx context.Context, l models.Lease, r models.Release) error {
	return f.crash(func() error { return f.Database.ReleaseReview(ctx, l, r) })
}
