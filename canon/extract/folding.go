package extract

// Most runes of a text are letters of its script, which folding leaves alone.
// The first two bytes tell most of them, without decoding the rune: a set of 64
// bits for each first byte holds which second bytes lead to one that may fold.
// TestOnlyRunesThatNeverFoldAreSkipped tries every rune.

// trailByteSet is a set of second bytes, 0x80 to 0xBF.
type trailByteSet uint64

// trailBytes returns the second bytes from low to high.
func trailBytes(low, high byte) trailByteSet {
	return trailByteSet(1)<<(high-0x80)<<1 - trailByteSet(1)<<(low-0x80)
}

// foldableTrailBytes holds for a first byte of 0xC0 and above, less 0xC0, which
// second bytes may fold.
//
//nolint:gochecknoglobals // a constant table
var foldableTrailBytes = [64]trailByteSet{
	0x02: trailBytes(0x85, 0x85) | trailBytes(0xA0, 0xA0) | trailBytes(0xAD, 0xAD), // spaces, soft hyphen
	0x0D: trailBytes(0x8F, 0x8F),                                                   // combining grapheme joiner
	0x16: trailBytes(0x8A, 0x8A) | trailBytes(0xBE, 0xBE),                          // hyphens of Armenian and Hebrew
	0x18: trailBytes(0x9C, 0x9C),                                                   // Arabic letter mark
	0x19: trailBytes(0xA0, 0xA9),                                                   // Arabic digits
	0x1B: trailBytes(0xB0, 0xB9),                                                   // Persian digits
	0x1F: trailBytes(0x80, 0x89),                                                   // digits of N'Ko
	0x20: trailBytes(0xA5, 0xA5) | trailBytes(0xA7, 0xA7) | trailBytes(0xA9, 0xA9) | trailBytes(0xAB, 0xAB) | trailBytes(0xAD, 0xAD) |
		trailBytes(0xAF, 0xAF) | trailBytes(0xB1, 0xB1) | trailBytes(0xB3, 0xB3) | trailBytes(0xB5, 0xB5) | trailBytes(0xB7, 0xB7) |
		trailBytes(0xB9, 0xB9) | trailBytes(0xBB, 0xBC), // digits of India, Thai, Lao and Tibetan
	0x21: trailBytes(0x81, 0xBF) &^ trailBytes(0xB4, 0xBF),                         // many small scripts, none of Latin or Greek
	0x22: trailBytes(0x80, 0x81) | trailBytes(0x88, 0x88) | trailBytes(0xB8, 0xB9), // spaces, dashes, invisible characters
	0x23: trailBytes(0x80, 0x80) | trailBytes(0x82, 0x82) | trailBytes(0x85, 0x85), // the signs of Chinese and Japanese
	0x2A: trailBytes(0x80, 0xAF),
	0x2F: trailBytes(0xB8, 0xBF), // full width
	0x30: ^trailByteSet(0),       // mathematical digits
	0x33: ^trailByteSet(0),       // tags
}

// neverFolds reports whether a rune begins at i that folding leaves as it is.
func neverFolds(t string, i int) bool {
	return t[i] >= 0xC0 && i+1 < len(t) && foldableTrailBytes[t[i]-0xC0]>>(t[i+1]&0x3F)&1 == 0
}

// mayFold reports whether the rune that s begins with, whose first two bytes
// may fold, still may by its third. It keeps the signs of ordinary text and
// the vowels of India from being decoded.
func mayFold(s string) bool {
	if len(s) < 3 {
		return true
	}
	if neverFolds(s, 0) {
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
