package canon

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"example.org/tocsin/models"
)

const (
	scriptRunes = 2000 // the most runes of a script as written

	// scriptLetters is the fewest letters of a script. A letter of a dense
	// writing counts for denseLetters: ten Chinese characters say as much.
	scriptLetters = 20
	denseLetters  = 2
)

// The placeholders of a script.
const (
	aNumber = '#'
	aLink   = '@'
)

// Script returns what remains of a message once everything is gone that a
// scammer changes from one to the next: it is normalised (see Normalise), each
// number is "#" and each link or address "@", several in a row are one, and of
// signs, currencies and white space only single spaces between words are left.
// A code of letters and digits ("AB12CD34") is a number. Writing without spaces
// stays without, also around placeholders. The script of a script is the same
// script (FuzzScript).
//
// Links are told by their shape alone. One that is missed, or a word that is
// taken for one, is missed or taken in every message of the same script.
func Script(text string) string {
	normal := Normalise(text)
	w := scriptWriter{out: make([]byte, 0, len(normal))}
	for i := 0; i < len(normal); {
		switch c := normal[i]; {
		case isAlnum(c), c == aLink:
			i = w.run(normal, i)
		case c == '\'' && w.elided(normal[i+1:]):
			i++
		case c == aNumber:
			w.place(aNumber)
			i++
		case c < utf8.RuneSelf:
			w.gap = true
			i++
		default:
			i = w.wide(normal, i)
		}
	}
	return string(w.out)
}

// scriptValue returns the canonical value of a script signature. It refuses
// (signature_too_broad) a script of so few letters that ordinary messages are
// alike: less than 20, or 10 where a letter is a syllable or a word.
func scriptValue(value string) (string, *models.Error) {
	value, err := Text(value, scriptRunes)
	if err != nil {
		return "", err
	}
	value = Script(value)
	letters := 0
	for _, r := range value {
		switch {
		case unicode.Is(unicode.Hangul, r), Dense(r):
			letters += denseLetters
		case unicode.IsLetter(r):
			letters++
		}
	}
	if letters < scriptLetters {
		return "", models.Bad("", "signature_too_broad", "The script is too short: besides numbers and links it needs 20 letters, or 10 Chinese, Japanese, Korean or Thai characters.")
	}
	if ordinary(func(message string) bool { return Script(message) == value }) {
		return "", models.Bad("", "signature_too_broad", "The script is that of an ordinary message.")
	}
	return value, nil
}

// scriptWriter builds a script.
type scriptWriter struct {
	out   []byte
	last  rune // what was written last, but for marks; 0: nothing
	dense bool // last is a letter of a writing without spaces
	gap   bool // something was left out behind it
	plain int  // up to this byte of the text there is no link: what was read once is not read again
}

// place writes a placeholder, unless it is there already.
func (w *scriptWriter) place(r rune) {
	if w.last != r {
		w.space(false)
		w.out = append(w.out, byte(r)) //nolint:gosec // ASCII
	}
	w.last, w.dense, w.gap = r, false, false
}

// space writes a space in front of the next unit if one belongs there.
func (w *scriptWriter) space(dense bool) {
	if w.last != 0 && !dense && !w.dense {
		w.out = append(w.out, ' ')
	}
}

// letters writes letters that stand together and end in r.
func (w *scriptWriter) letters(s string, r rune, dense bool) {
	if w.gap || w.last == aNumber || w.last == aLink {
		w.space(dense)
	}
	w.out = append(w.out, s...)
	w.last, w.dense, w.gap = r, dense, false
}

// elided reports whether an apostrophe stands inside a word, "don't", and so
// can be left out without a gap.
func (w *scriptWriter) elided(rest string) bool {
	next, _ := utf8.DecodeRuneInString(rest)
	return !w.gap && isLatin(w.last) && isLatin(next)
}

// isLatin reports whether r is a Latin letter. No two of those compose to one.
func isLatin(r rune) bool { return r < 0x250 && unicode.IsLetter(r) }

