package canon

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// marksAtOnce is how many marks after a base are taken as they are: Unicode's
// stream-safe format, which package norm keeps, breaks longer runs up.
const marksAtOnce = 24

// normaliser reads a text cluster by cluster: a base with all that joins it,
// which is what normalisation sees at once (UAX #15, "Stable Code Points").
// Most runes stay or become one other whatever is around them, so it keeps
// stretches of the text as they are. A few go through the Unicode tables with
// their cluster.
type normaliser struct {
	text  string
	at    int // where the next cluster begins
	kept  int // from here to at, text is normal as it is, and not yet in out
	runes *runes
	slow  *worker // nil until it is needed
}

// rest appends to out what is left of the text, but for what it keeps at the end.
func (n *normaliser) rest(out []byte) []byte {
	for {
		n.steady(n.blankBefore(out))
		if n.at == len(n.text) {
			return out
		}
		if n.stable(n.at) {
			out = n.ascii(out)
		} else {
			out, _ = n.cluster(out)
		}
	}
}

// steady goes to the next cluster that does not stay as it is, or may not.
func (n *normaliser) steady(blank bool) {
	base := n.at
	for i := n.at; i < len(n.text); {
		from := i
		for i < len(n.text) && asciiForms[n.text[i]] == n.text[i] && (!blank || n.text[i] != ' ') {
			blank = n.text[i] == ' '
			i++
		}
		if i > from {
			base = i - 1
		}
		if i == len(n.text) || n.text[i] < utf8.RuneSelf {
			n.at = i
			return
		}
		r, size := utf8.DecodeRuneInString(n.text[i:])
		t := n.runes.of(r)
		if t&(plain|changeMask) != plain {
			n.at = i
			if t&(joins|gone) != 0 {
				n.at = base
			}
			return
		}
		blank = false
		base, i = i, i+size
	}
	n.at = len(n.text)
}

// stable reports whether at i there is an ASCII byte that nothing joins.
func (n *normaliser) stable(i int) bool {
	return n.text[i] < utf8.RuneSelf && (i+1 == len(n.text) || n.text[i+1] < utf8.RuneSelf)
}

// ascii writes a run of stable bytes, of which there is one at least.
func (n *normaliser) ascii(out []byte) []byte {
	out = n.keep(out, n.at)
	to, last := len(out), byte(' ')
	if to > 0 {
		last = out[to-1]
	}
	out = slices.Grow(out, len(n.text)-n.at)
	room := out[:cap(out)]
	end, before := len(n.text), to
	for i := n.at; i < len(n.text); i++ {
		c := n.text[i]
		if c >= utf8.RuneSelf { // which may join the byte before
			end, to = i-1, before
			break
		}
		c = asciiForms[c]
		room[to] = c
		before = to
		if c != ' ' || last != ' ' {
			to++
		}
		last = c
	}
	n.at, n.kept = end, end
	return room[:to]
}

// keep appends what was kept before i.
func (n *normaliser) keep(out []byte, i int) []byte {
	out = append(out, n.text[n.kept:i]...)
	n.kept = i
	return out
}

// blankBefore reports whether a blank at this place would be one too many.
func (n *normaliser) blankBefore(out []byte) bool {
	if n.kept < n.at {
		return n.text[n.at-1] == ' '
	}
	return len(out) == 0 || out[len(out)-1] == ' '
}

// cluster reads one cluster. It returns also where that ends, but for
// invisible characters, which belong to nothing.
func (n *normaliser) cluster(out []byte) (written []byte, end int) {
	c := n.next()
	switch {
	case c.base&gone != 0:
		out = n.keep(out, n.at)
		n.kept = c.end
	case c.simple && c.base&(plain|changeMask) == plain && c.whole == c.first:
	case c.simple && c.first == ' ' && !n.blankBefore(out):
	case c.simple && c.base&plain != 0:
		out = utf8.AppendRune(n.keep(out, n.at), c.base.becomes(c.whole))
		n.kept = c.marks
	case c.simple && c.base&blank != 0:
		out = appendBlank(n.keep(out, n.at))
		n.kept = c.marks
	case c.simple && c.marks == c.end && c.base&spelled != 0:
		out = n.keep(out, n.at)
		words := n.runes.spelling(c.first, c.base)
		if words != "" && words[0] == ' ' && n.blankBefore(out) {
			words = words[1:]
		}
		out = append(out, words...)
		n.kept = c.end
	default:
		out = n.keep(out, n.at)
		if n.slow == nil {
			n.slow = &worker{fold: cases.Fold()}
		}
		out = appendWords(out, n.slow.normal(n.text[n.at:c.end]))
		n.kept = c.end
	}
	n.at = c.after
	if c.end < c.after {
		out = n.keep(out, c.end)
		n.kept = c.after
	}
	return out, c.end
}

