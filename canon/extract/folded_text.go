package extract

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"example.org/tocsin/canon/text"
)

// foldedText is a text as a reader takes it: digits of every script and
// full-width forms in ASCII, invisible characters gone, defanged links made
// whole. It remembers where in the original each of its bytes stood.
type foldedText struct {
	text    string
	offsets []int32 // of len(text)+1; nil if the text was plain
}

// scanText goes over a text for Indicators: it returns its folded text, and
// where in it the first candidate for an indicator may stand, -1 if there is
// none. The text is folded only if it holds a candidate and folding would
// change it.
func scanText(text string) (v foldedText, first int) {
	s := scanner{text: text, unfolded: true}
	first, end := s.nextCandidate(0)
	switch {
	case first < len(text):
		s.foldsOnly = true // there is a candidate; of the rest it only matters whether folding changes it
		for !s.needsFold && end < len(text) {
			_, end = s.nextCandidate(end)
		}
	case !s.needsFold || s.digitCount < minPhoneDigits: // all else that folding brings out was a candidate
		return foldedText{}, -1
	}
	if s.needsFold {
		return newFoldedText(text), 0
	}
	return foldedText{text: text}, first
}

// newFoldedText folds text in one pass.
func newFoldedText(text string) foldedText {
	b := foldBuilder{source: text, out: make([]byte, 0, len(text)), offsets: make([]int32, 0, len(text)+1)}
	for b.pos < len(text) {
		b.copyRun()
	}
	b.offsets = append(b.offsets, int32(len(text))) //nolint:gosec // a text is far below 2 GB
	return foldedText{text: string(b.out), offsets: b.offsets}
}

// span returns the range of the original that text[start:end] stands for.
func (v foldedText) span(start, end int) (from, to int) {
	if v.offsets == nil {
		return start, end
	}
	return int(v.offsets[start]), int(v.offsets[end])
}

// foldBuilder makes a folded text. Pos is where in source it is; offsets has
// one entry for each byte of out.
type foldBuilder struct {
	source  string
	pos     int
	out     []byte
	offsets []int32
}

// copyRun takes over what folding never changes, and folds what stands behind
// it.
func (b *foldBuilder) copyRun() {
	i := b.pos
	for i < len(b.source) && byteClass[b.source[i]] == plainByte && b.source[i] != ' ' {
		b.offsets = append(b.offsets, int32(i)) //nolint:gosec // a text is far below 2 GB
		i++
	}
	b.out = append(b.out, b.source[b.pos:i]...)
	if b.pos = i; i < len(b.source) {
		b.foldNext()
	}
}

// foldNext takes one rune, or one piece of defanging, over.
func (b *foldBuilder) foldNext() {
	rest := b.source[b.pos:]
	switch c := rest[0]; {
	case c == '[' || c == '(' || c == '{':
		if sign, n := bracketedPrefix(rest); n > 0 {
			b.appendBracketed(sign, n)
			return
		}
	case c == ' ':
		b.foldSpace(rest)
		return
	case c == '.':
		// A space before the dot was dropped by foldSpace; one behind it goes here.
		b.put('.', 1)
		if g := spacedDotAt(b.source, b.pos-1); g.spaceAfter && g.splitsHost() {
			b.pos++
		}
		return
	case c == '\\':
		b.foldBackslash(rest)
		return
	case c >= utf8.RuneSelf:
		b.foldNonASCII(rest)
		return
	}
	b.put(rune(rest[0]), 1)
}

// foldSpace takes a space over, but for one that pulls a link apart.
func (b *foldBuilder) foldSpace(rest string) {
	switch {
	case strings.HasSuffix(string(b.lastBytes(3)), "://"): // "https:// evil.example"
		b.pos++
	case isSpelledDot(b.source, b.pos):
		b.put('.', len(" dot "))
	case len(rest) > 2 && rest[1] == '.' && spacedDotAt(b.source, b.pos+1).splitsHost():
		b.pos++
	default:
		b.put(' ', 1)
	}
}

