package intake

import (
	"strings"
	"time"

	"example.org/tocsin/canon"
	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

// The limits of a draft. Lengths are in runes.
const (
	maxIndicators = 20
	maxMessage    = 10_000
	maxStory      = 5_000
	maxName       = 128
	maxTag        = 35 // a language tag of BCP 47 has no limit; RFC 5646, 4.4.1 asks for room for 35
	maxClockSkew  = 10 * time.Minute
	maxAge        = 400 * 24 * time.Hour
)

// validateDraft checks every field of a draft but its indicators, and returns
// the draft with these fields in canonical form. Errors: Malformed without an
// idempotency key, else Invalid with a JSON pointer
// (TestADraftThatBreaksARuleIsRefusedWithAPointer).
func validateDraft(draft models.Draft, now time.Time) (models.Draft, error) {
	if draft.IdempotencyKey == "" {
		return draft, &models.Error{
			Kind: models.Malformed, Code: "idempotency_key_missing", Detail: "A report needs an idempotency key.",
		}
	}
	var err error
	if draft.At, err = reportTime(draft.At, now); err != nil {
		return draft, err
	}
	region, fault := canon.Region(draft.Region)
	if fault != nil {
		return draft, models.At(fault, "/region")
	}
	draft.Region = region
	for _, field := range []struct {
		value   *string
		max     int
		pointer string
	}{
		{&draft.Story, maxStory, "/story"},
		{&draft.OnBehalf, maxName, "/on_behalf_of"},
		{&draft.Language, maxTag, "/language"},
	} {
		clean, fault := text.Clean(*field.value, field.max)
		if fault != nil {
			return draft, models.At(fault, field.pointer)
		}
		*field.value = clean
	}
	if draft.Message, err = validateMessage(draft.Message, region); err != nil {
		return draft, err
	}
	if len(draft.Indicators) == 0 && (draft.Message == nil || strings.TrimSpace(draft.Message.Text) == "") {
		return draft, models.NewInvalid("", "report_empty", "A report needs an indicator or a message.")
	}
	return draft, validateHarm(draft.Harm)
}

// reportTime returns when the reported contact took place: at, or now where the
// reporter did not say. The clock of a device may be ahead of ours by maxClockSkew.
func reportTime(at, now time.Time) (time.Time, error) {
	switch {
	case at.IsZero():
		return now, nil
	case at.After(now.Add(maxClockSkew)):
		return at, models.NewInvalid("/at", "at_in_future", "The time is in the future.")
	case at.Before(now.Add(-maxAge)):
		return at, models.NewInvalid("/at", "at_too_old", "The time is more than 400 days ago.")
	}
	return models.StoredTime(at), nil
}

// validateMessage returns the message with its fields in canonical form, or nil
// where nothing is in it.
func validateMessage(m *models.Message, region string) (*models.Message, error) {
	if m == nil {
		return nil, nil //nolint:nilnil // no message is not a fault
	}
	clean, fault := text.Clean(m.Text, maxMessage)
	if fault != nil {
		return nil, models.At(fault, "/message/text")
	}
	via, fault := text.Clean(m.Via, maxTag)
	if fault != nil {
		return nil, models.At(fault, "/message/via")
	}
	cleaned := models.Message{Text: clean, Via: via}
	if m.Sender != "" {
		if cleaned.Sender, fault = canon.Sender(m.Sender, region); fault != nil {
			return nil, models.At(fault, "/message/sender")
		}
	}
	if cleaned == (models.Message{}) {
		return nil, nil //nolint:nilnil // a blank message is none
	}
	return &cleaned, nil
}

// validateHarm checks the stage and the amount of a loss. An amount is in minor
// units of its currency, whose code has the form of ISO 4217. Whether the code is
// assigned is not checked: the list changes, and the amount is only stored.
func validateHarm(h *models.Harm) error {
	if h == nil {
		return nil
	}
	switch h.Stage {
	case "", models.StageContact, models.StageShared, models.StageAccess, models.StagePaid:
	default:
		return models.NewInvalid("/harm/stage", "harm_stage_unknown", "The stage must be contact, shared, access or paid.")
	}
	if h.Amount == nil {
		return nil
	}
	if h.Amount.Minor < 0 {
		return models.NewInvalid("/harm/amount/minor", "amount_negative", "The amount must not be negative.")
	}
	if c := h.Amount.Currency; len(c) != 3 || strings.Trim(c, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return models.NewInvalid("/harm/amount/currency", "currency_malformed", "A currency is a three-letter code of ISO 4217, such as USD.")
	}
	return nil
}