// cluster is a base and what joins it.
type cluster struct {
	first  rune  // the base
	whole  rune  // the base with those marks that it takes in
	base   trait // of whole
	marks  int   // where the other marks begin
	end    int   // where it ends
	after  int   // the same with the invisible characters that follow
	simple bool  // the other marks stay as they are
}

// next returns the cluster at this place.
func (n *normaliser) next() cluster {
	r, size := utf8.DecodeRuneInString(n.text[n.at:])
	c := cluster{first: r, whole: r, base: n.runes.of(r), marks: n.at + size, end: n.at + size, after: n.at + size}
	c.simple = c.base&joins == 0
	if c.base&gone != 0 {
		return c
	}
	count, class := 0, uint8(0)
	for c.after < len(n.text) && n.text[c.after] >= utf8.RuneSelf {
		r, size := utf8.DecodeRuneInString(n.text[c.after:])
		t := n.runes.of(r)
		if t&(joins|gone) == 0 {
			break
		}
		at := c.after
		c.after += size
		if t&gone != 0 {
			continue
		}
		c.simple = c.simple && at == c.end // else an invisible character is inside
		c.end = c.after
		if c.marks == at && t&merges != 0 && c.base&takes != 0 {
			if whole := n.runes.composed(c.whole, r); whole != 0 {
				c.whole, c.base, c.marks = whole, n.runes.of(whole), c.end
				continue
			}
		}
		count++
		c.simple = c.simple && count <= marksAtOnce && t.follows(c.base, class)
		c.base |= t & takes
		class = t.class()
	}
	return c
}

// follows reports whether a mark stays as it is after a base and a mark of the class.
func (t trait) follows(base trait, class uint8) bool {
	if t&mark == 0 || base&trails != 0 || t&merges != 0 && base&takes != 0 {
		return false
	}
	return t.class() == 0 || t.class() >= class
}

// appendBlank appends one space unless there is one, or nothing yet.
func appendBlank(out []byte) []byte {
	if len(out) > 0 && out[len(out)-1] != ' ' {
		out = append(out, ' ')
	}
	return out
}

// appendWords appends a normalised piece, each run of white space as one space.
func appendWords(out, piece []byte) []byte {
	for len(piece) > 0 {
		r, size := utf8.DecodeRune(piece)
		if unicode.IsSpace(r) {
			out = appendBlank(out)
		} else {
			out = append(out, piece[:size]...)
		}
		piece = piece[size:]
	}
	return out
}

// worker normalises pieces of text by the Unicode tables. It keeps its memory
// from one piece to the next.
type worker struct {
	fold cases.Caser
	a, b []byte
}

// normal returns the normalised form of a piece but for its white space. The
// result holds until the next call.
func (w *worker) normal(s string) []byte {
	w.a = dropHidden(append(w.a[:0], s...))
	w.b = norm.NFKC.Append(w.b[:0], w.a...)
	w.a, _, _ = transform.Append(w.fold, w.a[:0], w.b) // no valid UTF-8 fails
	w.a = dropHidden(w.a)
	w.b = norm.NFKC.Append(w.b[:0], w.a...)
	return w.b
}

// dropHidden removes in place what Normalise has no use for, and writes Cherokee in one case.
func dropHidden(text []byte) []byte {
	kept := text[:0]
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		i += size
		switch capital := cherokee(r); {
		case capital != r:
			kept = utf8.AppendRune(kept, capital) // of the same length
		case visible(r) >= 0:
			kept = append(kept, text[i-size:i]...)
		}
	}
	return kept
}

// cherokee returns the capital of a small Cherokee letter: the one script whose
// letters fold upwards (CaseFolding.txt). x/text folds them both ways, so that
// folding twice would lead back.
func cherokee(r rune) rune {
	switch {
	case r >= 0xAB70 && r <= 0xABBF:
		return r - 0xAB70 + 0x13A0
	case r >= 0x13F8 && r <= 0x13FD:
		return r - 0x13F8 + 0x13F0
	}
	return r
}

// asciiForms holds what each ASCII byte becomes; for others it holds what they are not.
const asciiForms = "\x00\x01\x02\x03\x04\x05\x06\x07\x08     \x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f" +
	" !\x22#$%&'()*+,-./0123456789:;<=>?" +
	"@abcdefghijklmnopqrstuvwxyz[\x5c]^_" +
	"`abcdefghijklmnopqrstuvwxyz{|}~\x7f" +
	half + half

const half = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
