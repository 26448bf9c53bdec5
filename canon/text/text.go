package text

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"example.org/tocsin/models"
)

// Normalise returns the form of a text in which phrases are looked for:
// compatibility composed (NFKC, UAX #15), case folded (Unicode 3.13), without
// invisible characters and bytes that are not UTF-8, each run of white space
// one space, none at the ends. A text that is so already is returned itself.
func Normalise(text string) string {
	var room [512]byte
	n := normaliser{text: text, props: sharedRuneProps()}
	out := n.appendRest(room[:0])
	if len(out) == 0 { // all that remains is one stretch of the text: nothing was copied
		return strings.TrimSuffix(text[n.pending:], " ")
	}
	return string(bytes.TrimSuffix(n.flushTo(out, len(text)), []byte(" ")))
}

// Clean returns a free text field without white space at its ends, so that a
// blank one comes back empty. It refuses text that is not UTF-8 or that holds
// ASCII control characters other than tab and line ends (text_malformed), and
// text of more than limit runes (text_too_long). The control characters of ISO
// 6429 (U+0080 to U+009F) are dropped: they come from text that was decoded
// wrongly, not from an attack, and mean nothing to anybody.
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
		return "", models.NewInvalid("", "text_malformed", "The text holds control characters other than tab and line ends.")
	}
	return strings.TrimSpace(s), nil
}

// Visible is for strings.Map: it returns r, or -1 to drop a character that
// shows nothing or a byte that is not UTF-8.
func Visible(r rune) rune {
	if IsInvisible(r) || r == utf8.RuneError {
		return -1
	}
	return r
}

// IsInvisible reports whether r shows nothing and so can hide in a value:
// bidirectional controls, zero-width characters, soft hyphen, fillers,
// variation selectors and tags. Most of them have the property
// Default_Ignorable_Code_Point (UAX #44).
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

// FoldASCII returns the ASCII look of a rune that is written for one: a digit
// of any script, a full-width form, any dash, any white space. Others stay.
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

// asciiDigit returns the ASCII digit of a decimal digit of any script. Unicode
// keeps those in blocks of ten, 0 to 9, some of which stand side by side.
func asciiDigit(r rune) rune {
	n := rune(0)
	for unicode.IsDigit(r - 1 - n) {
		n++
	}
	return '0' + n%10
}

// StripSeparators returns s without white space and without the given signs,
// which are ASCII. The rest is folded as by FoldASCII, so dashes of every
// script count as "-".
func StripSeparators(s, signs string) string {
	return strings.Map(func(r rune) rune {
		r = FoldASCII(r)
		if r == ' ' || r == '\t' || r == '\n' || r == '\r' || r < 128 && strings.ContainsRune(signs, r) {
			return -1
		}
		return r
	}, s)
}
