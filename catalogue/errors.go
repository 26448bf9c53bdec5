package catalogue

import (
	"example.org/tocsin/models"
)

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
