package text

import (
	"sort"
	"unicode/utf8"

	"example.org/tocsin/models"
)

// Reading is one way to read a message, in the form in which phrases are looked
// for. It is not for several goroutines at once, since Span keeps what it works
// out.
type Reading struct {
	How  models.MatchType // Words, Confusables or Digits
	Text string           // normalised

	source   *Reading  // the reading that this one was rewritten from; nil: it was read from the message
	edits    []edit    // what was rewritten, where the length differs
	message  string    // the message; empty where there is a source
	segments []segment // what came from where in the message; worked out when first needed
}

// segment says that the text from offset on, up to the next segment, comes from
// bytes start to end of the message: byte by byte if it is verbatim, else as a
// whole.
type segment struct {
	offset, start, end int
	verbatim           bool
}

// Readings returns the ways to read a message, the plainest first: as it is
// written (models.MatchWords), then with letters for those that they are taken
// for (models.MatchConfusables) and letters for digits and signs
// (models.MatchDigits). The second and third are there only where they differ.
// They cost a pass each and are not for showing: they spell what is meant where
// somebody hides words, and nonsense elsewhere.
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

// Span returns which bytes of the message the text from byte start to byte end
// was read from: whole runes with all that joins them, white space as far as it
// made one space. A place outside the text counts as its nearest end. The first
// call for a message reads it once more, which only messages with a hit pay
// for.
func (r *Reading) Span(start, end int) models.Span {
	start = max(0, min(start, len(r.Text)-1))
	end = max(start+1, min(end, len(r.Text)))
	if r.source != nil {
		return r.source.Span(sourceStart(r.edits, start), sourceEnd(r.edits, end))
	}
	if len(r.Text) == 0 {
		return models.Span{}
	}
	if len(r.Text) == len(r.message) && AllASCII(r.message) {
		return models.Span{Start: start, End: end} // nothing was left out
	}
	if r.segments == nil {
		r.segments = alignSegments(r.message)
	}
	first := r.segments[sort.Search(len(r.segments), func(i int) bool { return r.segments[i].offset > start })-1]
	last := r.segments[sort.Search(len(r.segments), func(i int) bool { return r.segments[i].offset >= end })-1]
	span := models.Span{Start: first.start, End: last.end}
	// Within a verbatim segment the place is counted, and widened to whole runes.
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

// sourceStart returns where in the source a place of the rewritten text is that
// begins something.
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

// sourceEnd returns where in the source a place of the rewritten text is that
// ends something.
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

// alignSegments normalises text once more and notes where each piece came from.
// What it notes fits what Normalise returns, since the same code makes both
// (TestSpanIsWhatAReadingWasReadFrom).
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

// widenLast lets the space at offset at, the last byte of what is written, come
// from all up to byte end of the message: white space behind it became part of
// it.
func widenLast(pieces []segment, at, end int) []segment {
	last := &pieces[len(pieces)-1]
	if last.verbatim && last.offset < at {
		last.end--
		return append(pieces, segment{offset: at, start: last.end, end: end})
	}
	last.verbatim, last.end = false, end
	return pieces
}
