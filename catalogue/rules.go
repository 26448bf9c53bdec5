package catalogue

import (
	"slices"
	"strings"
	"time"

	"example.org/tocsin/models"
)

// examples returns indicators that a signature recognises, by which the
// protected register is asked.
func sampleIndicators(s models.Signature) []models.Indicator {
	switch s.Rule {
	case models.Exact, models.Expression:
		return []models.Indicator{{Kind: s.Kind, Value: s.Value}}
	case models.Range:
		first, last, _ := strings.Cut(s.Value, "-")
		return []models.Indicator{{Kind: s.Kind, Value: first}, {Kind: s.Kind, Value: last}}
	case models.Phrase, models.PhraseSet, models.Pattern, models.Script:
	}
	return nil
}

// instant is a time as the database keeps it.
func storedTime(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}

func contains[T comparable](v T, list []T) bool { return slices.Contains(list, v) }

func notFoundError() error {
	return &models.Error{Kind: models.NotFound, Code: "signature_not_found", Detail: "There is no such signature."}
}

func staleError() error {
	return &models.Error{Kind: models.Stale, Code: "revision_stale", Detail: "The signature was changed in the meantime; read it again."}
}

func protectedError() error {
	return models.NewInvalid("/value", "protected", "The protected register says that this is genuine.")
}

func unknownLevelError() error {
	return models.NewInvalid("/level", "level_unknown", "The level is watch, caution, danger, confirmed, imitated or cleared.")
}

func unknownCategoryError() error {
	return models.NewInvalid("/category", "category_unknown", "The category is none of the ones in use.")
}
