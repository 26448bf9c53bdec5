package text

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// maxNonStarters is how many marks after a base are taken as they are:
// Unicode's stream-safe format (UAX #15, section 13), which package norm keeps,
// breaks longer runs up.
const maxNonStarters = 24

// normaliser reads a text cluster by cluster: a base with all that joins it,
// which is what normalisation sees at once (UAX #15, "Stable Code Points").
// Most runes stay or become one other whatever is around them, so it leaves
// stretches of the text where they are and copies them only once something
// changes. A few runes go through the Unicode tables with their cluster.
//
// It exists for speed: package norm and package cases in turn take several
// times as long. What it returns is what they do
// (TestNormaliseEqualsItsPlainForm).
type normaliser struct {
	text     string
	pos      int // where the next cluster begins
	pending  int // from here to pos, text is normal as it is, and not yet in out
	props    *runePropTable
	fallback *tableNormaliser // nil until it is needed
}

// appendRest appends to out what is left of the text, but for a last stretch
// that is normal as it is: that is text[pending:pos].
func (n *normaliser) appendRest(out []byte) []byte {
	for {
		n.skipStable(n.afterSpace(out))
		if n.pos == len(n.text) {
			return out
		}
		if n.isStableASCII(n.pos) {
			out = n.appendASCII(out)
		} else {
			out, _ = n.appendCluster(out)
		}
	}
}

// skipStable goes to the next cluster that does not stay as it is, or may not.
// AfterSpace says that a space before this place makes another one too many.
func (n *normaliser) skipStable(afterSpace bool) {
	base := n.pos
	for i := n.pos; i < len(n.text); {
		from := i
		for i < len(n.text) && foldedASCII[n.text[i]] == n.text[i] && (!afterSpace || n.text[i] != ' ') {
			afterSpace = n.text[i] == ' '
			i++
		}
		if i > from {
			base = i - 1 // the last of them may take a mark that follows
		}
		if i == len(n.text) || n.text[i] < utf8.RuneSelf {
			n.pos = i
			return
		}
		r, size := utf8.DecodeRuneInString(n.text[i:])
		t := n.props.lookup(r)
		if t&(propSimple|mapMask) != propSimple {
			n.pos = i
			if t&(propExtend|propIgnorable) != 0 {
				n.pos = base
			}
			return
		}
		afterSpace = false
		base, i = i, i+size
	}
	n.pos = len(n.text)
}

// isStableASCII reports whether at i there is an ASCII byte that nothing joins.
func (n *normaliser) isStableASCII(i int) bool {
	return n.text[i] < utf8.RuneSelf && (i+1 == len(n.text) || n.text[i+1] < utf8.RuneSelf)
}

// appendASCII writes the run of stable ASCII bytes at this place, of which
// there is one at least, folded and with single spaces. It writes every byte
// and moves on only for those that are kept, which saves a branch for each.
func (n *normaliser) appendASCII(out []byte) []byte {
	out = n.flushTo(out, n.pos)
	to, last := len(out), byte(' ')
	if to > 0 {
		last = out[to-1]
	}
	out = slices.Grow(out, len(n.text)-n.pos)
	room := out[:cap(out)]
	end, before := len(n.text), to
	for i := n.pos; i < len(n.text); i++ {
		c := n.text[i]
		if c >= utf8.RuneSelf { // which may join the byte before
			end, to = i-1, before
			break
		}
		c = foldedASCII[c]
		room[to] = c
		before = to
		if c != ' ' || last != ' ' {
			to++
		}
		last = c
	}
	n.pos, n.pending = end, end
	return room[:to]
}

// flushTo appends the pending stretch up to byte i.
func (n *normaliser) flushTo(out []byte, i int) []byte {
	out = append(out, n.text[n.pending:i]...)
	n.pending = i
	return out
}

// afterSpace reports whether a space at this place would be one too many: one
// stands there already, or nothing does.
func (n *normaliser) afterSpace(out []byte) bool {
	if n.pending < n.pos {
		return n.text[n.pos-1] == ' '
	}
	return len(out) == 0 || out[len(out)-1] == ' '
}

// appendCluster writes the cluster at this place, in the cheapest way that its
// runes allow. It returns also where the cluster ends, but for invisible
// characters behind it, which belong to nothing.
func (n *normaliser) appendCluster(out []byte) (written []byte, end int) {
	c := n.nextCluster()
	switch {
	case c.base&propIgnorable != 0:
		out = n.flushTo(out, n.pos)
		n.pending = c.end
	case c.simple && c.base&(propSimple|mapMask) == propSimple && c.composed == c.first:
	case c.simple && c.first == ' ' && !n.afterSpace(out):
	case c.simple && c.base&propSimple != 0:
		out = utf8.AppendRune(n.flushTo(out, n.pos), c.base.mapped(c.composed))
		n.pending = c.marksStart
	case c.simple && c.base&propSpace != 0:
		out = appendSpace(n.flushTo(out, n.pos))
		n.pending = c.marksStart
	case c.simple && c.marksStart == c.end && c.base&propExpands != 0:
		out = n.flushTo(out, n.pos)
		words := n.props.expansion(c.first, c.base)
		if words != "" && words[0] == ' ' && n.afterSpace(out) {
			words = words[1:]
		}
		out = append(out, words...)
		n.pending = c.end
	default:
		out = n.flushTo(out, n.pos)
		if n.fallback == nil {
			n.fallback = &tableNormaliser{fold: cases.Fold()}
		}
		out = appendCollapsed(out, n.fallback.normalise(n.text[n.pos:c.end]))
		n.pending = c.end
	}
	n.pos = c.after
	if c.end < c.after {
		out = n.flushTo(out, c.end)
		n.pending = c.after
	}
	return out, c.end
}

