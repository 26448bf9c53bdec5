package brands

import (
	"strings"

	"example.org/tocsin/canon/text"
)

// boundaryFlags tell what lies before a letter of a host.
type boundaryFlags uint8

const (
	dotBoundary    boundaryFlags = 1 << iota
	hyphenBoundary               // or an underscore
	digitBoundary                // between a digit and a letter
	writtenAsDigit               // the letter itself is written as a digit
)

// wordBoundary is where one word ends and another begins, plain to see.
const wordBoundary = dotBoundary | hyphenBoundary | digitBoundary

// hostLabel is one label of a host. Places fit 16 bits: a host has at most 253 letters.
type hostLabel struct {
	start, end int16 // in the host
	from, to   int16 // in its letters
	hyphens    bool
	pairs      bool // two letters in it may be taken for one, so its skeleton is shorter
	idn        bool // an A-label: not ASCII as it is shown (RFC 5890)
}

// nonASCIILetter stands for every letter that looks like none of ASCII. No name
// holds it, so it matches nothing, but it keeps its place among the others.
const nonASCIILetter = 0x80

// parsedHost is a host as somebody skims it: its letters without dots and
// hyphens, and where those were. It is of fixed size, so that it lives on the stack.
type parsedHost struct {
	letterRow

	host       string
	boundaries [maxHostLetters + 1]boundaryFlags // before each letter, and behind the last
	labels     [maxHostLetters/2 + 1]hostLabel   // in their order
	count      int                               // of labels
}

// parse reads a host of at most maxHostLetters bytes. The fields must be zero before.
func (v *parsedHost) parse(host string, b *Index) {
	v.host = host
	for start := 0; start < len(host) && v.count < len(v.labels); {
		end := len(host)
		if n := strings.IndexByte(host[start:], '.'); n >= 0 {
			end = start + n
		}
		l := &v.labels[v.count]
		l.start, l.end, l.from = int16(start), int16(end), int16(v.n) //nolint:gosec // at most 253
		v.boundaries[v.n] |= dotBoundary
		v.parseLabel(l, host[start:end], b)
		l.to = int16(v.n) //nolint:gosec // the same
		v.count++
		start = end + 1
	}
	v.boundaries[v.n] |= dotBoundary
}

// parseLabel reads one label. Hyphens and underscores become boundaries instead
// of letters: north-bank and northbank are the same row.
func (v *parsedHost) parseLabel(l *hostLabel, label string, b *Index) {
	if strings.HasPrefix(label, "xn--") {
		v.parseIDN(l, label, b)
		return
	}
	var prev byte
	for i := range len(label) {
		raw := label[i]
		if raw == '-' || raw == '_' {
			v.boundaries[v.n] |= hyphenBoundary
			l.hyphens = true
			prev = 0
			continue
		}
		if prev != 0 && isDigit(raw) != isDigit(prev) {
			v.boundaries[v.n] |= digitBoundary
		}
		if isDigit(raw) {
			v.boundaries[v.n] |= writtenAsDigit
		}
		v.addLetter(l, b.fold[raw], b)
		prev = raw
	}
}

// parseIDN reads an A-label (xn--...) as it is shown. All of its letters that look
// like none of ASCII count as one and the same letter. Edges between digits and
// letters are not noted.
func (v *parsedHost) parseIDN(l *hostLabel, label string, b *Index) {
	var buf [4 * 63]byte
	l.idn = true
	for _, r := range string(text.AppendLookalikes(buf[:0], label)) {
		switch {
		case r == '-' || r == '_':
			v.boundaries[v.n] |= hyphenBoundary
			l.hyphens = true
		case r < nonASCIILetter:
			v.addLetter(l, byte(r), b) //nolint:gosec // ASCII
		default:
			v.addLetter(l, nonASCIILetter, b)
		}
	}
}

// addLetter appends a letter and notes whether it and the one before look like a single one.
func (v *parsedHost) addLetter(l *hostLabel, c byte, b *Index) {
	if v.n > int(l.from) && b.pairs[v.letters[v.n-1]&0x7F]>>(c&31)&1 != 0 {
		l.pairs = true
	}
	v.add(c, &b.hash)
}

func isDigit(c byte) bool { return c-'0' < 10 }

// labelText returns the label as it stands in the host.
func (v *parsedHost) labelText(l *hostLabel) string { return v.host[l.start:l.end] }
