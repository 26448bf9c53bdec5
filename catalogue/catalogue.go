package catalogue

import (
	"cmp"
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"example.org/tocsin/match"
	"example.org/tocsin/models"
)

// Catalogue is the operators' work on signatures. Fill every field; it is then safe
// for any number of goroutines.
type Catalogue struct {
	Signatures Signatures
	Reviews    Reviews
	Publisher  Publisher    // writes signatures, and logs their changes
	Index      *match.Index // holds the protected register
	Clock      func() time.Time

	conflicts atomic.Int64
}

// Conflicts returns how many signatures were read and decided again since the start,
// because another writer was faster.
func (c *Catalogue) Conflicts() int64 { return c.conflicts.Load() }

// Signatures reads signatures. ListSignatures returns up to limit of them by id,
// those with ids behind after.
type Signatures interface {
	Signature(ctx context.Context, id string) (models.Signature, error)
	ListSignatures(ctx context.Context, filter models.SignatureFilter, after string, limit int) ([]models.Signature, error)
}

// Reviews queues signatures that package intake weighs when their end has come.
type Reviews interface {
	PutReviews(ctx context.Context, reviews []models.Review) error
}

// Publisher writes signatures, and logs the changes of their levels, so that no
// change goes missing between the two.
type Publisher interface {
	// Read returns those of the signatures that exist, by id, all their changes logged.
	Read(ctx context.Context, ids []string, now time.Time) (map[string]models.Signature, error)
	// Write stores signatures that models.Revise has prepared, logs their changes, and
	// returns the ids of those that somebody else wrote in between: read them again.
	Write(ctx context.Context, revised []models.Signature, now time.Time) ([]string, error)
}

// Create stores a signature by an analyst's decision, and returns it with true. Where
// it exists already, the second result is false:
//
//   - Over one that reports made, or whose time is over, the decision is applied as a
//     new revision (TestADecisionOverWhatReportsMadeIsApplied, ...OverAnEndedOne...).
//   - One that is decided with the same level, category and end is returned as it is, so
//     that a retry is harmless (TestCreateTwice).
//   - Over any other decision it fails: amend that one, under its revision
//     (TestADecisionOverAnotherLiveOneIsAConflictThatNamesIt).
//
// Errors: Invalid with a JSON pointer (RFC 6901), Invalid (protected) for one that
// accuses what the protected register holds, Conflict (signature_exists) with the id
// of the one that is decided otherwise, and Conflict (signatures_contended) where other
// writers were always faster.
func (c *Catalogue) Create(ctx context.Context, caller models.Caller, draft models.SignatureDraft) (models.Signature, bool, error) {
	now := c.now()
	s, err := c.signatureFromDraft(draft, now, caller, models.ReasonAnalyst)
	if err != nil {
		return models.Signature{}, false, err
	}
	if c.accusesProtected(s, now) {
		return models.Signature{}, false, protectedError()
	}
	s.DecidedBy, s.Created = caller.Name, now
	for range maxWriteAttempts {
		present, err := c.Publisher.Read(ctx, []string{s.ID}, now)
		if err != nil {
			return models.Signature{}, false, err
		}
		old, exists := present[s.ID]
		if !exists {
			old = models.Signature{Level: models.Unknown}
		} else if old.Decided && !old.Ended(now) {
			return sameDecision(old, s)
		}
		next := withReview(models.Revise(old, decide(old, s), now))
		conflicts, err := c.write(ctx, present, []models.Signature{next}, now)
		if err != nil {
			return models.Signature{}, false, err
		}
		if len(conflicts) == 0 {
			return next, !exists, nil
		}
		c.conflicts.Add(1)
	}
	return models.Signature{}, false, contendedError()
}

// write queues the reviews of revised signatures, for when their ends have come, and
// then writes them over those that are present, by id. It returns the ids of those that
// somebody else wrote in between.
func (c *Catalogue) write(
	ctx context.Context, present map[string]models.Signature, revised []models.Signature, now time.Time,
) ([]string, error) {
	var reviews []models.Review
	for _, next := range revised {
		if review, due := models.NewReview(present[next.ID], next); due {
			reviews = append(reviews, review)
		}
	}
	if len(reviews) > 0 {
		if err := c.Reviews.PutReviews(ctx, reviews); err != nil {
			return nil, fmt.Errorf("put %d reviews: %w", len(reviews), err)
		}
	}
	return c.Publisher.Write(ctx, revised, now)
}

// withReview returns the signature with the time of its next review. What is decided is
// reviewed at its end alone; of what reports have set, package intake knows when it falls,
// and here only an earlier end is known.
func withReview(s models.Signature) models.Signature {
	decided := s.Decided && !s.Raised()
	if decided || !s.Ends.IsZero() && (s.ReviewAt.IsZero() || s.Ends.Before(s.ReviewAt)) {
		s.ReviewAt = s.Ends
	}
	return s
}

// decide returns old as the decision leaves it: what reports have said of it stays.
func decide(old, decision models.Signature) models.Signature {
	if old.Rev > 0 {
		decision.Created = old.Created
	}
	decision.Score, decision.Reporters = old.Score, old.Reporters
	decision.LevelRev, decision.LogRev = old.LevelRev, old.LogRev
	return decision
}

// sameDecision returns a signature that is decided, or the conflict where another
// decision of it is wanted.
func sameDecision(present, wanted models.Signature) (models.Signature, bool, error) {
	decided := cmp.Or(present.DecidedLevel, present.Level) // reports may have raised it since
	if decided == wanted.Level && present.Category == wanted.Category && present.Ends.Equal(wanted.Ends) {
		return present, false, nil
	}
	return models.Signature{}, false, &models.Error{
		Kind: models.Conflict, Code: "signature_exists", Existing: present.ID,
		Detail: "The signature is decided with another level, category or end. Change that one instead.",
	}
}

// Signature returns one signature. Error: NotFound.
func (c *Catalogue) Signature(ctx context.Context, id string) (models.Signature, error) {
	s, err := c.Signatures.Signature(ctx, id)
	if err != nil {
		return models.Signature{}, fmt.Errorf("read signature: %w", err)
	}
	return s, nil
}

// List returns up to limit signatures in the order of their ids, those behind after.
func (c *Catalogue) List(ctx context.Context, filter models.SignatureFilter, after string, limit int) ([]models.Signature, error) {
	list, err := c.Signatures.ListSignatures(ctx, filter, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list signatures: %w", err)
	}
	return list, nil
}

// now returns the time of the clock as the database keeps it.
func (c *Catalogue) now() time.Time { return models.StoredTime(c.Clock()) }