// foldBackslash takes a backslash over: as browsers read it in a link, where it
// is a slash, and gone where it only shields a dot ("evil\.example").
func (b *foldBuilder) foldBackslash(rest string) {
	lastWord := string(b.lastBytes(maxWordBytes))
	lastWord = lastWord[strings.LastIndexAny(lastWord, " \t\n")+1:]
	switch {
	case len(rest) > 2 && rest[1] == '.' && lastWord != "" && text.IsAlnum(lastWord[len(lastWord)-1]) && text.IsAlnum(rest[2]):
		b.pos++
	case isEscape(rest):
		b.put('\\', 1)
	case strings.HasSuffix(lastWord, ":") && len(rest) > 1 && rest[1] == '\\', // the first of "http:\\"
		strings.HasSuffix(lastWord, ":/"), // the second
		strings.Contains(lastWord, "://"): // one of the path
		b.put('/', 1)
	default:
		b.put('\\', 1)
	}
}

// isEscape reports whether s begins with a line end or tab as programs write
// them, "\n", and not with a directory.
func isEscape(s string) bool {
	if len(s) < 2 || s[1] != 'n' && s[1] != 'r' && s[1] != 't' {
		return false
	}
	return len(s) == 2 || !text.IsDigit(s[2]) && !text.IsLetter(s[2]) || s[2] >= 'A' && s[2] <= 'Z'
}

// foldNonASCII takes over a rune that is not ASCII.
func (b *foldBuilder) foldNonASCII(rest string) {
	r, size := utf8.DecodeRuneInString(rest)
	switch {
	case byteClass[rest[0]] != leadByte || !mayFold(rest):
		b.put(r, size)
	case text.IsInvisible(r):
		b.pos += size
	case r == 0x3002 || r == 0xFF61: // ideographic full stop, in hosts a dot
		if b.betweenAlnum(rest[size:]) {
			r = '.'
		}
		b.put(r, size)
	default:
		b.put(foldRune(r), size)
	}
}

// foldRune folds a rune but for full-width punctuation, which in Chinese text
// ends a link and would not in ASCII.
func foldRune(r rune) rune {
	f := text.FoldASCII(r)
	if r >= 0xFF01 && r <= 0xFF5E && unicode.IsPunct(r) && !strings.ContainsRune("+-./:@()", f) || r == 0xFF5C || r == 0xFF5E {
		return r
	}
	return f
}

// put writes a rune that stands for size bytes of the source.
func (b *foldBuilder) put(r rune, size int) {
	before := len(b.out)
	b.out = utf8.AppendRune(b.out, r)
	for range len(b.out) - before {
		b.offsets = append(b.offsets, int32(b.pos)) //nolint:gosec // a text is far below 2 GB
	}
	b.pos += size
}

// appendBracketed puts the sign that stood in brackets, without a space on
// either side of them: "evil (dot) example".
func (b *foldBuilder) appendBracketed(sign byte, size int) {
	if n := len(b.out); n > 1 && b.out[n-1] == ' ' && text.IsAlnum(b.out[n-2]) {
		b.out, b.offsets = b.out[:n-1], b.offsets[:n-1]
	}
	b.put(rune(sign), size)
	if b.pos+1 < len(b.source) && b.source[b.pos] == ' ' && text.IsAlnum(b.source[b.pos+1]) {
		b.pos++
	}
}

// lastBytes returns the last n bytes that were written, or all.
func (b *foldBuilder) lastBytes(n int) []byte { return b.out[max(0, len(b.out)-n):] }

// betweenAlnum reports whether an ASCII letter or digit stands before the
// present place and another begins rest.
func (b *foldBuilder) betweenAlnum(rest string) bool {
	return len(b.out) > 0 && text.IsAlnum(b.out[len(b.out)-1]) && rest != "" && text.IsAlnum(rest[0])
}

// bracketedPrefix returns the sign that the bracket at the start of s stands
// for, and how many bytes it takes: "[.]", "(dot)", "[at]". Which bracket
// closes does not matter.
func bracketedPrefix(s string) (sign byte, size int) {
	end := strings.IndexAny(s[1:min(len(s), 6)], "])}")
	if end < 1 {
		return 0, 0
	}
	switch strings.ToLower(s[1 : 1+end]) {
	case ".", "dot":
		return '.', end + 2
	case "@", "at":
		return '@', end + 2
	case ":":
		return ':', end + 2
	case "/":
		return '/', end + 2
	}
	return 0, 0
}
