package intake

import (
	"context"
	"fmt"
	"sync"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/work"
)

const (
	maxEvidence      = 2_000 // read for one signature, the weightiest first: more would change no level
	readers          = 16    // of evidence in parallel
	maxWriteAttempts = 20    // conflicts with other desks before the batch is given up
)

// updateSignatures writes every signature of the batch with the level that all
// evidence for it amounts to. The batch's own evidence is stored already.
//
// The order is what makes it right: first read the signature, then its evidence,
// then write over the revision that was read. Of two desks that weigh two reports
// for one signature at the same time, the one that writes second either gets a
// conflict, and reads again with both reports' evidence, or has read both already
// (TestTwoDesksOnOneDatabase). For a signature that does not exist no evidence is
// read: of all desks that see none, one inserts it and the others get a conflict.
//
// A review is queued before the signature that needs it is written: after a crash in
// between it comes early, and changes nothing.
func (d *Desk) updateSignatures(ctx context.Context, b evidenceBatch, now time.Time) error {
	open := b.ids()
	for range maxWriteAttempts {
		if len(open) == 0 {
			return nil
		}
		present, err := d.Publisher.Read(ctx, open, now)
		if err != nil {
			return err
		}
		evidence, err := d.storedEvidence(ctx, present)
		if err != nil {
			return err
		}
		revised, reviews := b.revised(open, present, evidence, now)
		if len(reviews) > 0 {
			if err := d.Store.Reviews.PutReviews(ctx, reviews); err != nil {
				return fmt.Errorf("put %d reviews: %w", len(reviews), err)
			}
		}
		if open, err = d.Publisher.Write(ctx, revised, now); err != nil {
			return err
		}
		d.conflicts.Add(int64(len(open)))
	}
	return contendedError()
}

// contendedError is the error of a desk whose writes always met those of others.
func contendedError() error {
	return &models.Error{
		Kind: models.Conflict, Code: "signatures_contended", Detail: "Too many writers change the same signatures. Try again.",
	}
}

// revised returns those of the open signatures that their evidence changes, as they are
// to be written, and the reviews that are to be queued before. For a signature that is
// not stored the evidence is that of the batch.
func (b evidenceBatch) revised(
	open []string, present map[string]models.Signature, evidence map[string][]models.Evidence, now time.Time,
) ([]models.Signature, []models.Review) {
	var revised []models.Signature
	var reviews []models.Review
	for _, id := range open {
		old, ok := present[id]
		known := evidence[id]
		if !ok {
			old, known = b.signatures[id], b.evidence[id]
		}
		next, changed := rescore(old, known, now)
		if !changed {
			continue
		}
		revised = append(revised, models.Revise(old, next, now))
		if review, due := models.NewReview(old, next); due {
			reviews = append(reviews, review)
		}
	}
	return revised, reviews
}

// storedEvidence returns the stored evidence for each of the signatures, by id.
func (d *Desk) storedEvidence(ctx context.Context, present map[string]models.Signature) (map[string][]models.Evidence, error) {
	var (
		all     = make(map[string][]models.Evidence, len(present))
		mu      sync.Mutex
		failed  error
		reading sync.WaitGroup
		sem     = make(chan struct{}, readers)
	)
	for id := range present {
		sem <- struct{}{}
		reading.Go(func() {
			defer func() { <-sem }()
			var stored []models.Evidence
			err := work.Safely(func() (err error) {
				stored, err = d.Store.Evidence.Evidence(ctx, id, maxEvidence)
				return err
			})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failed = fmt.Errorf("read the evidence for %s: %w", id, err)
			}
			all[id] = stored
		})
	}
	reading.Wait()
	return all, failed
}