// wide writes what begins with the non-ASCII rune at i and returns where it ends.
func (w *scriptWriter) wide(s string, i int) int {
	r, size := utf8.DecodeRuneInString(s[i:])
	end := i + size
	switch {
	case Dense(r) && (isIdeograph(r) || unicode.IsLetter(r)):
		w.letters(s[i:end], r, true)
	case unicode.IsLetter(r):
		w.letters(s[i:end], r, false)
	case unicode.IsMark(r):
		if !w.gap && w.last != 0 && w.last != aNumber && w.last != aLink {
			w.out = append(w.out, s[i:end]...)
		}
	case unicode.IsNumber(r):
		w.place(aNumber)
	case (r == '’' || r == '‘') && w.elided(s[end:]):
	default:
		w.gap = true
	}
	return end
}

// run writes the word, number, link or address that begins with the ASCII
// letter, digit or "@" at i and returns where it ends.
func (w *scriptWriter) run(s string, i int) int {
	end := i
	for end < len(s) && isAlnum(s[end]) {
		end++
	}
	if i >= w.plain && end < len(s) && strings.IndexByte(".@:-_+%", s[end]) >= 0 {
		link, read := linkEnd(s, i, end)
		if link > 0 {
			w.place(aLink)
			return link
		}
		w.plain = read
	}
	if end == i { // an "@" that belongs to nothing
		w.place(aLink)
		return i + 1
	}
	w.word(s[i:end])
	return end
}

// word writes ASCII letters and digits.
func (w *scriptWriter) word(s string) {
	from, to := 0, len(s) // of its digits
	for from < len(s) && !isDigit(s[from]) {
		from++
	}
	for to > from && !isDigit(s[to-1]) {
		to--
	}
	switch {
	case from == len(s):
		w.letters(s, rune(s[len(s)-1]), false)
		return
	case !numeric(s[from:to]): // a code
		w.place(aNumber)
		return
	case from > 0:
		w.letters(s[:from], rune(s[from-1]), false)
	}
	w.place(aNumber)
	if to < len(s) {
		w.letters(s[to:], rune(s[len(s)-1]), false)
	}
}

// linkEnd returns where the link, e-mail address or handle ends whose first
// ASCII letters and digits are s[i:end], or 0 if it is none, and how far it
// read to know.
func linkEnd(s string, i, end int) (link, read int) {
	for at := false; end < len(s) && (isAlnum(s[end]) || strings.IndexByte(".@-_+%", s[end]) >= 0); end++ {
		if s[end] == '@' {
			if at {
				break
			}
			at = true
		}
	}
	read = end
	for end > i && !isAlnum(s[end-1]) && s[end-1] != '@' {
		end--
	}
	letters := strings.ContainsFunc(s[i:end], unicode.IsLetter)
	user, host, at := strings.Cut(s[i:end], "@")
	switch {
	case at && user == "" && host != "", // a handle
		at && letters && strings.Contains(host, "."):
		return end, read
	case at:
		return 0, read
	case letters && strings.HasPrefix(s[end:], "://"):
		return scriptPathEnd(s, end+len("://")), read
	}
	return hostEnd(s, i, end, letters), read
}

// hostEnd returns where the link without scheme ends whose host would be
// s[i:end], or 0 if it is none.
func hostEnd(s string, i, end int, letters bool) int {
	host, rest := s[i:end], s[end:]
	pathed := len(rest) > 1 && (rest[0] == '/' || (rest[0] == ':' || rest[0] == '?') && isAlnum(rest[1]))
	switch {
	case !strings.Contains(host, "."), !strings.HasPrefix(host, "www.") && !standsAlone(host, pathed, letters):
		return 0
	case pathed:
		return scriptPathEnd(s, end)
	}
	return end
}

// scriptPathEnd returns where the link ends that has reached i.
func scriptPathEnd(s string, i int) int {
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		if terminal(r) || r >= utf8.RuneSelf && glued(r) {
			break
		}
		i += size
	}
	return i
}
