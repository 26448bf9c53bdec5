package catalogue

import (
	"example.org/tocsin/models"
)

// The errors that more than one operation returns. Their details are public: they
// are listed in docs/errors.md.

func notFoundError() error {
	return &models.Error{Kind: models.NotFound, Code: "signature_not_found", Detail: "Signature not found."}
}

func staleError() error {
	return &models.Error{
		Kind: models.Stale, Code: "revision_stale", Detail: "The signature has changed since it was read. Read it again.",
	}
}

func protectedError() error {
	return models.NewInvalid("/value", "protected", "The protected register lists this as genuine.")
}

func contendedError() error {
	return &models.Error{
		Kind: models.Conflict, Code: "signatures_contended", Detail: "Too many writers change the same signatures. Try again.",
	}
}

func endsPastError() error {
	return models.NewInvalid("/ends_at", "ends_past", "The end is in the past.")
}

func unknownRuleError() error {
	return models.NewInvalid("/rule", "rule_unknown", "The rule must be exact, range, expression, phrase, phrases, pattern or script.")
}

func unknownLevelError() error {
	return models.NewInvalid("/level", "level_unknown", "The level must be watch, caution, danger, confirmed, imitated or cleared.")
}

func unknownCategoryError() error {
	return models.NewInvalid("/category", "category_unknown", "The category is unknown.")
}
