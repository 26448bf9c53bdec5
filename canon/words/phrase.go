package words

import (
	"unicode/utf8"

	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

// maxPhraseRunes is the most runes of a phrase.
const maxPhraseRunes = 256

// CanonicalPhrase returns a normalised phrase that no ordinary message holds.
// The errors are those of text.Clean and signature_too_broad.
func CanonicalPhrase(value string) (string, error) {
	value, err := normalisedPhrase(value)
	if err != nil {
		return "", err
	}
	if matchesOrdinary(func(message string) bool { return text.IndexPhrase(message, value) >= 0 }) {
		return "", models.NewInvalid("", "signature_too_broad", "The phrase is found in ordinary messages.")
	}
	return value, nil
}

// normalisedPhrase returns a normalised phrase. Four Latin letters or two
// characters of a script that needs fewer are the least: four bytes and two
// runes.
func normalisedPhrase(value string) (string, error) {
	value, err := text.Clean(value, maxPhraseRunes)
	if err != nil {
		return "", err
	}
	value = text.Normalise(value)
	if len(value) < 4 || utf8.RuneCountInString(value) < 2 {
		return "", models.NewInvalid("", "signature_too_broad", "The phrase is too short: it would be found in ordinary messages.")
	}
	return value, nil
}
