package canon

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

// maxSenderRunes is the most runes that a sender may have.
const maxSenderRunes = 128

// Sender returns the canonical form of a message's sender: a phone number, an
// e-mail address, or else a name (an alphanumeric sender ID, 3GPP TS 23.040).
// Names are letters, digits, space and a few signs that no spreadsheet takes
// for the start of a command. Empty stays empty. Region completes a national
// number.
//
// The error has the code sender_malformed.
func Sender(s, region string) (string, error) {
	bad := models.NewInvalid("", "sender_malformed",
		"A sender is a phone number, an e-mail address, or a name of at most 128 letters, digits and simple signs.")
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > maxSenderRunes {
		return "", bad
	}
	if i, err := Indicator(models.Phone, s, region); err == nil {
		return i.Value, nil
	}
	if i, err := Indicator(models.Email, s, region); err == nil {
		return i.Value, nil
	}
	name := strings.Join(strings.Fields(norm.NFC.String(strings.Map(text.Visible, s))), " ")
	hasAlnum := false
	for _, r := range name {
		letter := unicode.IsLetter(r) || unicode.IsDigit(r)
		if !letter && !unicode.IsMark(r) && !strings.ContainsRune(" .-_+&'()@!", r) {
			return "", bad
		}
		hasAlnum = hasAlnum || letter
	}
	if name != "" && !hasAlnum {
		return "", bad
	}
	return name, nil
}
