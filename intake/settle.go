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
	maxEvidence = 2_000 // read for one signature, the weightiest first: more changes no level
	readers     = 16    // reading evidence side by side
	maxRounds   = 20    // of losing against other desks
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
func (d *Desk) settle(ctx context.Context, k docket, now time.Time) error {
	open, book := k.ids(), d.book()
	for range maxRounds {
		if len(open) == 0 {
			return nil
		}
		present, err := book.read(ctx, open, now)
		if err != nil {
			return err
		}
		evidence, err := d.evidence(ctx, k, open, present)
		if err != nil {
			return err
		}
		if open, err = book.write(ctx, k.revised(open, present, evidence, now), now); err != nil {
			return err
		}
	}
	return &models.Error{Kind: models.Conflict, Code: "signatures_contended", Detail: "Too many desks write the same signatures."}
}

// revised returns those of the open signatures that their evidence changes, as it leaves them.
func (k docket) revised(
	open []string, present map[string]models.Signature, evidence map[string][]models.Evidence, now time.Time,
) []models.Signature {
	var revised []models.Signature
	for _, id := range open {
		old, ok := present[id]
		if !ok {
			old = k.signatures[id]
		}
		if next, changed := reweigh(old, evidence[id], now); changed {
			revised = append(revised, revise(old, next, now))
		}
	}
	return revised
}

// evidence returns the evidence for each of the open signatures: what is stored,
// where the signature is present, or else the docket's own.
func (d *Desk) evidence(
	ctx context.Context, k docket, open []string, present map[string]models.Signature,
) (map[string][]models.Evidence, error) {
	var (
		all     = make(map[string][]models.Evidence, len(open))
		lock    sync.Mutex
		failed  error
		reading sync.WaitGroup
		free    = make(chan struct{}, readers)
	)
	for _, id := range open {
		if _, ok := present[id]; !ok {
			lock.Lock()
			all[id] = k.evidence[id]
			lock.Unlock()
			continue
		}
		free <- struct{}{}
		reading.Go(func() {
			defer func() { <-free }()
			stored, err := d.Store.Evidence.Evidence(ctx, id, maxEvidence)
			lock.Lock()
			defer lock.Unlock()
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
func reweigh(s models.Signature, evidence []models.Evidence, now time.Time) (models.Signature, bool) {
	assessed := risk.Score(evidence, now)
	next := s
	next.Score, next.Reporters = assessed.Score, assessed.Reporters
	if s.Ended(now) {
		next.Decided, next.Ends = false, time.Time{}
	}
	switch {
	case !next.Decided:
		next.Level, next.Reason, next.Source = assessed.Level, reasonReports, reasonReports
		next.Category = usual(evidence)
	case s.Level == models.Imitated, s.Level == models.Cleared:
	case assessed.Level.Rank() > s.Level.Rank():
		next.Level, next.Reason = assessed.Level, reasonReports
	}
	s.Score = next.Score // it drifts with time: alone it is not worth a write
	return next, next != s
}

// The reasons of a signature's level.
const (
	reasonReports = "reports"
	reasonList    = "list"
	reasonAnalyst = "analyst"
)

// usual returns the category that most witnesses name.
func usual(evidence []models.Evidence) models.Category {
	votes := make(map[models.Category]int)
	for _, e := range evidence {
		if e.Category != "" {
			votes[e.Category]++
		}
	}
	named := make([]models.Category, 0, len(votes))
	for c := range votes {
		named = append(named, c)
	}
	if len(named) == 0 {
		return models.CategoryOther
	}
	return slices.MinFunc(named, func(a, b models.Category) int {
		return cmp.Or(cmp.Compare(votes[b], votes[a]), cmp.Compare(a, b))
	})
}
