package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// IsWordBoundary reports whether a word may start or end before byte at of
// text: everywhere but between two runes of words that are written with spaces
// around them. It is simpler than the word boundaries of UAX #29, which need a
// dictionary for Chinese, Japanese and Thai.
func IsWordBoundary(text string, at int) bool {
	if at == 0 || at == len(text) {
		return true
	}
	if b, a := text[at-1], text[at]; b < utf8.RuneSelf && !isSpacedWordRune(rune(b)) || a < utf8.RuneSelf && !isSpacedWordRune(rune(a)) {
		return true // nearly always; without decoding
	}
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	after, _ := utf8.DecodeRuneInString(text[at:])
	return !isSpacedWordRune(before) || !isSpacedWordRune(after)
}

// IndexPhrase returns the byte at which phrase first stands in text between
// boundaries of words, or -1. Both must be normalised; see Normalise. An empty
// phrase is nowhere.
func IndexPhrase(text, phrase string) int {
	for from := 0; phrase != "" && from <= len(text); {
		i := strings.Index(text[from:], phrase)
		if i < 0 {
			return -1
		}
		start := from + i
		if IsWordBoundary(text, start) && IsWordBoundary(text, start+len(phrase)) {
			return start
		}
		from = start + 1
	}
	return -1
}

// isSpacedWordRune reports whether r belongs to words that stand between
// spaces. Chinese, Japanese, Thai, Lao, Khmer, Burmese and Tibetan are written
// without spaces; Korean is written with, but joins particles to its nouns, so
// that a phrase must be found in front of one.
func isSpacedWordRune(r rune) bool {
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

// IsLinkBoundary reports whether r, a rune outside ASCII, ends a link that it
// directly follows: a sign, or a letter of a script that is written without
// spaces, as in "看example.com吧". Letters of other scripts may be a part of the
// link.
func IsLinkBoundary(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsMark(r) ||
		unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul,
			unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// IsUnspaced reports whether r is of a script that sets no spaces between
// words: Chinese, Japanese, Thai, Lao, Tibetan, Burmese, Khmer. It goes by
// ranges of code points, so not all that it accepts are letters, and is cheap
// enough for every rune of a message.
func IsUnspaced(r rune) bool {
	switch {
	case r < 0xE00:
		return false
	case r <= 0x109F, r >= 0x1780 && r <= 0x17FF, IsIdeograph(r),
		r >= 0x2E80 && r <= 0x2FDF, r >= 0x3005 && r <= 0x3007, r >= 0x3040 && r <= 0x30FF, r >= 0x31F0 && r <= 0x31FF,
		r >= 0xA9E0 && r <= 0xA9FF, r >= 0xAA60 && r <= 0xAA7F:
		return true
	}
	return false
}

// IsIdeograph reports whether r is a Chinese character (a CJK unified or
// compatibility ideograph).
func IsIdeograph(r rune) bool {
	return r >= 0x4E00 && r <= 0x9FFF || r >= 0x3400 && r <= 0x4DBF || r >= 0xF900 && r <= 0xFAFF || r >= 0x20000 && r <= 0x323AF
}
