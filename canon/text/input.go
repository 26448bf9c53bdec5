package text

import (
	"strings"
	"unicode/utf8"

	"example.org/tocsin/models"
)

// maxValueBytes is the most bytes that a value other than a link may have.
const MaxValueBytes = 512

// checkInput refuses what no parser needs to see: an empty value, one of more
// than maxBytes, and what is not text.
func CheckInput(kind models.IndicatorKind, raw string, maxBytes int) error {
	switch {
	case strings.TrimSpace(raw) == "":
		return models.NewInvalid("", "value_empty", "The value is empty.")
	case kind == models.URL && len(raw) > maxBytes:
		return models.NewInvalid("", "url_too_long", "A link may have 2,048 bytes.")
	case len(raw) > maxBytes:
		return models.NewInvalid("", "value_too_long", "A value may have 512 bytes.")
	case !utf8.ValidString(raw) || strings.ContainsRune(raw, 0):
		return models.NewInvalid("", string(kind)+"_malformed", "The value is not readable text.")
	}
	return nil
}
