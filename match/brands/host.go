package brands

import (
	"strings"

	"example.org/tocsin/canon/text"
)

// edge is what lies before a letter of a host.
type boundaryFlags uint8

const (
	dotBoundary boundaryFlags = 1 << iota
	hyphenBoundary
	digitBoundary  // between a digit and a letter
	writtenAsDigit // the letter itself is written as a digit
)

// wordEdge is where one word ends and another begins, for all to see.
const wordBoundary = dotBoundary | hyphenBoundary | digitBoundary

// hostLabel is one label of a host.
type hostLabel struct {
	start, end int16 // in the host
	from, to   int16 // in its letters
	hyphens    bool
	pairs      bool // two letters in it may be taken for one
	idn        bool // not ASCII
}

// otherLetter stands for any letter that looks like none of ASCII: no name holds it.
const nonASCIILetter = 0x80

// view is a host as the eye skims it: its letters without dots and hyphens, and where those were.
type parsedHost struct {
	letterRow

	host       string
	boundaries [maxHostLetters + 1]boundaryFlags
	labels     [maxHostLetters/2 + 1]hostLabel
	count      int
}

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

// readForeign reads a label that was written in letters outside ASCII. All of them that look
// like no letter of ASCII count as one and the same letter.
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

func (v *parsedHost) addLetter(l *hostLabel, c byte, b *Index) {
	if v.n > int(l.from) && b.pairs[v.letters[v.n-1]&0x7F]>>(c&31)&1 != 0 {
		l.pairs = true
	}
	v.add(c, &b.hash)
}

func isDigit(c byte) bool { return c-'0' < 10 }

// text returns the label as it stands in the host.
func (v *parsedHost) labelText(l *hostLabel) string { return v.host[l.start:l.end] }
