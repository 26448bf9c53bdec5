package canon

// Most runes of a text are letters of its script, which no view folds. The
// first two bytes tell most of them, without decoding the rune: a set of 64
// bits for each first byte holds which second bytes lead to one that may fold.

// seconds is a set of second bytes, 0x80 to 0xBF.
type seconds uint64

// between8 returns the second bytes from low to high.
func between8(low, high byte) seconds {
	return seconds(1)<<(high-0x80)<<1 - seconds(1)<<(low-0x80)
}

// folding holds for a first byte of 0xC0 and above, less 0xC0, which second
// bytes may fold.
//
//nolint:gochecknoglobals // a constant table
var folding = [64]seconds{
	0x02: between8(0x85, 0x85) | between8(0xA0, 0xA0) | between8(0xAD, 0xAD), // spaces, soft hyphen
	0x0D: between8(0x8F, 0x8F),                                               // combining grapheme joiner
	0x16: between8(0x8A, 0x8A) | between8(0xBE, 0xBE),                        // hyphens of Armenian and Hebrew
	0x18: between8(0x9C, 0x9C),                                               // Arabic letter mark
	0x19: between8(0xA0, 0xA9),                                               // Arabic digits
	0x1B: between8(0xB0, 0xB9),                                               // Persian digits
	0x1F: between8(0x80, 0x89),                                               // digits of N'Ko
	0x20: between8(0xA5, 0xA5) | between8(0xA7, 0xA7) | between8(0xA9, 0xA9) | between8(0xAB, 0xAB) | between8(0xAD, 0xAD) |
		between8(0xAF, 0xAF) | between8(0xB1, 0xB1) | between8(0xB3, 0xB3) | between8(0xB5, 0xB5) | between8(0xB7, 0xB7) |
		between8(0xB9, 0xB9) | between8(0xBB, 0xBC), // digits of India, Thai, Lao and Tibetan
	0x21: between8(0x81, 0xBF) &^ between8(0xB4, 0xBF),                       // many small scripts, none of Latin or Greek
	0x22: between8(0x80, 0x81) | between8(0x88, 0x88) | between8(0xB8, 0xB9), // spaces, dashes, invisible characters
	0x23: between8(0x80, 0x80) | between8(0x82, 0x82) | between8(0x85, 0x85), // the signs of Chinese and Japanese
	0x2A: between8(0x80, 0xAF),
	0x2F: between8(0xB8, 0xBF), // full width
	0x30: ^seconds(0),          // mathematical digits
	0x33: ^seconds(0),          // tags
}

// isLetterPair reports whether a rune that no view folds begins at i.
func isLetterPair(t string, i int) bool {
	return t[i] >= 0xC0 && i+1 < len(t) && folding[t[i]-0xC0]>>(t[i+1]&0x3F)&1 == 0
}

// mayFold reports whether the rune that s begins with, whose first two bytes
// may fold, still may by its third. It keeps the signs of ordinary text and
// the vowels of India from being decoded.
func mayFold(s string) bool {
	if len(s) < 3 {
		return true
	}
	if isLetterPair(s, 0) {
		return false
	}
	switch a, b := s[1], s[2]; s[0] {
	case 0xE0: // digits stand at the end of a block of 128, in Thai, Lao and Tibetan elsewhere
		return b >= 0xA6 && b <= 0xAF || a >= 0xB9 && (b >= 0x90 && b <= 0x99 || a == 0xBC)
	case 0xE2:
		return a != 0x80 || b <= 0x95 || b >= 0xA8 && b <= 0xAF
	case 0xE3:
		return a != 0x80 || b <= 0x82 || b >= 0x9C
	case 0xEF:
		return a != 0xBC || b >= 0x88 && b != 0x8C && b != 0x9B && b != 0x9F
	case 0xF0: // none of the emoji
		return a != 0x9F || b == 0xAF
	}
	return true
}
