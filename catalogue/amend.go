package catalogue

import (
	"context"
	"slices"
	"time"

	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

// Amend changes a signature whose revision is rev, and returns it as it is then. An
// amendment that changes nothing writes nothing. Only a new level warns people
// again; another end, category or note does not
// (TestAnotherEndOrCategoryWarnsNobodyAgain).
//
// Errors: NotFound, Stale when the signature has another revision, Invalid with a
// JSON pointer (RFC 6901).
func (c *Catalogue) Amend(ctx context.Context, caller models.Caller, id string, rev int64, a models.Amendment) (models.Signature, error) {
	now := c.now()
	present, err := c.Publisher.Read(ctx, []string{id}, now)
	if err != nil {
		return models.Signature{}, err
	}
	old, ok := present[id]
	switch {
	case !ok:
		return models.Signature{}, notFoundError()
	case old.Rev != rev:
		return models.Signature{}, staleError()
	}
	next, err := applyAmendment(old, now, caller, a)
	if err != nil {
		return models.Signature{}, err
	}
	if next == old {
		return old, nil
	}
	if a.Level != nil {
		if fault := checkBreadth(next); fault != nil {
			return models.Signature{}, models.At(fault, "/level")
		}
		if c.accusesProtected(next, now) {
			return models.Signature{}, protectedError()
		}
	}
	next = withReview(models.Revise(old, next, now))
	conflicts, err := c.write(ctx, present, []models.Signature{next}, now)
	switch {
	case err != nil:
		return models.Signature{}, err
	case len(conflicts) > 0:
		return models.Signature{}, staleError()
	}
	return next, nil
}

// applyAmendment returns the signature with the fields of an amendment that are
// given. A level is a decision: it takes its reason and the caller's name, and the source stays.
func applyAmendment(old models.Signature, now time.Time, caller models.Caller, a models.Amendment) (models.Signature, error) {
	s := old
	reason, fault := text.Clean(a.Reason, maxReason)
	if fault != nil {
		return s, models.At(fault, "/reason")
	}
	switch reason {
	case "":
		reason = models.ReasonAnalyst
	case models.ReasonList, models.ReasonReports: // by these a decision is told from what lists and reports say
		return s, models.NewInvalid("/reason", "reason_reserved", "The reasons list and reports are set by the server alone.")
	}
	if a.Level != nil {
		if !a.Level.Valid() || *a.Level == models.Unknown {
			return s, unknownLevelError()
		}
		s.Level, s.Decided, s.Reason, s.DecidedBy = *a.Level, true, reason, caller.Name
		s.DecidedLevel, s.DecidedReason = "", ""
	}
	if a.Category != nil {
		if !slices.Contains(models.Categories(), *a.Category) {
			return s, unknownCategoryError()
		}
		s.Category = *a.Category
	}
	if a.Note != nil {
		if s.Note, fault = text.Clean(*a.Note, maxNote); fault != nil {
			return s, models.At(fault, "/note")
		}
	}
	var err error
	s.Ends, err = amendedEnd(old, now, a)
	return s, err
}

// amendedEnd returns the end of a signature after an amendment. A new level for one
// whose time is over has no end unless one is given: it would be over at once
// (TestANewLevelOfOneThatHasEndedIsInForce).
func amendedEnd(s models.Signature, now time.Time, a models.Amendment) (time.Time, error) {
	switch {
	case a.Ends == nil && a.Level != nil && s.Ended(now):
		return time.Time{}, nil
	case a.Ends == nil || a.Ends.Equal(s.Ends):
		return s.Ends, nil
	case over(*a.Ends, now):
		return s.Ends, endsPastError()
	}
	return models.StoredTime(*a.Ends), nil
}
