package text

import (
	"strings"
	"unicode/utf8"

	"example.org/tocsin/models"
)

// MaxValueBytes is the most bytes that a value other than a link may have.
const MaxValueBytes = 512

// CheckInput refuses what no parser needs to see: an empty value, one of more
// than maxBytes, what is not UTF-8, and what holds a zero byte. It is called
// once for a value, before all else, so that the parsers may take time in
// proportion to its length.
//
// The error is one of models.NewInvalid with the code value_empty,
// url_too_long, value_too_long or <kind>_malformed, and without a field. The
// lengths in its text are those of link.MaxBytes and MaxValueBytes, the only
// ones that callers give.
func CheckInput(kind models.IndicatorKind, raw string, maxBytes int) error {
	switch {
	case strings.TrimSpace(raw) == "":
		return models.NewInvalid("", "value_empty", "The value is empty.")
	case kind == models.URL && len(raw) > maxBytes:
		return models.NewInvalid("", "url_too_long", "A link may have at most 2,048 bytes.")
	case len(raw) > maxBytes:
		return models.NewInvalid("", "value_too_long", "A value may have at most 512 bytes.")
	case !utf8.ValidString(raw) || strings.ContainsRune(raw, 0):
		return models.NewInvalid("", string(kind)+"_malformed", "The value is not valid UTF-8 text, or it holds a zero byte.")
	}
	return nil
}
