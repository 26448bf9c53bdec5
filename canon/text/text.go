package text

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"example.org/tocsin/models"
)

// Normalise returns the form of a text in which phrases are looked for:
// compatibility composed (NFKC), case folded, without invisible characters and
// bytes that are not UTF-8, each run of white space one space, none at the
// ends. A text that is so already is returned itself.
func Normalise(text string) string {
	var room [512]byte
	n := normaliser{text: text, props: sharedRuneProps()}
	out := n.appendRest(room[:0])
	if len(out) == 0 { // all that is left of text is a stretch of it
		return strings.TrimSuffix(text[n.pending:], " ")
	}
	return string(bytes.TrimSuffix(n.flushTo(out, len(text)), []byte(" ")))
}

// Text returns a free text field without white space at its ends, so that a
// blank one comes back empty. It refuses text that is not UTF-8, that holds
// ASCII control characters other than tab and line ends, or that has more than
// max runes. The control characters of ISO 6429 (U+0080 to U+009F) are dropped:
// they come from text that was decoded wrongly, not from an attack, and mean
// nothing to anybody.
func Clean(s string, limit int) (string, error) {
	if !utf8.ValidString(s) {
		return "", models.NewInvalid("", "text_malformed", "The text is not valid UTF-8.")
	}
	if utf8.RuneCountInString(s) > limit {
		return "", models.NewInvalid("", "text_too_long", "The text is too long.")
	}
	wrong := false
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' && r != '\n' && r != '\r' {
			wrong = wrong || r < utf8.RuneSelf
			return -1
		}
		return r
	}, s)
	if wrong {
		return "", models.NewInvalid("", "text_malformed", "The text holds control characters.")
	}
	return strings.TrimSpace(s), nil
}

// visible is for strings.Map: it drops characters that show nothing.
func Visible(r rune) rune {
	if IsInvisible(r) || r == utf8.RuneError {
		return -1
	}
	return r
}

// hidden reports whether r shows nothing and so can hide in a value: bidi
// controls, zero-width characters, soft hyphen, fillers, variation selectors
// and tags.
func IsInvisible(r rune) bool {
	switch {
	case r < 0xAD:
		return false
	case r == 0xAD, r == 0x34F, r == 0x61C, r == 0x115F, r == 0x1160, r == 0x17B4, r == 0x17B5, r == 0x3164, r == 0xFEFF, r == 0xFFA0:
		return true
	case r >= 0x180B && r <= 0x180F, r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E,
		r >= 0x2060 && r <= 0x206F, r >= 0xFE00 && r <= 0xFE0F, r >= 0xE0000 && r <= 0xE0FFF:
		return true
	}
	return false
}

// fold returns the ASCII look of a rune that is written for one: a digit of
// any script, a full-width form, any dash, any white space. Others stay.
func FoldASCII(r rune) rune {
	switch {
	case r < utf8.RuneSelf:
		return r
	case r >= 0xFF01 && r <= 0xFF5E:
		return r - 0xFF01 + '!'
	case unicode.IsDigit(r):
		return asciiDigit(r)
	case unicode.Is(unicode.Pd, r), r == 0x2212:
		return '-'
	case unicode.IsSpace(r):
		return ' '
	}
	return r
}

// digit returns the ASCII digit of a decimal digit of any script. Unicode
// keeps those in blocks of ten, 0 to 9, some of which stand side by side.
func asciiDigit(r rune) rune {
	n := rune(0)
	for unicode.IsDigit(r - 1 - n) {
		n++
	}
	return '0' + n%10
}

// compact removes white space and the given signs; dashes of every script
// count as "-".
func StripSeparators(s, signs string) string {
	return strings.Map(func(r rune) rune {
		r = FoldASCII(r)
		if r == ' ' || r == '\t' || r == '\n' || r == '\r' || r < 128 && strings.ContainsRune(signs, r) {
			return -1
		}
		return r
	}, s)
}
