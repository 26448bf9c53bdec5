package words

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"example.org/tocsin/canon/link"
	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

const (
	maxScriptRunes = 2000 // the most runes of a script as written

	// minScriptLetters is the fewest letters of a script. A letter of a script
	// without spaces between words counts for unspacedWeight: ten Chinese
	// characters say as much as twenty Latin letters.
	minScriptLetters = 20
	unspacedWeight   = 2
)

// The placeholders of a script.
const (
	numberPlaceholder = '#'
	linkPlaceholder   = '@'
)

// Script returns what remains of a message once everything is gone that a
// scammer changes from one to the next: it is normalised (see text.Normalise),
// each number is "#" and each link or address "@", several in a row are one,
// and of signs, currencies and white space only single spaces between words are
// left. A code of letters and digits ("AB12CD34") is a number. Writing without
// spaces stays without, also around placeholders. The script of a script is the
// same script (FuzzScript).
//
// Links are told by their shape alone. One that is missed, or a word that is
// taken for one, is missed or taken in every message of the same script.
func Script(message string) string {
	normal := text.Normalise(message)
	// Nearly every script is shorter than its text.
	w := scriptWriter{out: make([]byte, 0, len(normal))}
	for i := 0; i < len(normal); {
		switch c := normal[i]; {
		case text.IsAlnum(c), c == linkPlaceholder:
			i = w.writeRun(normal, i)
		case c == '\'' && w.isElision(normal[i+1:]):
			i++
		case c == numberPlaceholder:
			w.writePlaceholder(numberPlaceholder)
			i++
		case c < utf8.RuneSelf:
			w.pendingGap = true
			i++
		default:
			i = w.writeNonASCII(normal, i)
		}
	}
	return string(w.out)
}

// CanonicalScript returns the canonical value of a script signature. It refuses
// (signature_too_broad) a script of so few letters that ordinary messages are
// alike: less than 20, or 10 where a letter is a syllable or a word. Beside
// that, the errors are those of text.Clean.
func CanonicalScript(value string) (string, error) {
	value, err := text.Clean(value, maxScriptRunes)
	if err != nil {
		return "", err
	}
	value = Script(value)
	letters := 0
	for _, r := range value {
		switch {
		case unicode.Is(unicode.Hangul, r), text.IsUnspaced(r):
			letters += unspacedWeight
		case unicode.IsLetter(r):
			letters++
		}
	}
	if letters < minScriptLetters {
		return "", models.NewInvalid("", "signature_too_broad", "The script is too short: "+
			"besides numbers and links it needs 20 letters, or 10 Chinese, Japanese, Korean or Thai characters.")
	}
	if matchesOrdinary(func(message string) bool { return Script(message) == value }) {
		return "", models.NewInvalid("", "signature_too_broad", "The script is the same as that of an ordinary message.")
	}
	return value, nil
}

// scriptWriter builds a script.
type scriptWriter struct {
	out          []byte
	last         rune // what was written last, but for marks; 0: nothing
	unspaced     bool // last is a letter of a writing without spaces
	pendingGap   bool // something was left out behind it
	noLinkBefore int  // up to this byte of the text there is no link: what was read once is not read again
}

// writePlaceholder writes a placeholder, unless it is there already.
func (w *scriptWriter) writePlaceholder(r rune) {
	if w.last != r {
		w.writeSpace(false)
		w.out = append(w.out, byte(r)) //nolint:gosec // ASCII
	}
	w.last, w.unspaced, w.pendingGap = r, false, false
}

// writeSpace writes a space in front of the next unit if one belongs there: not
// at the beginning, and not beside a letter of a script without spaces, which
// unspaced says of the next.
func (w *scriptWriter) writeSpace(unspaced bool) {
	if w.last != 0 && !unspaced && !w.unspaced {
		w.out = append(w.out, ' ')
	}
}

// writeLetters writes letters that stand together and end in r.
func (w *scriptWriter) writeLetters(s string, r rune, unspaced bool) {
	if w.pendingGap || w.last == numberPlaceholder || w.last == linkPlaceholder {
		w.writeSpace(unspaced)
	}
	w.out = append(w.out, s...)
	w.last, w.unspaced, w.pendingGap = r, unspaced, false
}

// isElision reports whether an apostrophe stands inside a word, "don't", and so
// can be left out without a gap.
func (w *scriptWriter) isElision(rest string) bool {
	next, _ := utf8.DecodeRuneInString(rest)
	return !w.pendingGap && isLatin(w.last) && isLatin(next)
}

