package canon

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/publicsuffix"
)

// view is a text as a reader takes it: digits of every script and full-width
// forms in ASCII, invisible characters gone, defanged links made whole. It
// remembers where in the original each of its bytes stood.
type view struct {
	text string
	at   []int32 // of len(text)+1; nil if the text was plain
}

// newView makes the view of text in one pass. Plain ASCII is used as it is.
func newView(text string) view {
	if ascii(text) && !strings.ContainsAny(text, "[{(") && !strings.Contains(text, ":// ") && !strings.Contains(text, " dot ") {
		return view{text: text}
	}
	b := viewBuilder{from: text, out: make([]byte, 0, len(text)), at: make([]int32, 0, len(text)+1)}
	for b.next < len(text) {
		b.step()
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

// step takes one rune, or one piece of defanging, over.
func (b *viewBuilder) step() {
	rest := b.from[b.next:]
	switch c := rest[0]; {
	case c == '[' || c == '(' || c == '{':
		if sign, n := bracketed(rest); n > 0 {
			b.join(sign, n)
			return
		}
	case c == ' ' && strings.HasSuffix(string(b.tail(3)), "://"):
		b.next++ // "https:// evil.example"
		return
	case c == ' ' && strings.HasPrefix(rest, " dot ") && b.saidDot(rest[5:]):
		b.put('.', 5)
		return
	}
	r, size := utf8.DecodeRuneInString(rest)
	switch {
	case hidden(r):
		b.next += size
	case r == 0x3002 || r == 0xFF61: // ideographic full stop, in hosts a dot
		if b.between(rest[size:]) {
			r = '.'
		}
		b.put(r, size)
	case r >= utf8.RuneSelf:
		b.put(viewed(r), size)
	default:
		b.put(r, size)
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

// saidDot reports whether " dot " between what was taken and rest names a host:
// a word that looks like a name before it, and a top-level domain after.
func (b *viewBuilder) saidDot(rest string) bool {
	n := len(b.out)
	for n > 0 && n > len(b.out)-64 && (isAlnum(b.out[n-1]) || b.out[n-1] == '-' || b.out[n-1] == '.') {
		n--
	}
	word := string(b.out[n:])
	end := 0
	for end < len(rest) && end < 24 && isLetter(rest[end]) {
		end++
	}
	after := strings.ToLower(rest[:end])
	_, icann := publicsuffix.PublicSuffix("name." + after)
	return len(word) >= 4 && icann && (end == len(rest) || !isAlnum(rest[end]))
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

// glued reports whether r is of a script that is written without spaces, or a
// sign: it ends a link that it is glued to. Other letters may be part of one.
func glued(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsMark(r) ||
		unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}
