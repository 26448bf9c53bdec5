package catalogue

import (
	"slices"
	"time"

	"example.org/tocsin/canon"
	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

// The limits of a signature's texts, in runes.
const (
	maxNote   = 1_000
	maxSource = 128
	maxReason = 35
)

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
	case !slices.Contains(models.Rules(), draft.Rule):
		return models.Signature{}, models.NewInvalid("/rule", "rule_unknown", "The rule is exact, range, expression, phrase, phrases, pattern or script.")
	case !draft.Level.Valid() || draft.Level == models.Unknown:
		return models.Signature{}, unknownLevelError()
	case !slices.Contains(models.Categories(), draft.Category):
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

// instant is a time as the database keeps it.
func storedTime(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}
