package handlers

import (
	"encoding/json"
	"reflect"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"example.org/tocsin/models"
)

// The words that the contract spells out as enums. Each takes its list from
// models, so that the contract cannot fall behind the code.
type (
	indicatorKind   string // of an indicator
	signatureKind   string // of a signature: an indicator's kind, or text
	level           string
	assignableLevel string // that a signature can be given
	category        string
	rule            string
	scope           string
	matchMethod     string
)

// Schema says which kinds an indicator can have.
func (indicatorKind) Schema(huma.Registry) *huma.Schema { return enum(models.IndicatorKinds()) }

// Schema says which kinds a signature can have.
func (signatureKind) Schema(huma.Registry) *huma.Schema {
	return enum(append(models.IndicatorKinds(), models.Text))
}

// Schema lists the levels.
func (level) Schema(huma.Registry) *huma.Schema { return enum(models.Levels()) }

// Schema lists the levels that somebody can give: nothing is unknown by decision.
func (assignableLevel) Schema(huma.Registry) *huma.Schema {
	return enum(slices.DeleteFunc(models.Levels(), func(l models.Level) bool { return l == models.Unknown }))
}

// Schema lists the categories.
func (category) Schema(huma.Registry) *huma.Schema { return enum(models.Categories()) }

// Schema lists the rules.
func (rule) Schema(huma.Registry) *huma.Schema { return enum(models.Rules()) }

// Schema lists the ways to match.
func (matchMethod) Schema(huma.Registry) *huma.Schema { return enum(models.MatchTypes()) }

// Schema lists the scopes.
func (scope) Schema(huma.Registry) *huma.Schema { return enum(models.Scopes()) }

func enum[T ~string](words []T) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, w := range words {
		s.Enum = append(s.Enum, string(w))
	}
	return s
}

// convert turns words of one type into the same words of another.
func convert[To, From ~string](words []From) []To {
	out := make([]To, len(words))
	for i, w := range words {
		out[i] = To(w)
	}
	return out
}

// nullable is a member of a merge patch (RFC 7396): it tells one that is not
// mentioned, and stays as it is, from one that is null.
type nullable[T any] struct {
	Present bool
	Value   *T // nil: null
}

// UnmarshalJSON is called only for a member that is there.
func (n *nullable[T]) UnmarshalJSON(b []byte) error {
	n.Present = true
	return json.Unmarshal(b, &n.Value) //nolint:wrapcheck // as encoding/json itself would say it
}

// Schema is that of T, or null.
// Wraps lets the edge look at the keys of what is inside.
func (nullable[T]) Wraps() reflect.Type { return reflect.TypeFor[T]() }

func (nullable[T]) Schema(r huma.Registry) *huma.Schema {
	s := *r.Schema(reflect.TypeFor[T](), false, "")
	s.Nullable = true
	return &s
}

// utc returns a time in UTC. RFC 3339 has four digits for a year: a time whose
// year in UTC has more could be stored, and never be written again.
func utc(t time.Time, field string) (time.Time, error) {
	t = t.UTC()
	if y := t.Year(); y < 0 || y > 9999 {
		return t, models.NewInvalid(field, "time_out_of_range", "The time is outside the years 0 to 9999.")
	}
	return t, nil
}
