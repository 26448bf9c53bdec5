package phone

import (
	"strings"

	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

const (
	// keypadLetters is the fewest letters that are read as keys: fewer are
	// slips of the finger rather than words (the library's bound, too).
	minKeypadLetters = 3
	// keypadExtra is the most letters of a word that are dialled in vain:
	// North America drops what follows the last digit, "1-800-MATTRESS".
	maxExtraLetters = 4
)

// keypad reads letters of a phone number as digits, see Keypad. The result is
// an international number.
func Keypad(raw, country string) (string, bool) {
	if text.CheckInput(models.Phone, raw, text.MaxValueBytes) != nil {
		return "", false
	}
	s := strings.Map(func(r rune) rune { return latinLookalike(text.FoldASCII(text.Visible(r))) }, raw)
	s = trimExtension(trimPhoneScheme(strings.TrimSpace(s)))
	count, lookalikesOnly := 0, true
	for i := range len(s) {
		if text.IsLetter(s[i]) {
			count++
			lookalikesOnly = lookalikesOnly && lookalikeDigit(s[i]) != s[i]
		}
	}
	if count == 0 {
		return "", false
	}
	value, ok := "", false
	if lookalikesOnly {
		value, ok = parseWithDigits(s, lookalikeDigit, country)
	}
	if !ok && count >= minKeypadLetters && text.IsDigit(strings.TrimLeft(s, "+( ")[0]) {
		value, ok = parseVanity(s, min(maxExtraLetters, count-minKeypadLetters), country)
	}
	return value, ok
}

// inWords reads a number with words in it, and in North America one whose last
// word is too long by some letters.
func parseVanity(s string, extra int, country string) (string, bool) {
	for cut := 0; cut <= extra; cut++ {
		if value, ok := parseWithDigits(s[:len(s)-cut], keypadDigit, country); ok && (cut == 0 || value[1] == '1') {
			return value, true
		}
		if !text.IsLetter(s[len(s)-cut-1]) {
			break
		}
	}
	return "", false
}

// keyed reads s with digits in the place of letters.
func parseWithDigits(s string, digit func(byte) byte, country string) (string, bool) {
	out := []byte(s)
	for i, c := range out {
		out[i] = digit(c)
	}
	value, err := Parse(string(out), country, true)
	return value, err == nil && value[0] == '+'
}

// key returns the digit on whose key a letter is.
func keypadDigit(c byte) byte {
	if !text.IsLetter(c) {
		return c
	}
	return "22233344455566677778889999"[c|0x20-'a']
}

// double returns the digit that a letter looks like.
func lookalikeDigit(c byte) byte {
	switch c {
	case 'O', 'o':
		return '0'
	case 'I', 'l':
		return '1'
	}
	return c
}

// romanLetter returns the Latin letter that a Greek or Cyrillic one looks like, of
// those that look like digits.
func latinLookalike(r rune) rune {
	switch r {
	case 'Ο', 'ο', 'О', 'о':
		return 'O'
	case 'Ι', 'І':
		return 'I'
	}
	return r
}

// withoutExtension returns s without an extension behind it. A word of a
// number is no extension, so none begins behind a letter.
func trimExtension(s string) string {
	before := 0
	for i := range s {
		inside := text.IsDigit(s[i]) || text.IsLetter(s[i]) && i > 0 && text.IsLetter(s[i-1])
		if before >= minE164Digits && !inside && isExtension(s[i:]) {
			return s[:i]
		}
		if text.IsAlnum(s[i]) {
			before++
		}
	}
	return s
}
