package catalogue

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"example.org/tocsin/models"
)

// maxWriteAttempts is how often an import that loses against other writers of the
// same signatures reads them again.
const maxWriteAttempts = 20

// Import takes in signatures of a list. One outcome stands for each draft, in
// order; one that is refused does not hold up the others. In a dry run nothing
// is written and the outcomes are what they would be.
//
// A list has less to say than an analyst: it cannot confirm
// (level_needs_analyst), cannot accuse what the protected register holds
// (protected), and does not touch what an analyst has cleared (cleared) or decided
// otherwise (decided). It does not lower what reports have raised.
//
// The drafts are written in parts of up to 1,000, each with one insert, one
// replace and one entry of the verdict log. The error says that the store failed; what was
// written by then stays, and the import may be sent again.
func (c *Catalogue) Import(
	ctx context.Context, caller models.Caller, drafts []models.SignatureDraft, dryRun bool,
) ([]models.ImportOutcome, error) {
	outcomes := make([]models.ImportOutcome, 0, len(drafts))
	for part := range slices.Chunk(drafts, models.MaxEntryChanges) {
		done, err := c.importPart(ctx, caller, part, dryRun)
		if err != nil {
			return outcomes, err
		}
		outcomes = append(outcomes, done...)
	}
	return outcomes, nil
}

func (c *Catalogue) importPart(
	ctx context.Context, caller models.Caller, drafts []models.SignatureDraft, dryRun bool,
) ([]models.ImportOutcome, error) {
	now := c.now()
	outcomes := make([]models.ImportOutcome, len(drafts))
	wanted := make([]models.Signature, len(drafts))
	open := make(map[string]bool, len(drafts))
	for n, draft := range drafts {
		s, err := c.line(draft, caller, now)
		if err != nil {
			outcomes[n] = refusedOutcome(err)
			continue
		}
		wanted[n] = s
		open[s.ID] = true
	}
	for range maxWriteAttempts {
		if len(open) == 0 {
			return outcomes, nil
		}
		revised, err := c.planWrites(ctx, wanted, open, outcomes, now)
		if err != nil || dryRun {
			return outcomes, err
		}
		conflicts, err := c.Publisher.Write(ctx, revised, now)
		if err != nil {
			return nil, err
		}
		clear(open)
		for _, id := range conflicts {
			open[id] = true
		}
	}
	return nil, &models.Error{Kind: models.Conflict, Code: "signatures_contended", Detail: "Too many writers change the same signatures."}
}

// line returns the signature that one line of a list describes.
func (c *Catalogue) line(draft models.SignatureDraft, caller models.Caller, now time.Time) (models.Signature, error) {
	s, err := c.signatureFromDraft(draft, caller, models.ReasonList)
	switch {
	case err != nil:
		return s, err
	case s.Level == models.Confirmed:
		return s, models.NewInvalid("/level", "level_needs_analyst", "A list cannot confirm; an analyst can.")
	case c.accusesProtected(s, now):
		return s, protectedError()
	}
	s.Created = now
	return s, nil
}

// compare sets the outcome of every open line against what is stored, and
// returns what is to be written. Two lines for one signature are taken in order.
func (c *Catalogue) planWrites(
	ctx context.Context, wanted []models.Signature, open map[string]bool, outcomes []models.ImportOutcome, now time.Time,
) ([]models.Signature, error) {
	ids := make([]string, 0, len(open))
	for id := range open {
		ids = append(ids, id)
	}
	present, err := c.Publisher.Read(ctx, ids, now)
	if err != nil {
		return nil, err
	}
	state := make(map[string]models.Signature, len(open)) // as the lines so far leave it
	for n, line := range wanted {
		if !open[line.ID] {
			continue
		}
		old, ok := state[line.ID]
		if !ok {
			old, ok = present[line.ID]
		}
		next, outcome := applyImport(old, ok, line, now)
		outcomes[n] = outcome
		if ok || outcome.Err == nil {
			state[line.ID] = next
		}
	}
	var revised []models.Signature
	for id, next := range state {
		old, ok := present[id]
		if !ok {
			old.Level = models.Unknown
		}
		if next != old {
			revised = append(revised, models.Revise(old, next, now))
		}
	}
	slices.SortFunc(revised, func(a, b models.Signature) int { return strings.Compare(a.ID, b.ID) })
	return revised, nil
}

// imported returns the signature as a line of a list leaves it, and the outcome.
func applyImport(old models.Signature, exists bool, line models.Signature, now time.Time) (models.Signature, models.ImportOutcome) {
	if !exists {
		return line, models.ImportOutcome{ID: line.ID, Result: models.ImportCreated}
	}
	if fault := checkOverride(old, line, now); fault != nil {
		return old, refusedOutcome(fault)
	}
	next := old
	if !outranks(old, line, now) {
		next.Level, next.Reason, next.Decided = line.Level, models.ReasonList, true
		next.Category, next.Source = line.Category, line.Source
		if line.Note != "" {
			next.Note = line.Note
		}
		if !line.Ends.Equal(old.Ends) {
			next.Ends = line.Ends
		}
	}
	if next == old {
		return old, models.ImportOutcome{ID: old.ID, Result: models.ImportUnchanged}
	}
	return next, models.ImportOutcome{ID: old.ID, Result: models.ImportUpdated}
}

// forbids says why a list may not set the level of a signature. A decision
// whose time is over forbids nothing.
func checkOverride(old, line models.Signature, now time.Time) error {
	switch {
	case old.Ended(now) || old.Level == line.Level:
		return nil
	case old.Level == models.Imitated && line.Level.Rank() > 0:
		return protectedError()
	case old.Level == models.Cleared:
		return models.NewInvalid("/value", "cleared", "It was cleared; an analyst can take that back.")
	case setByAnalyst(old):
		return models.NewInvalid("/level", "decided", "An analyst has decided on another level.")
	}
	return nil
}

// outranks reports whether a signature stays as it is although the list may
// speak of it: an analyst has said the same already, or reports have raised it
// above the list.
func outranks(old, line models.Signature, now time.Time) bool {
	if old.Ended(now) {
		return false
	}
	raised := old.Reason == models.ReasonReports && line.Level.Rank() > 0 && line.Level.Rank() < old.Level.Rank()
	return setByAnalyst(old) || raised
}

// analysed reports whether an analyst has set the level.
func setByAnalyst(s models.Signature) bool {
	return s.Decided && s.Reason != models.ReasonList && s.Reason != models.ReasonReports
}

func refusedOutcome(err error) models.ImportOutcome {
	fault := &models.Error{Code: "internal"}
	errors.As(err, &fault)
	return models.ImportOutcome{Result: models.ImportRefused, Err: fault}
}
