package canon

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Boundary reports whether a word may start or end before byte at of text:
// everywhere but between two runes of words that are written with spaces around them.
func Boundary(text string, at int) bool {
	if at == 0 || at == len(text) {
		return true
	}
	if b, a := text[at-1], text[at]; b < utf8.RuneSelf && !inSpacedWord(rune(b)) || a < utf8.RuneSelf && !inSpacedWord(rune(a)) {
		return true // nearly always; without decoding
	}
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	after, _ := utf8.DecodeRuneInString(text[at:])
	return !inSpacedWord(before) || !inSpacedWord(after)
}

// Find returns where phrase stands first in text, both normalised, between
// boundaries of words, or -1.
func Find(text, phrase string) int {
	for from := 0; phrase != "" && from <= len(text); {
		i := strings.Index(text[from:], phrase)
		if i < 0 {
			return -1
		}
		start := from + i
		if Boundary(text, start) && Boundary(text, start+len(phrase)) {
			return start
		}
		from = start + 1
	}
	return -1
}

// inSpacedWord reports whether r belongs to words that stand between spaces.
// Chinese, Japanese, Thai, Lao, Khmer, Burmese and Tibetan are written without
// spaces; Korean is written with, but joins particles to its nouns, so that a
// phrase must be found in front of one.
func inSpacedWord(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z'
	}
	if 0x3041 <= r && r <= 0x30FF || 0x3400 <= r && r <= 0x9FFF || 0xAC00 <= r && r <= 0xD7A3 {
		return false // what the tables below would say of nearly all
	}
	return (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)) &&
		!unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul,
			unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan) &&
		r != 'ー' // lengthens a vowel in Hiragana and Katakana, so it is of neither script
}