// cluster is a base and what joins it.
type cluster struct {
	first      rune      // the base
	composed   rune      // the base with those marks that it takes in
	base       runeProps // of composed
	marksStart int       // where the other marks begin
	end        int       // where it ends
	after      int       // the same with the invisible characters that follow
	simple     bool      // the other marks stay as they are
}

// nextCluster returns the cluster at this place, without moving on.
func (n *normaliser) nextCluster() cluster {
	r, size := utf8.DecodeRuneInString(n.text[n.pos:])
	c := cluster{first: r, composed: r, base: n.props.lookup(r), marksStart: n.pos + size, end: n.pos + size, after: n.pos + size}
	c.simple = c.base&propExtend == 0
	if c.base&propIgnorable != 0 {
		return c
	}
	count, class := 0, uint8(0)
	for c.after < len(n.text) && n.text[c.after] >= utf8.RuneSelf {
		r, size := utf8.DecodeRuneInString(n.text[c.after:])
		t := n.props.lookup(r)
		if t&(propExtend|propIgnorable) == 0 {
			break
		}
		at := c.after
		c.after += size
		if t&propIgnorable != 0 {
			continue
		}
		c.simple = c.simple && at == c.end // else an invisible character is inside
		c.end = c.after
		if c.marksStart == at && t&propComposesBackward != 0 && c.base&propComposesForward != 0 {
			if whole := n.props.compose(c.composed, r); whole != 0 {
				c.composed, c.base, c.marksStart = whole, n.props.lookup(whole), c.end
				continue
			}
		}
		count++
		c.simple = c.simple && count <= maxNonStarters && t.stableAfter(c.base, class)
		c.base |= t & propComposesForward
		class = t.class()
	}
	return c
}

// stableAfter reports whether a mark stays as it is after a base and a mark of
// the class: it does not merge with the base, and canonical ordering (UAX #15)
// does not move it.
func (t runeProps) stableAfter(base runeProps, class uint8) bool {
	if t&propMark == 0 || base&propEndsInMark != 0 || t&propComposesBackward != 0 && base&propComposesForward != 0 {
		return false
	}
	return t.class() == 0 || t.class() >= class
}

// appendSpace appends one space unless there is one, or nothing yet.
func appendSpace(out []byte) []byte {
	if len(out) > 0 && out[len(out)-1] != ' ' {
		out = append(out, ' ')
	}
	return out
}

// appendCollapsed appends a normalised piece, each run of white space as one
// space.
func appendCollapsed(out, piece []byte) []byte {
	for len(piece) > 0 {
		r, size := utf8.DecodeRune(piece)
		if unicode.IsSpace(r) {
			out = appendSpace(out)
		} else {
			out = append(out, piece[:size]...)
		}
		piece = piece[size:]
	}
	return out
}

// tableNormaliser normalises pieces of text by the tables of package norm and
// package cases. It keeps its memory from one piece to the next.
type tableNormaliser struct {
	fold cases.Caser
	a, b []byte
}

// normalise returns the normalised form of a piece but for its white space:
// NFKC, full case folding, NFKC again, since folding can undo it (as in
// NFKC_Casefold, Unicode 3.13). The result holds until the next call.
func (w *tableNormaliser) normalise(s string) []byte {
	w.a = dropInvisible(append(w.a[:0], s...))
	w.b = norm.NFKC.Append(w.b[:0], w.a...)
	w.a, _, _ = transform.Append(w.fold, w.a[:0], w.b) // no valid UTF-8 fails
	w.a = dropInvisible(w.a)
	w.b = norm.NFKC.Append(w.b[:0], w.a...)
	return w.b
}

// dropInvisible removes in place what Normalise has no use for, and writes
// Cherokee in one case.
func dropInvisible(text []byte) []byte {
	kept := text[:0]
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		i += size
		switch capital := upperCherokee(r); {
		case capital != r:
			kept = utf8.AppendRune(kept, capital) // of the same length
		case Visible(r) >= 0:
			kept = append(kept, text[i-size:i]...)
		}
	}
	return kept
}

// upperCherokee returns the capital of a small Cherokee letter: the one script
// whose letters fold upwards (CaseFolding.txt). Package cases folds them both
// ways, so that folding twice would lead back.
func upperCherokee(r rune) rune {
	switch {
	case r >= 0xAB70 && r <= 0xABBF:
		return r - 0xAB70 + 0x13A0
	case r >= 0x13F8 && r <= 0x13FD:
		return r - 0x13F8 + 0x13F0
	}
	return r
}

// foldedASCII holds what each ASCII byte becomes: capitals their small letters,
// white space a space. For the other bytes it holds a byte that differs, so
// that a comparison with the byte itself stops at them.
const foldedASCII = "\x00\x01\x02\x03\x04\x05\x06\x07\x08     \x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f" +
	" !\x22#$%&'()*+,-./0123456789:;<=>?" +
	"@abcdefghijklmnopqrstuvwxyz[\x5c]^_" +
	"`abcdefghijklmnopqrstuvwxyz{|}~\x7f" +
	nonASCIIBytes + nonASCIIBytes

// nonASCIIBytes is the part of foldedASCII for 64 bytes from 0x80 on.
const nonASCIIBytes = "" +
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
