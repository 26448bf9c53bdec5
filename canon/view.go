package canon

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// view is a text as a reader takes it: digits of every script and full-width
// forms in ASCII, invisible characters gone, defanged links made whole. It
// remembers where in the original each of its bytes stood.
type view struct {
	text string
	at   []int32 // of len(text)+1; nil if the text was plain
}

// survey goes over a text for Extract: it returns its view, and where in it the
// first candidate for an indicator may stand, -1 if there is none. The view is
// made only of a text that holds a candidate and that it would change.
func survey(text string) (v view, first int) {
	s := sieve{text: text, raw: true}
	first, end := s.next(0)
	switch {
	case first < len(text):
		s.held = true
		for !s.folds && end < len(text) {
			_, end = s.next(end)
		}
	case !s.folds || s.digits < phoneDigits:
		return view{}, -1
	}
	if s.folds {
		return newView(text), 0
	}
	return view{text: text}, first
}

// newView makes the view of text in one pass.
func newView(text string) view {
	b := viewBuilder{from: text, out: make([]byte, 0, len(text)), at: make([]int32, 0, len(text)+1)}
	for b.next < len(text) {
		b.run()
	}
	b.at = append(b.at, int32(len(text))) //nolint:gosec // a text is far below 2 GB
	return view{text: string(b.out), at: b.at}
}

// span returns the range of the original that text[start:end] stands for.
func (v view) span(start, end int) (from, to int) {
	if v.at == nil {
		return start, end
	}
	return int(v.at[start]), int(v.at[end])
}

type viewBuilder struct {
	from string
	next int
	out  []byte
	at   []int32
}

// run takes what no view changes over, and the step behind it.
func (b *viewBuilder) run() {
	i := b.next
	for i < len(b.from) && byteClass[b.from[i]] == plainByte && b.from[i] != ' ' {
		b.at = append(b.at, int32(i)) //nolint:gosec // a text is far below 2 GB
		i++
	}
	b.out = append(b.out, b.from[b.next:i]...)
	if b.next = i; i < len(b.from) {
		b.step()
	}
}

// step takes one rune, or one piece of defanging, over.
func (b *viewBuilder) step() {
	rest := b.from[b.next:]
	switch c := rest[0]; {
	case c == '[' || c == '(' || c == '{':
		if sign, n := bracketed(rest); n > 0 {
			b.join(sign, n)
			return
		}
	case c == ' ':
		b.space(rest)
		return
	case c == '.':
		b.put('.', 1)
		if g := gapAt(b.from, b.next-1); g.after && g.parts() {
			b.next++
		}
		return
	case c == '\\':
		b.slash(rest)
		return
	case c >= utf8.RuneSelf:
		b.rune(rest)
		return
	}
	b.put(rune(rest[0]), 1)
}

// space takes a space over, but for one that pulls a link apart.
func (b *viewBuilder) space(rest string) {
	switch {
	case strings.HasSuffix(string(b.tail(3)), "://"): // "https:// evil.example"
		b.next++
	case spelledDot(b.from, b.next):
		b.put('.', len(" dot "))
	case len(rest) > 2 && rest[1] == '.' && gapAt(b.from, b.next+1).parts():
		b.next++
	default:
		b.put(' ', 1)
	}
}

// slash takes a backslash over: as browsers read it in a link, and gone where
// it only shields a dot.
func (b *viewBuilder) slash(rest string) {
	tail := string(b.tail(wordBytes))
	tail = tail[strings.LastIndexAny(tail, " \t\n")+1:]
	switch {
	case len(rest) > 2 && rest[1] == '.' && tail != "" && isAlnum(tail[len(tail)-1]) && isAlnum(rest[2]):
		b.next++
	case isEscape(rest):
		b.put('\\', 1)
	case strings.HasSuffix(tail, ":") && len(rest) > 1 && rest[1] == '\\', strings.HasSuffix(tail, ":/"), strings.Contains(tail, "://"):
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
	return len(s) == 2 || !isDigit(s[2]) && !isLetter(s[2]) || s[2] >= 'A' && s[2] <= 'Z'
}

// rune takes a rune over that is not ASCII.
func (b *viewBuilder) rune(rest string) {
	r, size := utf8.DecodeRuneInString(rest)
	switch {
	case byteClass[rest[0]] != leadByte || !mayFold(rest):
		b.put(r, size)
	case hidden(r):
		b.next += size
	case r == 0x3002 || r == 0xFF61: // ideographic full stop, in hosts a dot
		if b.between(rest[size:]) {
			r = '.'
		}
		b.put(r, size)
	default:
		b.put(viewed(r), size)
	}
}

// viewed folds a rune but for full-width punctuation, which in Chinese text
// ends a link and would not in ASCII.
func viewed(r rune) rune {
	f := fold(r)
	if r >= 0xFF01 && r <= 0xFF5E && unicode.IsPunct(r) && !strings.ContainsRune("+-./:@()", f) || r == 0xFF5C || r == 0xFF5E {
		return r
	}
	return f
}

func (b *viewBuilder) put(r rune, size int) {
	before := len(b.out)
	b.out = utf8.AppendRune(b.out, r)
	for range len(b.out) - before {
		b.at = append(b.at, int32(b.next)) //nolint:gosec // a text is far below 2 GB
	}
	b.next += size
}

// join puts the sign that stood in brackets, without a space on either side
// of them: "evil (dot) example".
func (b *viewBuilder) join(sign byte, size int) {
	if n := len(b.out); n > 1 && b.out[n-1] == ' ' && isAlnum(b.out[n-2]) {
		b.out, b.at = b.out[:n-1], b.at[:n-1]
	}
	b.put(rune(sign), size)
	if b.next+1 < len(b.from) && b.from[b.next] == ' ' && isAlnum(b.from[b.next+1]) {
		b.next++
	}
}

func (b *viewBuilder) tail(n int) []byte { return b.out[max(0, len(b.out)-n):] }

// between reports whether an ASCII letter or digit stands before the present place
// and a letter after it.
func (b *viewBuilder) between(rest string) bool {
	return len(b.out) > 0 && isAlnum(b.out[len(b.out)-1]) && rest != "" && isAlnum(rest[0])
}

// bracketed returns the sign that the bracket at the start of s stands for,
// and how many bytes it takes: "[.]", "(dot)", "[at]".
func bracketed(s string) (sign byte, size int) {
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
