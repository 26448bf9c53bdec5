package catalogue

import (
	"context"
	"fmt"
	"time"

	"example.org/tocsin/match"
	"example.org/tocsin/models"
)

// Catalogue is the operators' work on signatures. Fill every field; it is then safe
// for any number of goroutines.
type Catalogue struct {
	Signatures Signatures
	Publisher  Publisher    // writes signatures, and logs their changes
	Index      *match.Index // holds the protected register
	Clock      func() time.Time
}

// Signatures reads signatures. ListSignatures returns up to limit of them by id,
// those with ids behind after.
type Signatures interface {
	Signature(ctx context.Context, id string) (models.Signature, error)
	ListSignatures(ctx context.Context, filter models.SignatureFilter, after string, limit int) ([]models.Signature, error)
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

// Create stores a signature by an analyst's decision, and returns it with true. One
// that exists with the same level and category is returned as it is, with false,
// so that a retry is harmless (TestCreateTwice).
//
// Errors: Invalid with a JSON pointer (RFC 6901), Invalid (protected) for one that
// accuses what the protected register holds, and Conflict (signature_exists) for
// one that exists with another level or category: amend it, under its revision.
func (c *Catalogue) Create(ctx context.Context, caller models.Caller, draft models.SignatureDraft) (models.Signature, bool, error) {
	now := c.now()
	s, err := c.signatureFromDraft(draft, caller, models.ReasonAnalyst)
	if err != nil {
		return models.Signature{}, false, err
	}
	if c.accusesProtected(s, now) {
		return models.Signature{}, false, protectedError()
	}
	s.Created, s.DecidedBy = now, caller.Name
	s = models.Revise(models.Signature{Level: models.Unknown}, s, now)
	conflicts, err := c.Publisher.Write(ctx, []models.Signature{s}, now)
	if err != nil {
		return models.Signature{}, false, err
	}
	if len(conflicts) == 0 {
		return s, true, nil
	}
	present, err := c.Signature(ctx, s.ID)
	if err != nil {
		return models.Signature{}, false, err
	}
	if present.Level != s.Level || present.Category != s.Category {
		return models.Signature{}, false, &models.Error{
			Kind: models.Conflict, Code: "signature_exists",
			Detail: "The signature exists with another level or category. Change that one instead.",
		}
	}
	return present, false, nil
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
