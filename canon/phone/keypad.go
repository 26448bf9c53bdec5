package phone

import (
	"strings"

	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

const (
	// minKeypadLetters is the fewest letters that are read as keys: fewer are
	// slips of the finger rather than words (the library's bound, too).
	minKeypadLetters = 3
	// maxExtraLetters is the most letters at the end that are dialled and
	// ignored: North America's exchanges drop what follows the last digit,
	// "1-800-MATTRESS".
	maxExtraLetters = 4
)

// Keypad reads the letters of a phone number as digits: O and o as 0, I and l
// as 1, or words as the keys of a telephone (ITU-T E.161). It returns an
// international number, or false if there are no letters or no such number. Raw
// is what somebody typed in a region, or in none.
//
// It is a guess; see canon.Keypad for what it may be used for.
// TestKeypadEqualsTheLibrary compares it with the library's reading.
func Keypad(raw, region string) (string, bool) {
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
		value, ok = parseWithDigits(s, lookalikeDigit, Country(region))
	}
	if !ok && count >= minKeypadLetters && text.IsDigit(strings.TrimLeft(s, "+( ")[0]) {
		value, ok = parseVanity(s, min(maxExtraLetters, count-minKeypadLetters), Country(region))
	}
	return value, ok
}

// parseVanity reads a number with words in it ("1-800-FLOWERS"), and in North
// America also one whose last word is too long by up to extra letters.
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

// parseWithDigits reads s with digits in the place of letters. A short code
// does not count.
func parseWithDigits(s string, digit func(byte) byte, country string) (string, bool) {
	out := []byte(s)
	for i, c := range out {
		out[i] = digit(c)
	}
	value, err := Parse(string(out), country, true)
	return value, err == nil && value[0] == '+'
}

// keypadDigit returns the digit on whose key a letter is (ITU-T E.161), and any
// other byte as it is.
func keypadDigit(c byte) byte {
	if !text.IsLetter(c) {
		return c
	}
	return "22233344455566677778889999"[c|0x20-'a']
}

// lookalikeDigit returns the digit that a letter looks like, and any other byte
// as it is.
func lookalikeDigit(c byte) byte {
	switch c {
	case 'O', 'o':
		return '0'
	case 'I', 'l':
		return '1'
	}
	return c
}

// latinLookalike returns the Latin letter that a Greek or Cyrillic one looks
// like, of those that look like digits.
func latinLookalike(r rune) rune {
	switch r {
	case 'Ο', 'ο', 'О', 'о':
		return 'O'
	case 'Ι', 'І':
		return 'I'
	}
	return r
}

// trimExtension returns s without an extension behind it ("x12", "ext. 5"). A
// word of a number is no extension, so none begins behind a letter.
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
