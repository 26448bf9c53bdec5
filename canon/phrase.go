package canon

import (
	"unicode/utf8"

	"example.org/tocsin/models"
)

// phraseRunes is the most runes of a phrase.
const phraseRunes = 256

// phrase returns a normalised phrase that no ordinary message holds.
func phrase(value string) (string, *models.Error) {
	value, err := words(value)
	if err != nil {
		return "", err
	}
	if ordinary(func(message string) bool { return Find(message, value) >= 0 }) {
		return "", models.Bad("", "signature_too_broad", "The phrase is found in ordinary messages.")
	}
	return value, nil
}

// words returns a normalised phrase. Four Latin letters or two characters of
// a script that needs fewer are the least.
func words(value string) (string, *models.Error) {
	value, err := Text(value, phraseRunes)
	if err != nil {
		return "", err
	}
	value = Normalise(value)
	if len(value) < 4 || utf8.RuneCountInString(value) < 2 {
		return "", models.Bad("", "signature_too_broad", "The phrase is too short: it would be found in ordinary messages.")
	}
	return value, nil
}
