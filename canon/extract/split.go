package extract

import (
	"strings"

	"example.org/tocsin/canon/link"
	"example.org/tocsin/canon/text"
)

// Links that were split: by the width of a line, or by a space beside a dot, to
// get past filters. A word of prose must never be taken for the rest of one, so
// each function here needs signs that words do not have.

// minBrokenLineBytes is where a line is long enough to have been broken for its
// width.
const minBrokenLineBytes = 60

// lineBreakAt returns the length of the line end at i, 0 if there is none, and
// the first word behind it.
func lineBreakAt(t string, i int) (n int, word string) {
	switch {
	case i == 0 || i >= len(t):
		return 0, ""
	case t[i] == '\n':
		n = 1
	case strings.HasPrefix(t[i:], "\r\n"):
		n = 2
	default:
		return 0, ""
	}
	end := i + n
	for end < len(t) && end < i+n+maxWordBytes && t[end] > ' ' && t[end] < 0x7F {
		end++
	}
	return n, t[i+n : end]
}

// hostContinues returns the length of the line end at i if a host goes on
// behind it: "https://evil-", "bank.example/login".
func (f *extractor) hostContinues(i int) int {
	n, word := lineBreakAt(f.text, i)
	if n == 0 || f.text[i-1] != '-' {
		return 0
	}
	host := word
	if end := strings.IndexAny(host, "/?#:"); end >= 0 {
		host = host[:end]
	}
	host = strings.TrimRight(host, ".,;!)")
	dot := strings.LastIndexByte(host, '.')
	if dot <= 0 || !isTLD(host[dot+1:]) {
		return 0
	}
	if _, ok := link.HostName(host); !ok {
		return 0
	}
	return n
}

// pathContinues returns the length of the line end at i if the path of a link
// whose host begins at host goes on behind it.
func (f *extractor) pathContinues(host, i int) int {
	if f.text[i] > '\r' || i == 0 {
		return 0
	}
	n, word := lineBreakAt(f.text, i)
	word = strings.TrimRight(word, ".,;:!?'\")")
	if n == 0 || len(word) < 4 || !text.IsAlnum(word[0]) && strings.IndexByte("/?&=%_", word[0]) < 0 || strings.Contains(word, "://") {
		return 0
	}
	// Either the path was cut at one of its signs, or the line was full.
	cut := strings.IndexByte("/-_=&?%", f.text[i-1]) >= 0
	if !cut && (i-host < minBrokenLineBytes || len(word) < 8) || !isPathSegment(word, cut) {
		return 0
	}
	return n
}

// isPathSegment reports whether s is a piece of a path rather than a word: it
// holds signs of a query, or letters and digits mixed, or a file's ending.
// After a cut, two directories will do.
func isPathSegment(s string, cut bool) bool {
	letters, digits, signs := 0, 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case text.IsLetter(c):
			letters++
		case text.IsDigit(c):
			digits++
		case strings.IndexByte("=&%?#", c) >= 0:
			signs++
		case strings.IndexByte("/-_.~+", c) < 0:
			return false // no sign of a path: prose, an address, a price
		}
	}
	if signs > 0 || letters > 0 && digits > 0 {
		return letters+digits > 0
	}
	for _, ending := range [...]string{".html", ".htm", ".php", ".aspx", ".jsp", ".apk"} {
		if strings.HasSuffix(s, ending) {
			return true
		}
	}
	return cut && len(s) >= 10 && strings.Contains(s, "/") && s == strings.ToLower(s)
}

// spacedDot is a dot with spaces beside it that may not belong there.
type spacedDot struct {
	spaceBefore, spaceAfter bool
	name, suffix            string // what stands on either side
	certain                 bool   // a scheme or www. begins the name
	hasPath                 bool   // a path follows the suffix
}

// spacedDotAt returns the dot that stands at i with what is around it.
func spacedDotAt(t string, i int) spacedDot {
	start, end := i, i+1
	if start > 0 && t[start-1] == ' ' {
		start--
	}
	if end < len(t) && t[end] == ' ' {
		end++
	}
	// A bound, so that a text full of dots takes linear time.
	stop := end
	for stop < len(t) && stop < end+64 && (text.IsAlnum(t[stop]) || t[stop] == '-' ||
		t[stop] == '.' && stop+1 < len(t) && text.IsAlnum(t[stop+1])) {
		stop++
	}
	g := spacedDot{spaceBefore: start < i, spaceAfter: end > i+1, suffix: t[end:stop]}
	if stop < len(t) && (t[stop] == '@' || t[stop] == '_') {
		return spacedDot{}
	}
	g.name, g.certain = hostBefore(t[:start])
	g.certain = g.certain || strings.HasPrefix(g.name, "www.")
	g.hasPath = stop+1 < len(t) && t[stop] == '/' && text.IsAlnum(t[stop+1])
	return g
}

// splitsHost reports whether the spaces split a host: with a path behind it
// ("evil. example/pay", "evil .example/pay"), or with a name before it that is
// no word ("www.evil. example", "evil-bank1 .example"). Elsewhere such a dot
// ends a sentence.
func (g spacedDot) splitsHost() bool {
	switch {
	case !g.spaceBefore && !g.spaceAfter || len(g.name) < 3 || g.name == "www" || len(g.suffix) < 2 || !text.IsLetter(g.suffix[0]):
		return false
	case link.IsWordTLD(g.suffix) || g.suffix != strings.ToLower(g.suffix) || !isTLD(link.LastLabel(g.suffix)):
		return false
	case g.spaceAfter && strings.Contains(g.name, ".") && isTLD(link.LastLabel(g.name)):
		return false // "www.evil.example. Next"
	case g.certain && (g.hasPath || g.spaceBefore || !link.IsWordCountryTLD(g.suffix)):
		return true
	case strings.Contains(g.suffix, ".") || link.IsWordCountryTLD(g.suffix):
		return false
	}
	return g.hasPath || g.spaceBefore && hasDigitOrHyphen(g.name)
}

// hostBefore returns the host name that s ends with, and whether a scheme
// stands before it.
func hostBefore(s string) (name string, schemed bool) {
	start := len(s)
	for start > 0 && start > len(s)-64 && (text.IsAlnum(s[start-1]) || s[start-1] == '-' || s[start-1] == '.' || s[start-1] >= 0x80) {
		start--
	}
	return s[start:], strings.HasSuffix(s[:start], "://")
}

// hasDigitOrHyphen reports whether a name begins with a letter and holds digits
// or hyphens.
func hasDigitOrHyphen(name string) bool {
	return text.IsLetter(name[0]) && strings.ContainsAny(name, "0123456789-")
}

// isSpelledDot reports whether " dot " stands at i between the parts of a host:
// a word that looks like a name before it, a top-level domain behind, all of it
// in one case.
func isSpelledDot(t string, i int) bool {
	if i < 4 || i+7 > len(t) || t[i] != ' ' || t[i+4] != ' ' || !strings.EqualFold(t[i+1:i+4], "dot") {
		return false
	}
	end := i + 5
	for end < len(t) && text.IsAlnum(t[end]) {
		end++
	}
	tld := t[i+5 : end]
	if name, _ := hostBefore(t[:i]); len(name) < 4 || !isTLD(tld) {
		return false
	}
	return tld == strings.ToLower(tld) && t[i+1] == 'd' || tld == strings.ToUpper(tld)
}
