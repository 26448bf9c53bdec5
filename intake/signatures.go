package intake

import (
	"context"
	"fmt"
	"sync"
	"time"

	"example.org/tocsin/models"
)

const (
	maxEvidence      = 2_000 // read for one signature, the weightiest first: more changes no level
	readers          = 16    // reading evidence side by side
	maxWriteAttempts = 20    // of losing against other desks
)

// settle brings every signature of the docket to the level that all evidence
// for it amounts to.
//
// The order counts: first the signature, then its evidence, then the write over
// the revision that was read. Of two desks that weigh two reports for one signature
// at the same time, the one that writes second either loses, and reads both
// reports' evidence, or has read it already. A signature that is not there needs no
// reading of evidence: of all desks that see none, one inserts it and the
// others lose.
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
	}
	return &models.Error{Kind: models.Conflict, Code: "signatures_contended", Detail: "Too many desks write the same signatures."}
}

// revised returns those of the open signatures that their evidence changes, as it leaves them.
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

// evidence returns the evidence for each of the open signatures: what is stored,
// where the signature is present, or else the docket's own.
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
