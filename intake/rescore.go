package intake

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/risk"
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

// reweigh returns the signature as all evidence makes it, and whether that is
// worth a write.
//
// Reports alone rule a signature that nobody has decided on, up and down. A
// list or an analyst who has decided is never overruled downwards; what they
// cleared or protected is not touched. A decision whose time is over is none.
func rescore(s models.Signature, evidence []models.Evidence, now time.Time) (models.Signature, bool) {
	assessed := risk.Score(evidence, now)
	next := s
	next.Score, next.Reporters = assessed.Score, assessed.Reporters
	if s.Ended(now) {
		next.Decided, next.Ends = false, time.Time{}
	}
	switch {
	case !next.Decided:
		next.Level, next.Reason, next.Source = assessed.Level, models.ReasonReports, models.ReasonReports
		next.Category = mostCommonCategory(evidence)
	case s.Level == models.Imitated, s.Level == models.Cleared:
	case assessed.Level.Rank() > s.Level.Rank():
		next.Level, next.Reason = assessed.Level, models.ReasonReports
	}
	s.Score = next.Score // it drifts with time: alone it is not worth a write
	return next, next != s
}

// usual returns the category that most witnesses name.
func mostCommonCategory(evidence []models.Evidence) models.Category {
	counts := make(map[models.Category]int)
	for _, e := range evidence {
		if e.Category != "" {
			counts[e.Category]++
		}
	}
	categories := make([]models.Category, 0, len(counts))
	for c := range counts {
		categories = append(categories, c)
	}
	if len(categories) == 0 {
		return models.CategoryOther
	}
	return slices.MinFunc(categories, func(a, b models.Category) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
}
