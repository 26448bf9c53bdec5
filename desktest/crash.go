package desktest

import (
	"context"
	"errors"
	"sync"
	"time"

	"example.org/tocsin/intake"
	"example.org/tocsin/models"
	"example.org/tocsin/store/storetest"
)

// CrashingStore is a store that fails at its n-th call, before or after the call took
// effect, and at every call after that: a process that dies there.
type CrashingStore struct {
	*storetest.Database

	At    int  // the call at which it dies
	After bool // that call took effect

	calls int
	mu    sync.Mutex
}

// ErrCrash is what a call says at which the process dies.
var ErrCrash = errors.New("crash") //nolint:gochecknoglobals // a sentinel

func (f *CrashingStore) crash(effect func() error) error {
	f.mu.Lock()
	f.calls++
	now, past := f.calls == f.At, f.calls > f.At
	f.mu.Unlock()
	switch {
	case past, now && !f.After:
		return ErrCrash
	case now:
		_ = effect() // it took place; nobody heard of it
		return ErrCrash
	}
	return effect()
}

func (f *CrashingStore) PutEvidence(ctx context.Context, e []models.Evidence) error {
	return f.crash(func() error { return f.Database.PutEvidence(ctx, e) })
}

func (f *CrashingStore) InsertSignatures(ctx context.Context, s []models.Signature) (faults []error, err error) {
	err = f.crash(func() (err error) { faults, err = f.Database.InsertSignatures(ctx, s); return err })
	return faults, err
}

func (f *CrashingStore) ReplaceSignatures(ctx context.Context, s []models.Signature) (faults []error, err error) {
	err = f.crash(func() (err error) { faults, err = f.Database.ReplaceSignatures(ctx, s); return err })
	return faults, err
}

func (f *CrashingStore) Append(ctx context.Context, c []models.Change, now time.Time) (e models.Entry, err error) {
	err = f.crash(func() (err error) { e, err = f.Database.Append(ctx, c, now); return err })
	return e, err
}

func (f *CrashingStore) MarkLogged(ctx context.Context, s []models.Signature) error {
	return f.crash(func() error { return f.Database.MarkLogged(ctx, s) })
}

func (f *CrashingStore) PutFanOutJobs(ctx context.Context, a []models.FanOutJob) error {
	return f.crash(func() error { return f.Database.PutFanOutJobs(ctx, a) })
}

func (f *CrashingStore) FinishReports(ctx context.Context, l []models.Lease) error {
	return f.crash(func() error { return f.Database.FinishReports(ctx, l) })
}

// Crashing returns the node with a store that dies at its n-th write, before or after it took effect.
func (n Node) Crashing(at int, after bool) (Node, *CrashingStore) {
	f := &CrashingStore{Database: n.DB, At: at, After: after}
	publisher := *n.Publisher
	publisher.Signatures, publisher.Log = f, f
	desk := intake.Desk{
		Store:     intake.Stores{Reports: f, Queue: f, Evidence: f, Signatures: f, Exposures: f, FanOutJobs: f},
		Publisher: &publisher, Index: n.Index, Follower: n.Follower, Keyer: n.Keyer, Logger: n.Logger, Clock: n.Clock,
		ExposureTTL: n.ExposureTTL, WakeFanOut: n.WakeFanOut,
	}
	books := *n.Catalogue
	books.Publisher = &publisher
	n.Desk, n.Catalogue, n.Publisher = &desk, &books, &publisher
	return n, f
}
