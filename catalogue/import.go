package catalogue

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"example.org/tocsin/models"
)

// maxWriteAttempts is how often a decision or a part of an import is tried that
// conflicts with other writers of the same signatures.
const maxWriteAttempts = 20

// Import stores the signatures of a list. It returns one outcome for each draft, in
// order; a draft that is refused does not hold up the others. In a dry run nothing
// is written, and the outcomes are what they would be.
//
// A list may do less than an analyst (TestWhatAListMaySay): it cannot confirm
// (level_needs_analyst), cannot accuse what the protected register holds
// (protected), and does not change what an analyst has cleared (cleared) or set to
// another level (decided). It does not lower what reports have raised.
//
// The drafts are written in parts of up to 1,000, each with one insert, one replace
// and one entry of the verdict log (TestAnImportIsLoggedInWholeEntries). The error
// says that the store failed, or that other writers were always faster (Conflict).
// The parts before it stay written, and their outcomes are returned; the same
// import may be sent again.
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

// importPart imports up to models.MaxEntryChanges drafts.
func (c *Catalogue) importPart(
	ctx context.Context, caller models.Caller, drafts []models.SignatureDraft, dryRun bool,
) ([]models.ImportOutcome, error) {
	now := c.now()
	outcomes := make([]models.ImportOutcome, len(drafts))
	wanted := make([]models.Signature, len(drafts))
	open := make(map[string]bool, len(drafts)) // ids that are still to be written
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
		present, revised, err := c.planWrites(ctx, wanted, open, outcomes, now)
		if err != nil || dryRun {
			return outcomes, err
		}
		conflicts, err := c.write(ctx, present, revised, now)
		if err != nil {
			return nil, err
		}
		c.conflicts.Add(int64(len(conflicts)))
		clear(open)
		for _, id := range conflicts {
			open[id] = true
		}
	}
	return nil, contendedError()
}

// line returns the signature that one line of a list describes. Errors: Invalid,
// for what a list may not say of any signature.
func (c *Catalogue) line(draft models.SignatureDraft, caller models.Caller, now time.Time) (models.Signature, error) {
	s, err := c.signatureFromDraft(draft, now, caller, models.ReasonList)
	switch {
	case err != nil:
		return s, err
	case s.Level == models.Confirmed:
		return s, models.NewInvalid("/level", "level_needs_analyst", "Only an analyst can set the level confirmed.")
	case c.accusesProtected(s, now):
		return s, protectedError()
	}
	s.Created, s.DecidedBy = now, s.Source
	return s, nil
}

// planWrites sets the outcome of every open line by what is stored, and returns that and
// the signatures to be written, by id, so that two imports conflict at the first one
// they share. Two lines for one signature are applied in order, and written once.
func (c *Catalogue) planWrites(
	ctx context.Context, wanted []models.Signature, open map[string]bool, outcomes []models.ImportOutcome, now time.Time,
) (map[string]models.Signature, []models.Signature, error) {
	ids := make([]string, 0, len(open))
	for id := range open {
		ids = append(ids, id)
	}
	present, err := c.Publisher.Read(ctx, ids, now)
	if err != nil {
		return nil, nil, err
	}
	state := make(map[string]models.Signature, len(open)) // as the lines so far leave them
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
			old.Level = models.Unknown // a new signature changes from unknown
		}
		if next != old {
			revised = append(revised, withReview(models.Revise(old, next, now)))
		}
	}
	slices.SortFunc(revised, func(a, b models.Signature) int { return strings.Compare(a.ID, b.ID) })
	return present, revised, nil
}

// applyImport returns the signature as a line of a list leaves it, and the outcome.
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
		next.DecidedLevel, next.DecidedReason = "", ""
		next.Category, next.DecidedBy = line.Category, line.Source
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

// checkOverride returns why a list may not set the level of a signature, or nil.
// A signature that has ended may be set to any level.
func checkOverride(old, line models.Signature, now time.Time) error {
	switch {
	case old.Ended(now) || old.Level == line.Level:
		return nil
	case old.Level == models.Imitated && line.Level.Rank() > 0:
		return protectedError()
	case old.Level == models.Cleared:
		return models.NewInvalid("/value", "cleared", "An analyst has cleared this. Only an analyst can change that.")
	case setByAnalyst(old):
		return models.NewInvalid("/level", "decided", "An analyst has set another level.")
	}
	return nil
}

// outranks reports whether a signature stays as it is although the list may set its
// level: an analyst has set the same level already, or reports have raised it above
// that of the list.
func outranks(old, line models.Signature, now time.Time) bool {
	if old.Ended(now) {
		return false
	}
	raised := old.Reason == models.ReasonReports && line.Level.Rank() > 0 && line.Level.Rank() < old.Level.Rank()
	return setByAnalyst(old) || raised
}

// setByAnalyst reports whether an analyst has decided, also where reports have raised the
// level since. That is kept as any other reason than those of lists and reports.
func setByAnalyst(s models.Signature) bool {
	reason := cmp.Or(s.DecidedReason, s.Reason)
	return s.Decided && reason != models.ReasonList && reason != models.ReasonReports
}

// refusedOutcome returns the outcome of a line that is refused. An error that is not
// of package models has the code internal, and its cause is not shown.
func refusedOutcome(err error) models.ImportOutcome {
	fault := &models.Error{Code: "internal"}
	errors.As(err, &fault)
	return models.ImportOutcome{Result: models.ImportRefused, Err: fault}
}
