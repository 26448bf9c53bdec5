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

// signatureFromDraft returns the signature that a draft describes, canonical and at
// revision 0, as decided for the given reason. What the draft leaves out is an
// exact rule, danger, the category other, and the caller as source. Errors: Invalid
// with a JSON pointer.
func (c *Catalogue) signatureFromDraft(
	draft models.SignatureDraft, now time.Time, caller models.Caller, reason string,
) (models.Signature, error) {
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
		return models.Signature{}, unknownRuleError()
	case !draft.Level.Valid() || draft.Level == models.Unknown:
		return models.Signature{}, unknownLevelError()
	case !slices.Contains(models.Categories(), draft.Category):
		return models.Signature{}, unknownCategoryError()
	case over(draft.Ends, now):
		return models.Signature{}, endsPastError()
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
		Decided: true, Ends: models.StoredTime(draft.Ends),
	}, nil
}

// over reports whether an end is given and has come: a signature that begins with it
// would be stored, answered as a success, and recognise nothing.
func over(ends, now time.Time) bool { return !ends.IsZero() && !ends.After(now) }

// canonicalValue returns the value of a draft in canonical form. What is protected
// may be broader than what is accused: the register takes a hub such as
// facebook.com, where an accusation would hit honest people.
func canonicalValue(draft models.SignatureDraft, region string) (string, error) {
	if draft.Level == models.Imitated && draft.Rule == models.Exact {
		return canon.ProtectedSignature(draft.Kind, draft.Value, region)
	}
	return canon.Signature(draft.Rule, draft.Kind, draft.Value, region)
}
