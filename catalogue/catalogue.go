package catalogue

import (
	"context"
	"fmt"
	"time"

	"example.org/tocsin/match"
	"example.org/tocsin/models"
)

// Catalogue is the operators' work on signatures. Fill every field.
type Catalogue struct {
	Signatures Signatures
	Publisher  Publisher // writes signatures, and logs their changes
	Index      *match.Index
	Clock      func() time.Time
}

// Signatures reads signatures.
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

// Create makes a signature by an analyst's decision. One that is there already
// with the same level and category is answered as it is, with false; with
// others it is a Conflict (signature_exists): amend it, under its revision.
func (c *Catalogue) Create(ctx context.Context, caller models.Caller, draft models.SignatureDraft) (models.Signature, bool, error) {
	now := c.now()
	s, err := c.signatureFromDraft(draft, caller, models.ReasonAnalyst)
	if err != nil {
		return models.Signature{}, false, err
	}
	if c.accusesProtected(s, now) {
		return models.Signature{}, false, protectedError()
	}
	s.Created = now
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
			Kind: models.Conflict, Code: "signature_exists", Detail: "There is such a signature with another level or category; amend it.",
		}
	}
	return present, false, nil
}

// Signature returns one signature.
func (c *Catalogue) Signature(ctx context.Context, id string) (models.Signature, error) {
	s, err := c.Signatures.Signature(ctx, id)
	if err != nil {
		return models.Signature{}, fmt.Errorf("read signature: %w", err)
	}
	return s, nil
}

// List returns signatures by id, those behind after.
func (c *Catalogue) List(ctx context.Context, filter models.SignatureFilter, after string, limit int) ([]models.Signature, error) {
	list, err := c.Signatures.ListSignatures(ctx, filter, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list signatures: %w", err)
	}
	return list, nil
}

func (c *Catalogue) now() time.Time { return c.Clock().UTC().Truncate(time.Millisecond) }
