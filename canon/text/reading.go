package text

import (
	"sort"
	"unicode/utf8"

	"example.org/tocsin/models"
)

// Reading is one way to read a message, in the form in which phrases are looked for.
type Reading struct {
	How  models.MatchType // Words, Confusables or Digits
	Text string           // normalised

	source   *Reading  // that it was rewritten from; nil: from the message
	edits    []edit    // of it, where the length differs
	message  string    // the message
	segments []segment // what came from where in it; worked out when first asked for
}

// piece says that the text from at on, up to the next piece, comes from these
// bytes of the message: as a whole, or byte by byte if it is the same.
type segment struct {
	offset, start, end int
	verbatim           bool
}

// Read returns the ways to read a message, the plainest first: as it is
// written (models.Words), then with letters for those that they are taken for
// (models.Confusables) and letters for digits and signs (models.Digits). The
// second and third are there only where they differ. They cost a pass
// each and are not for showing: they spell what is meant where somebody hides
// words, and nonsense elsewhere.
func Readings(text string) []Reading {
	words := Normalise(text)
	second, alike := replaceConfusables(words)
	plain := words
	if second != "" {
		plain = second
	}
	third, out := replaceLeet(plain)
	readings := make([]Reading, 1, 1+min(1, len(second))+min(1, len(third)))
	readings[0] = Reading{How: models.MatchWords, Text: words, message: text}
	if second != "" {
		readings = append(readings, Reading{How: models.MatchConfusables, Text: second, source: &readings[0], edits: alike})
	}
	if third != "" {
		readings = append(readings, Reading{How: models.MatchDigits, Text: third, source: &readings[len(readings)-1], edits: out})
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
	if r.source != nil {
		return r.source.Span(sourceStart(r.edits, start), sourceEnd(r.edits, end))
	}
	if len(r.Text) == 0 {
		return models.Span{}
	}
	if len(r.Text) == len(r.message) && isASCII(r.message) {
		return models.Span{Start: start, End: end} // nothing was left out
	}
	if r.segments == nil {
		r.segments = alignSegments(r.message)
	}
	first := r.segments[sort.Search(len(r.segments), func(i int) bool { return r.segments[i].offset > start })-1]
	last := r.segments[sort.Search(len(r.segments), func(i int) bool { return r.segments[i].offset >= end })-1]
	span := models.Span{Start: first.start, End: last.end}
	if first.verbatim {
		for span.Start += start - first.offset; !utf8.RuneStart(r.message[span.Start]); span.Start-- {
		}
	}
	if last.verbatim {
		for span.End = last.start + end - last.offset; span.End < len(r.message) && !utf8.RuneStart(r.message[span.End]); span.End++ {
		}
	}
	return span
}

// before returns where a place that begins something was before the edits.
func sourceStart(edits []edit, at int) int {
	i := sort.Search(len(edits), func(i int) bool { return edits[i].outStart > at }) - 1
	if i < 0 {
		return at
	}
	if at < edits[i].outEnd {
		return edits[i].srcStart
	}
	return at - edits[i].outEnd + edits[i].srcEnd
}

// after returns where a place that ends something was before the edits.
func sourceEnd(edits []edit, at int) int {
	i := sort.Search(len(edits), func(i int) bool { return edits[i].outStart >= at }) - 1
	if i < 0 {
		return at
	}
	if at < edits[i].outEnd {
		return edits[i].srcEnd
	}
	return at - edits[i].outEnd + edits[i].srcEnd
}

// trace normalises text once more and notes where each piece came from.
func alignSegments(text string) []segment {
	pieces := make([]segment, 0, 16)
	n := normaliser{text: text, props: sharedRuneProps()}
	out := make([]byte, 0, len(text))
	for n.pos < len(text) {
		from, at := n.pos, len(out)+n.pos-n.pending
		if n.skipStable(n.afterSpace(out)); n.pos > from {
			pieces = append(pieces, segment{offset: at, start: from, end: n.pos, verbatim: true})
			continue
		}
		var end int
		out, end = n.appendCluster(out)
		switch {
		case len(out)+n.pos-n.pending > at:
			pieces = append(pieces, segment{offset: at, start: from, end: end})
		case n.afterSpace(out) && len(pieces) > 0:
			pieces = widenLast(pieces, at-1, end)
		}
	}
	return pieces
}

// widened lets the blank at that place, the last of what is written, come from all up to end.
func widenLast(pieces []segment, at, end int) []segment {
	last := &pieces[len(pieces)-1]
	if last.verbatim && last.offset < at {
		last.end--
		return append(pieces, segment{offset: at, start: last.end, end: end})
	}
	last.verbatim, last.end = false, end
	return pieces
}
