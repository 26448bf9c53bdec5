package match

import (
	"strings"

	"example.org/tocsin/canon"
)

// edge is what lies before a letter of a host.
type hostEdge uint8

const (
	dotEdge hostEdge = 1 << iota
	hyphenEdge
	digitEdge // between a digit and a letter
	digit     // the letter itself is written as a digit
)

// wordEdge is where one word ends and another begins, for all to see.
const wordEdge = dotEdge | hyphenEdge | digitEdge

// hostLabel is one label of a host.
type hostLabel struct {
	start, end int16 // in the host
	from, to   int16 // in its letters
	hyphens    bool
	pairs      bool // two letters in it may be taken for one
	foreign    bool // not ASCII
}

// otherLetter stands for any letter that looks like none of ASCII: no name holds it.
const otherLetter = 0x80

// view is a host as the eye skims it: its letters without dots and hyphens, and where those were.
type hostView struct {
	letterRow

	host   string
	edges  [maxLetters + 1]hostEdge
	labels [maxLetters/2 + 1]hostLabel
	count  int
}

func (v *hostView) read(host string, b *brands) {
	v.host = host
	for start := 0; start < len(host) && v.count < len(v.labels); {
		end := len(host)
		if n := strings.IndexByte(host[start:], '.'); n >= 0 {
			end = start + n
		}
		l := &v.labels[v.count]
		l.start, l.end, l.from = int16(start), int16(end), int16(v.n) //nolint:gosec // at most 253
		v.edges[v.n] |= dotEdge
		v.readLabel(l, host[start:end], b)
		l.to = int16(v.n) //nolint:gosec // the same
		v.count++
		start = end + 1
	}
	v.edges[v.n] |= dotEdge
}

func (v *hostView) readLabel(l *hostLabel, label string, b *brands) {
	if strings.HasPrefix(label, "xn--") {
		v.readForeign(l, label, b)
		return
	}
	var before byte
	for i := range len(label) {
		raw := label[i]
		if raw == '-' || raw == '_' {
			v.edges[v.n] |= hyphenEdge
			l.hyphens = true
			before = 0
			continue
		}
		if before != 0 && digitByte(raw) != digitByte(before) {
			v.edges[v.n] |= digitEdge
		}
		if digitByte(raw) {
			v.edges[v.n] |= digit
		}
		v.letter(l, b.look[raw], b)
		before = raw
	}
}

// readForeign reads a label that was written in letters outside ASCII. All of them that look
// like no letter of ASCII count as one and the same letter.
func (v *hostView) readForeign(l *hostLabel, label string, b *brands) {
	var room [4 * 63]byte
	l.foreign = true
	for _, r := range string(canon.AppendLookalikes(room[:0], label)) {
		switch {
		case r == '-' || r == '_':
			v.edges[v.n] |= hyphenEdge
			l.hyphens = true
		case r < otherLetter:
			v.letter(l, byte(r), b) //nolint:gosec // ASCII
		default:
			v.letter(l, otherLetter, b)
		}
	}
}

func (v *hostView) letter(l *hostLabel, c byte, b *brands) {
	if v.n > int(l.from) && b.pairs[v.letters[v.n-1]&0x7F]>>(c&31)&1 != 0 {
		l.pairs = true
	}
	v.add(c, &b.hash)
}

func digitByte(c byte) bool { return c-'0' < 10 }

// text returns the label as it stands in the host.
func (v *hostView) text(l *hostLabel) string { return v.host[l.start:l.end] }