// isLatin reports whether r is a Latin letter. No two of those compose to one.
func isLatin(r rune) bool { return r < 0x250 && unicode.IsLetter(r) }

// writeNonASCII writes what begins with the non-ASCII rune at i and returns
// where it ends.
func (w *scriptWriter) writeNonASCII(s string, i int) int {
	r, size := utf8.DecodeRuneInString(s[i:])
	end := i + size
	switch {
	case text.IsUnspaced(r) && (text.IsIdeograph(r) || unicode.IsLetter(r)):
		w.writeLetters(s[i:end], r, true)
	case unicode.IsLetter(r):
		w.writeLetters(s[i:end], r, false)
	case unicode.IsMark(r): // one behind a placeholder or a gap would join the next letter
		if !w.pendingGap && w.last != 0 && w.last != numberPlaceholder && w.last != linkPlaceholder {
			w.out = append(w.out, s[i:end]...)
		}
	case unicode.IsNumber(r):
		w.writePlaceholder(numberPlaceholder)
	case (r == '’' || r == '‘') && w.isElision(s[end:]):
	default:
		w.pendingGap = true
	}
	return end
}

// writeRun writes the word, number, link or address that begins with the ASCII
// letter, digit or "@" at i and returns where it ends.
func (w *scriptWriter) writeRun(s string, i int) int {
	end := i
	for end < len(s) && text.IsAlnum(s[end]) {
		end++
	}
	if i >= w.noLinkBefore && end < len(s) && strings.IndexByte(".@:-_+%", s[end]) >= 0 {
		link, read := linkEnd(s, i, end)
		if link > 0 {
			w.writePlaceholder(linkPlaceholder)
			return link
		}
		w.noLinkBefore = read
	}
	if end == i { // an "@" that belongs to nothing
		w.writePlaceholder(linkPlaceholder)
		return i + 1
	}
	w.writeWord(s[i:end])
	return end
}

// writeWord writes ASCII letters and digits: letters, a number between letters
// ("abc123def"), or a code.
func (w *scriptWriter) writeWord(s string) {
	from, to := 0, len(s) // of its digits
	for from < len(s) && !text.IsDigit(s[from]) {
		from++
	}
	for to > from && !text.IsDigit(s[to-1]) {
		to--
	}
	switch {
	case from == len(s):
		w.writeLetters(s, rune(s[len(s)-1]), false)
		return
	case !text.IsNumeric(s[from:to]): // a code
		w.writePlaceholder(numberPlaceholder)
		return
	case from > 0:
		w.writeLetters(s[:from], rune(s[from-1]), false)
	}
	w.writePlaceholder(numberPlaceholder)
	if to < len(s) {
		w.writeLetters(s[to:], rune(s[len(s)-1]), false)
	}
}

// linkEnd returns where the link, e-mail address or handle ends whose first
// ASCII letters and digits are s[i:end], or 0 if it is none, and how far it
// read to know.
func linkEnd(s string, i, end int) (link, read int) {
	for at := false; end < len(s) && (text.IsAlnum(s[end]) || strings.IndexByte(".@-_+%", s[end]) >= 0); end++ {
		if s[end] == '@' {
			if at {
				break
			}
			at = true
		}
	}
	read = end
	for end > i && !text.IsAlnum(s[end-1]) && s[end-1] != '@' {
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
	return bareLinkEnd(s, i, end, letters), read
}

// bareLinkEnd returns where the link without scheme ends whose host would be
// s[i:end], or 0 if it is none. It goes by link.IsBareHost, as extraction does.
func bareLinkEnd(s string, i, end int, letters bool) int {
	host, rest := s[i:end], s[end:]
	hasPath := len(rest) > 1 && (rest[0] == '/' || (rest[0] == ':' || rest[0] == '?') && text.IsAlnum(rest[1]))
	switch {
	case !strings.Contains(host, "."), !strings.HasPrefix(host, "www.") && !link.IsBareHost(host, hasPath, letters):
		return 0
	case hasPath:
		return scriptPathEnd(s, end)
	}
	return end
}

// scriptPathEnd returns where the link ends that has reached i.
func scriptPathEnd(s string, i int) int {
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		if link.EndsLink(r) || r >= utf8.RuneSelf && text.IsLinkBoundary(r) {
			break
		}
		i += size
	}
	return i
}
