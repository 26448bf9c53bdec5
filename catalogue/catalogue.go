package catalogue

import (
	"context"
	"fmt"
	"time"

	"example.org/tocsin/canon"
	"example.org/tocsin/canon/text"
	"example.org/tocsin/match"
	"example.org/tocsin/models"
)

// The limits of a signature's texts, in runes.
const (
	maxNote   = 1_000
	maxSource = 128
	maxReason = 35
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

// Amend changes a signature whose revision is rev. Errors: NotFound, Stale when
// the revision has passed, Invalid with a JSON pointer.
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
	next, err := applyAmendment(old, caller, a)
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
	next = models.Revise(old, next, now)
	conflicts, err := c.Publisher.Write(ctx, []models.Signature{next}, now)
	switch {
	case err != nil:
		return models.Signature{}, err
	case len(conflicts) > 0:
		return models.Signature{}, staleError()
	}
	return next, nil
}

// amended applies an amendment. A level is a decision, and gets its reason and source.
func applyAmendment(s models.Signature, caller models.Caller, a models.Amendment) (models.Signature, error) {
	reason, fault := text.Clean(a.Reason, maxReason)
	if fault != nil {
		return s, models.At(fault, "/reason")
	}
	if reason == "" {
		reason = models.ReasonAnalyst
	}
	if a.Level != nil {
		if !a.Level.Valid() {
			return s, unknownLevelError()
		}
		s.Level, s.Decided, s.Reason, s.Source = *a.Level, true, reason, caller.Name
	}
	if a.Category != nil {
		if !contains(*a.Category, models.Categories()) {
			return s, unknownCategoryError()
		}
		s.Category = *a.Category
	}
	if a.Note != nil {
		if s.Note, fault = text.Clean(*a.Note, maxNote); fault != nil {
			return s, models.At(fault, "/note")
		}
	}
	if a.Ends != nil && !a.Ends.Equal(s.Ends) {
		s.Ends = storedTime(*a.Ends)
	}
	return s, nil
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

// draft returns the signature that a draft describes, canonical and at
// revision 0.
func (c *Catalogue) signatureFromDraft(draft models.SignatureDraft, caller models.Caller, reason string) (models.Signature, error) {
	if draft.Rule == "" {
		draft.Rule = models.Exact
	}
	if draft.Level == "" {
		draft.Level = models.Danger
	}
	if draft.Category == "" {
		draft.Category = models.CategoryOther
	}
	if draft.Source == "" {
		draft.Source = caller.Name
	}
	switch {
	case !contains(draft.Rule, models.Rules()):
		return models.Signature{}, models.NewInvalid("/rule", "rule_unknown", "The rule is exact, range, expression, phrase, phrases, pattern or script.")
	case !draft.Level.Valid() || draft.Level == models.Unknown:
		return models.Signature{}, unknownLevelError()
	case !contains(draft.Category, models.Categories()):
		return models.Signature{}, unknownCategoryError()
	}
	region, fault := canon.Region(draft.Region)
	if fault != nil {
		return models.Signature{}, models.At(fault, "/region")
	}
	value, fault := canonicalValue(draft, region)
	if fault != nil {
		return models.Signature{}, models.At(fault, "/value")
	}
	source, fault := text.Clean(draft.Source, maxSource)
	if fault != nil {
		return models.Signature{}, models.At(fault, "/source")
	}
	note, fault := text.Clean(draft.Note, maxNote)
	if fault != nil {
		return models.Signature{}, models.At(fault, "/note")
	}
	return models.Signature{
		ID: models.SignatureID(draft.Rule, draft.Kind, value), Rule: draft.Rule, Kind: draft.Kind, Value: value,
		Level: draft.Level, Category: draft.Category, Reason: reason, Source: source, Note: note,
		Decided: true, Ends: storedTime(draft.Ends),
	}, nil
}

// recognised returns the canonical value of what a draft recognises. What is
// protected may be broader than what is accused.
func canonicalValue(draft models.SignatureDraft, region string) (string, error) {
	if draft.Level == models.Imitated && draft.Rule == models.Exact {
		return canon.ProtectedSignature(draft.Kind, draft.Value, region)
	}
	return canon.Signature(draft.Rule, draft.Kind, draft.Value, region)
}

// tooBroad says why a signature may not accuse at the level that it was given: it
// stands in the protected register, which takes broader ones.
func checkBreadth(s models.Signature) error {
	if s.Level.Rank() == 0 {
		return nil
	}
	_, fault := canon.Signature(s.Rule, s.Kind, s.Value, "")
	return fault
}

// shields reports whether the protected register forbids the signature: one
// that accuses, while another one says that what it recognises is genuine. For
// a range only its ends are asked; a protected number inside it stays protected,
// since risk.Judge lets no accusation stand beside imitated.
func (c *Catalogue) accusesProtected(s models.Signature, now time.Time) bool {
	if s.Level.Rank() == 0 {
		return false
	}
	for _, i := range sampleIndicators(s) {
		if hit, covered := c.Index.Covered(i, now); covered && hit.Signature != s.ID {
			return true
		}
	}
	return false
}

func (c *Catalogue) now() time.Time { return c.Clock().UTC().Truncate(time.Millisecond) }
