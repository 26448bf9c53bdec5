package canon

import (
	"sort"
	"unicode/utf8"

	"example.org/tocsin/models"
)

// Reading is one way to read a message, in the form in which phrases are looked for.
type Reading struct {
	How  models.How // Words, Confusables or Digits
	Text string     // normalised

	of     *Reading // that it was rewritten from; nil: from the message
	edits  []edit   // of it, where the length differs
	raw    string   // the message
	pieces []piece  // what came from where in it; worked out when first asked for
}

// piece says that the text from at on, up to the next piece, comes from these
// bytes of the message: as a whole, or byte by byte if it is the same.
type piece struct {
	at, start, end int
	same           bool
}

// Read returns the ways to read a message, the plainest first: as it is
// written (models.Words), then with letters for those that they are taken for
// (models.Confusables) and letters for digits and signs (models.Digits). The
// second and third are there only where they differ. They cost a pass
// each and are not for showing: they spell what is meant where somebody hides
// words, and nonsense elsewhere.
func Read(text string) []Reading {
	words := Normalise(text)
	second, alike := spelledAlike(words)
	plain := words
	if second != "" {
		plain = second
	}
	third, out := spelledOut(plain)
	readings := make([]Reading, 1, 1+min(1, len(second))+min(1, len(third)))
	readings[0] = Reading{How: models.Words, Text: words, raw: text}
	if second != "" {
		readings = append(readings, Reading{How: models.Confusables, Text: second, of: &readings[0], edits: alike})
	}
	if third != "" {
		readings = append(readings, Reading{How: models.Digits, Text: third, of: &readings[len(readings)-1], edits: out})
	}
	return readings
}

// Span returns which bytes of the message the text from start to end was read
// from: whole runes with all that joins them, white space as far as it made
// one space. A place outside the text counts as its nearest end. The first call for a message
// reads it once more. Not for several goroutines at once.
func (r *Reading) Span(start, end int) models.Span {
	start = max(0, min(start, len(r.Text)-1))
	end = max(start+1, min(end, len(r.Text)))
	if r.of != nil {
		return r.of.Span(before(r.edits, start), after(r.edits, end))
	}
	if len(r.Text) == 0 {
		return models.Span{}
	}
	if len(r.Text) == len(r.raw) && isASCII(r.raw) {
		return models.Span{Start: start, End: end} // nothing was left out
	}
	if r.pieces == nil {
		r.pieces = trace(r.raw)
	}
	first := r.pieces[sort.Search(len(r.pieces), func(i int) bool { return r.pieces[i].at > start })-1]
	last := r.pieces[sort.Search(len(r.pieces), func(i int) bool { return r.pieces[i].at >= end })-1]
	span := models.Span{Start: first.start, End: last.end}
	if first.same {
		for span.Start += start - first.at; !utf8.RuneStart(r.raw[span.Start]); span.Start-- {
		}
	}
	if last.same {
		for span.End = last.start + end - last.at; span.End < len(r.raw) && !utf8.RuneStart(r.raw[span.End]); span.End++ {
		}
	}
	return span
}

// before returns where a place that begins something was before the edits.
func before(edits []edit, at int) int {
	i := sort.Search(len(edits), func(i int) bool { return edits[i].at > at }) - 1
	if i < 0 {
		return at
	}
	if at < edits[i].end {
		return edits[i].from
	}
	return at - edits[i].end + edits[i].to
}

// after returns where a place that ends something was before the edits.
func after(edits []edit, at int) int {
	i := sort.Search(len(edits), func(i int) bool { return edits[i].at >= at }) - 1
	if i < 0 {
		return at
	}
	if at < edits[i].end {
		return edits[i].to
	}
	return at - edits[i].end + edits[i].to
}

// trace normalises text once more and notes where each piece came from.
func trace(text string) []piece {
	pieces := make([]piece, 0, 16)
	n := normaliser{text: text, runes: runeTraits()}
	out := make([]byte, 0, len(text))
	for n.at < len(text) {
		from, at := n.at, len(out)+n.at-n.kept
		if n.steady(n.blankBefore(out)); n.at > from {
			pieces = append(pieces, piece{at: at, start: from, end: n.at, same: true})
			continue
		}
		var end int
		out, end = n.cluster(out)
		switch {
		case len(out)+n.at-n.kept > at:
			pieces = append(pieces, piece{at: at, start: from, end: end})
		case n.blankBefore(out) && len(pieces) > 0:
			pieces = widened(pieces, at-1, end)
		}
	}
	return pieces
}

// widened lets the blank at that place, the last of what is written, come from all up to end.
func widened(pieces []piece, at, end int) []piece {
	last := &pieces[len(pieces)-1]
	if last.same && last.at < at {
		last.end--
		return append(pieces, piece{at: at, start: last.end, end: end})
	}
	last.same, last.end = false, end
	return pieces
}
