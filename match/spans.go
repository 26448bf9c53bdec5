package match

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"example.org/tocsin/canon"
	"example.org/tocsin/models"
)

// piece says that the bytes of a normalised text up to end come from these bytes of the original.
type piece struct {
	end  int
	from models.Span
}

// origin leads from places in a normalised text back to the original.
type origin struct {
	pieces []piece // nil: unknown
	whole  models.Span
}

// trace normalises text once more, in pieces that do not influence each other, and notes
// where each came from. It is asked only when a phrase was found, so the many
// messages without one do not pay for it. Should the pieces not add up to
// normal (canon.Normalise of text), spans are the whole text: coarse, but not wrong.
func trace(text, normal string) origin {
	o := origin{whole: models.Span{Start: 0, End: len(text)}}
	pieces := make([]piece, 0, len(normal))
	var b strings.Builder
	b.Grow(len(normal) + 1)
	for at := 0; at < len(text); {
		size := pieceLen(text[at:])
		b.WriteString(normalPiece(text[at:at+size], b.String()))
		pieces = append(pieces, piece{end: b.Len(), from: models.Span{Start: at, End: at + size}})
		at += size
	}
	if strings.TrimSuffix(b.String(), " ") == strings.TrimSuffix(normal, " ") {
		o.pieces = pieces
	}
	return o
}

// span returns where a place stands in the original text.
func (o origin) span(p place) models.Span {
	if o.pieces == nil {
		return o.whole
	}
	from, _ := slices.BinarySearchFunc(o.pieces, p.start+1, byEnd)
	to, _ := slices.BinarySearchFunc(o.pieces, p.end, byEnd)
	return models.Span{Start: o.pieces[from].from.Start, End: o.pieces[to].from.End}
}

func byEnd(p piece, end int) int { return p.end - end }

// pieceLen returns the length of the first rune of text with all that joins it.
func pieceLen(text string) int {
	_, n := utf8.DecodeRuneInString(text)
	for n < len(text) {
		r, size := utf8.DecodeRuneInString(text[n:])
		if !joins(r) {
			break
		}
		n += size
	}
	return n
}

// joins reports whether normalisation may merge r with the rune before it:
// marks, the vowels and finals of Hangul, the half-width voicing marks of
// Katakana, and what is invisible (UAX #15, "Stable Code Points").
func joins(r rune) bool {
	if r < 0xAD {
		return false
	}
	return unicode.In(r, unicode.M, unicode.Cf) || r == 0x115F ||
		0x1160 <= r && r <= 0x11FF || 0x3131 <= r && r <= 0x318E ||
		0xD7B0 <= r && r <= 0xD7FF || 0xFF9E <= r && r <= 0xFFDC
}

// normalPiece normalises one piece that follows what is already written.
func normalPiece(s, written string) string {
	if len(s) == 1 && s[0] > ' ' && s[0] < utf8.RuneSelf {
		return strings.ToLower(s)
	}
	normal := canon.Normalise(s)
	if strings.TrimSpace(s) == "" {
		normal = " "
	}
	if written == "" || written[len(written)-1] == ' ' {
		normal = strings.TrimLeft(normal, " ")
	}
	return normal
}
