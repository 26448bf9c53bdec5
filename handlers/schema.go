package handlers

import (
	"encoding/json"
	"reflect"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"example.org/tocsin/models"
)

// The enumerations of the contract. Each takes its list from models, so that the
// contract cannot fall behind the code.
type (
	indicatorKind   string // kind of an indicator
	signatureKind   string // kind of a signature: that of an indicator, or text
	level           string
	assignableLevel string // level that a signature can be given
	category        string
	rule            string
	scope           string
	matchType       string
)

// Schema lists the kinds that an indicator can have.
func (indicatorKind) Schema(huma.Registry) *huma.Schema {
	return enum("The kind of indicator.", models.IndicatorKinds())
}

// Schema lists the kinds that a signature can have.
func (signatureKind) Schema(huma.Registry) *huma.Schema {
	kinds := append(models.IndicatorKinds(), models.Text)
	return enum("The kind of indicator that the signature recognises; text for words of a message.", kinds)
}

// Schema lists the levels.
func (level) Schema(huma.Registry) *huma.Schema { return enum("The level.", models.Levels()) }

// Schema lists the levels that a signature can be given. Unknown is none of
// them: it says that there is no signature.
func (assignableLevel) Schema(huma.Registry) *huma.Schema {
	assignable := slices.DeleteFunc(models.Levels(), func(l models.Level) bool { return l == models.Unknown })
	return enum("The level. The default is danger.", assignable)
}

// Schema lists the categories.
func (category) Schema(huma.Registry) *huma.Schema {
	return enum("The kind of fraud. Absent if it is not known.", models.Categories())
}

// Schema lists the rules.
func (rule) Schema(huma.Registry) *huma.Schema {
	return enum("The rule by which the signature recognises.", models.Rules())
}

// Schema lists the match types.
func (matchType) Schema(huma.Registry) *huma.Schema {
	s := enum("How the signature matched. A hit by block, series, skeleton, edit, contains, suffix, bitflip or guessed is a lead: it "+
		"only resembles what the signature recognises, raises no level above caution and causes no warning. similar is a message "+
		"that resembles a known one.", models.MatchTypes())
	s.Examples = []any{string(models.MatchSame)}
	return s
}

// Schema lists the scopes.
func (scope) Schema(huma.Registry) *huma.Schema {
	return enum("A scope of an API key.", models.Scopes())
}

// enum is a string schema with the given values.
func enum[T ~string](description string, words []T) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString, Description: description}
	for _, w := range words {
		s.Enum = append(s.Enum, string(w))
	}
	return s
}

// Texts that several requests hold.
type (
	indicatorValue string // value of an indicator as the client wrote it
	region         string // ISO 3166
	optionalRegion string // ISO 3166, or "" for none
	languageTag    string // BCP 47
)

// Schema describes the value of an indicator.
func (indicatorValue) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Description: "The value in any usual spelling. Phone numbers are best written in E.164, " +
		"such as +12025550143; those in national form need a region."}
}

// Schema describes a region.
func (region) Schema(huma.Registry) *huma.Schema {
	return text("ISO 3166 code of the country or subdivision in which phone numbers in national form are read.",
		`^[A-Z]{2}(-[A-Z0-9]{1,3})?$`, "CN-44")
}

// Schema describes a region that can be empty.
func (optionalRegion) Schema(huma.Registry) *huma.Schema {
	return text("ISO 3166 code of the device's country or subdivision. Empty for none.", `^([A-Z]{2}(-[A-Z0-9]{1,3})?)?$`, "CN-44")
}

// Schema describes a language tag. BCP 47 has no limit of length; RFC 5646, section 4.4.1, advises 35.
func (languageTag) Schema(huma.Registry) *huma.Schema {
	s := text("BCP 47 language tag.", `^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`, "zh-CN")
	longest := 35
	s.MaxLength = &longest
	return s
}

// text is a string schema with a pattern and one example.
func text(description, pattern, example string) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Description: description, Pattern: pattern, Examples: []any{example}}
}

// convert turns words of one type into the same words of another.
func convert[To, From ~string](words []From) []To {
	out := make([]To, len(words))
	for i, w := range words {
		out[i] = To(w)
	}
	return out
}

// nullable is a member of a merge patch (RFC 7396): it tells a member that is
// absent, and stays as it is, from one that is null.
type nullable[T any] struct {
	Present bool
	Value   *T // nil for null
}

// UnmarshalJSON is called only for a member that is present.
func (n *nullable[T]) UnmarshalJSON(b []byte) error {
	n.Present = true
	return json.Unmarshal(b, &n.Value)
}

// Wraps lets the edge look at the keys of T (see edge.Wrapper).
func (nullable[T]) Wraps() reflect.Type { return reflect.TypeFor[T]() }

// Schema is that of T, or null.
func (nullable[T]) Schema(r huma.Registry) *huma.Schema {
	s := *r.Schema(reflect.TypeFor[T](), false, "")
	s.Nullable = true
	return &s
}

// utc returns a time in UTC. RFC 3339 has four digits for a year: a time whose
// year in UTC has more could be stored, but not be written in a reply.
func utc(t time.Time, field string) (time.Time, error) {
	t = t.UTC()
	if y := t.Year(); y < 0 || y > 9999 {
		return t, models.NewInvalid(field, "time_out_of_range", "The time lies outside the years 0 to 9999 (UTC).")
	}
	return t, nil
}
