package words

import (
	"slices"
	"strings"

	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

// What a phrase set may hold.
const (
	minAll      = 2    // phrases that must be there: one alone is a phrase signature
	maxAll      = 8    // the same, at most
	maxNone     = 4    // phrases that must not be there
	maxSetRunes = 2048 // as it is written
)

// PhraseSet recognises a message that holds all of some phrases and none of
// others, in any order. Each phrase stands between boundaries of words.
type PhraseSet struct {
	All, None []string // normalised, sorted, each once
}

// ParsePhraseSet reads a phrase set: phrases in double quotes, with a minus
// before those that must not be there. Spaces between them may be left out.
// What String returns it reads as the same set (FuzzPhraseSet).
//
// The errors are those of text.Clean, text_malformed and, for a phrase that is
// too short, signature_too_broad.
func ParsePhraseSet(value string) (PhraseSet, error) {
	value, err := text.Clean(value, maxSetRunes)
	if err != nil {
		return PhraseSet{}, err
	}
	var s PhraseSet
	for rest := value; rest != ""; rest = strings.TrimSpace(rest) {
		quoted, isNone := strings.CutPrefix(rest, "-")
		quoted, opened := strings.CutPrefix(quoted, `"`)
		member, after, closed := strings.Cut(quoted, `"`)
		if !opened || !closed {
			return PhraseSet{}, malformedPhraseSet()
		}
		member, err := normalisedPhrase(member)
		if err != nil {
			return PhraseSet{}, err
		}
		if isNone {
			s.None = append(s.None, member)
		} else {
			s.All = append(s.All, member)
		}
		rest = after
	}
	slices.Sort(s.All)
	slices.Sort(s.None)
	s.All, s.None = slices.Compact(s.All), slices.Compact(s.None)
	if err := s.validate(); err != nil {
		return PhraseSet{}, err
	}
	return s, nil
}

// validate returns why the set is none, or nil.
func (s PhraseSet) validate() error {
	quoted := func(phrase string) bool { return strings.Contains(phrase, `"`) } // it was written full width
	if len(s.All) < minAll || len(s.All) > maxAll || len(s.None) > maxNone ||
		slices.ContainsFunc(s.All, quoted) || slices.ContainsFunc(s.None, quoted) {
		return malformedPhraseSet()
	}
	for _, none := range s.None {
		for _, phrase := range s.All {
			if text.IndexPhrase(phrase, none) >= 0 {
				return models.NewInvalid("", "text_malformed",
					"A phrase that must be there contains one that must not be there: no message can match.")
			}
		}
	}
	return nil
}

// String returns the canonical form.
func (s PhraseSet) String() string {
	var b strings.Builder
	for _, phrase := range s.All {
		b.WriteString(` "` + phrase + `"`)
	}
	for _, phrase := range s.None {
		b.WriteString(` -"` + phrase + `"`)
	}
	return strings.TrimPrefix(b.String(), " ")
}

// matches reports whether a normalised message is recognised.
func (s PhraseSet) matches(message string) bool {
	stands := func(phrase string) bool { return text.IndexPhrase(message, phrase) >= 0 }
	for _, phrase := range s.All {
		if !stands(phrase) {
			return false
		}
	}
	return !slices.ContainsFunc(s.None, stands)
}

// CanonicalPhraseSet returns the canonical form of a phrase set that recognises
// no ordinary message (else signature_too_broad). Beside that, the errors are
// those of ParsePhraseSet.
func CanonicalPhraseSet(value string) (string, error) {
	s, err := ParsePhraseSet(value)
	if err != nil {
		return "", err
	}
	if matchesOrdinary(s.matches) {
		return "", models.NewInvalid("", "signature_too_broad", "All these phrases are found in one ordinary message.")
	}
	return s.String(), nil
}

// malformedPhraseSet is the error that says how a phrase set is written.
func malformedPhraseSet() error {
	return models.NewInvalid("", "text_malformed", "A phrase set is written \"safe account\" \"transfer\" -\"never transfer\": "+
		"two to eight different phrases that must be there, and up to four that must not.")
}
