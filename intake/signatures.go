package intake

import (
	"context"
	"fmt"
	"sync"
	"time"

	"example.org/tocsin/models"
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
		evidence, err := d.evidence(ctx, b, open, present)
		if err != nil {
			return err
		}
		if open, err = d.Publisher.Write(ctx, b.revised(open, present, evidence, now), now); err != nil {
			return err
		}
		d.conflicts.Add(int64(len(open)))
	}
	return &models.Error{
		Kind: models.Conflict, Code: "signatures_contended", Detail: "Too many writers change the same signatures. Try again.",
	}
}

// revised returns those of the open signatures that their evidence changes, as
// they are to be written.
func (b evidenceBatch) revised(
	open []string, present map[string]models.Signature, evidence map[string][]models.Evidence, now time.Time,
) []models.Signature {
	var revised []models.Signature
	for _, id := range open {
		old, ok := present[id]
		if !ok {
			old = b.signatures[id]
		}
		if next, changed := rescore(old, evidence[id], now); changed {
			revised = append(revised, models.Revise(old, next, now))
		}
	}
	return revised
}

// evidence returns the evidence for each of the open signatures: what is stored
// for one that is present, and for a new one what the batch holds.
func (d *Desk) evidence(
	ctx context.Context, b evidenceBatch, open []string, present map[string]models.Signature,
) (map[string][]models.Evidence, error) {
	var (
		all     = make(map[string][]models.Evidence, len(open))
		mu      sync.Mutex
		failed  error
		reading sync.WaitGroup
		sem     = make(chan struct{}, readers)
	)
	for _, id := range open {
		if _, ok := present[id]; !ok {
			mu.Lock()
			all[id] = b.evidence[id]
			mu.Unlock()
			continue
		}
		sem <- struct{}{}
		reading.Go(func() {
			defer func() { <-sem }()
			stored, err := d.Store.Evidence.Evidence(ctx, id, maxEvidence)
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
