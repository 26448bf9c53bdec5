package canon

import (
	"strings"
	"unicode/utf8"

	"example.org/tocsin/models"
)

// schemeStart returns where a scheme begins that ends a word and is followed by
// "://". Words before it may be glued to it.
func (f *finder) schemeStart(w word) (int, bool) {
	if !strings.HasPrefix(f.text[w.end:], "://") {
		return 0, false
	}
	s := f.text[w.start:w.end]
	for _, scheme := range [...]string{"https", "http", "hxxps", "hxxp", "fxp", "ftp"} {
		if n := len(s) - len(scheme); n >= 0 && strings.EqualFold(s[n:], scheme) {
			return w.start + n, true
		}
	}
	return 0, false
}

// schemed takes the link that begins at start and whose host begins at host.
// It returns where the link ends, or 0. A host that is glued to words of a
// script without spaces is cut where they begin, unless it is a name in it.
func (f *finder) schemed(start, host int) int {
	end := host
	for end < len(f.text) && !strings.ContainsRune("/?#", rune(f.text[end])) {
		r, size := utf8.DecodeRuneInString(f.text[end:])
		if terminal(r) || r >= utf8.RuneSelf && glued(r) && !isHostLetter(r) || end-host > 4*253 {
			break
		}
		end += size
	}
	if strings.HasPrefix(f.text[host:], "[") {
		return f.link(host, f.pathEnd(end))
	}
	if cut := host + asciiLen(f.text[host:end]); cut < end {
		whole, _ := hostName(f.text[host:end])
		part, named := hostName(strings.TrimRight(f.text[host:cut], "."))
		if !knownSuffix(whole) || named && knownSuffix(part) && strings.HasSuffix(f.text[host:cut], suffixOf(part)) {
			return f.link(start, cut)
		}
	}
	return f.link(start, f.pathEnd(end))
}

// suffixOf returns the last label of a host.
func suffixOf(host string) string { return host[strings.LastIndexByte(host, '.')+1:] }

func asciiLen(s string) int {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return i
		}
	}
	return len(s)
}

// isHostLetter reports whether r can be part of a host name: a letter of any script.
func isHostLetter(r rune) bool { return !punctuation(r) }

func punctuation(r rune) bool {
	return r >= 0x2000 && r <= 0x2BFF || r >= 0x3000 && r <= 0x303F && r != 0x3002 || r >= 0xFF00 && r <= 0xFFEF || r >= 0x1F000
}

// terminal reports whether r ends a link: white space, and signs that links do not hold.
func terminal(r rune) bool {
	return r <= ' ' || r == 0x7F || r == utf8.RuneError || r < utf8.RuneSelf && strings.ContainsRune("<>\"`{}|\\^", r)
}

// pathEnd returns where the path and query end that begin at i.
func (f *finder) pathEnd(i int) int {
	for stop := min(len(f.text), i+linkBytes); i < stop; {
		r, size := utf8.DecodeRuneInString(f.text[i:])
		if terminal(r) || r >= utf8.RuneSelf && glued(r) {
			break
		}
		i += size
	}
	return i
}

// link takes text[start:end] for a link, without the punctuation behind it.
// Where it names a user, the host behind the @ counts: that is where it leads.
// It returns where the link ends, or 0 if it is none.
func (f *finder) link(start, end int) int {
	for end > start {
		c := f.text[end-1]
		if c == ')' && strings.Count(f.text[start:end], "(") >= strings.Count(f.text[start:end], ")") {
			break
		}
		if strings.IndexByte(".,;:!?'\")]*~", c) < 0 || c == ']' && strings.HasSuffix(f.text[start:end-1], ":") {
			break
		}
		end--
	}
	s := f.text[start:end]
	if len(s) > linkBytes {
		return 0
	}
	p, ok := split(refang(s))
	if !ok || p.scheme != "http" && p.scheme != "https" && p.scheme != "ftp" {
		return 0
	}
	value, err := publicLink(p)
	if err != nil {
		return 0
	}
	f.add(models.URL, value, start, end)
	return end
}

// bare takes a word for a link without scheme: a host whose suffix is on the
// public suffix list, or a dotted address with a path. It returns where the
// link ends, or 0.
func (f *finder) bare(w word) int {
	start, end := w.start, w.end
	for start < end && !isAlnum(f.text[start]) && f.text[start] < utf8.RuneSelf {
		start++
	}
	for end > start && strings.IndexByte(".-+_%", f.text[end-1]) >= 0 {
		end--
	}
	host := f.text[start:end]
	rest := f.text[end:]
	pathed := len(rest) > 1 && (rest[0] == '/' || rest[0] == '?' && isAlnum(rest[1])) && end == w.end
	if len(host) > 253 || !standsAlone(host, pathed, w.letters) {
		return 0
	}
	if pathed {
		end = f.pathEnd(end)
	}
	return f.link(start, end)
}

// standsAlone reports whether host, written without scheme, is meant as one.
// An address of digits only needs a path: it could be a version.
func standsAlone(host string, pathed, letters bool) bool {
	if !letters {
		return pathed && strings.Count(host, ".") == 3 && ipv4(host) == host
	}
	name, ok := hostName(host)
	return ok && knownSuffix(name) && (pathed || plausible(host, name))
}

// plausible tells a host that stands alone in a text from a missing space
// ("Thanks.Call me"), a file ("notes.md") or initials.
func plausible(written, name string) bool {
	first, _, _ := strings.Cut(name, ".")
	last := suffixOf(name)
	if strings.Count(name, ".") > 1 {
		return len(name) > 7 // "U.S.A", "p.m.to"
	}
	tail := suffixOf(written)
	if tail != strings.ToLower(tail) && written != strings.ToUpper(written) && written[0]|0x20 != written[0] {
		return false // "Thanks.Call"
	}
	if strings.ContainsAny(first, "0123456789-") && !numeric(first) {
		return !isFile(last)
	}
	if tail != strings.ToLower(tail) && tail != strings.ToUpper(tail) {
		return false // "soon.We"
	}
	return len(first) > 1 && !isFile(last) && !isWord(last) && (!isSmallWord(last) || len(first) > 5) && !numeric(first)
}

// isFile lists top-level domains that end file names more often than hosts.
func isFile(tld string) bool {
	switch tld {
	case "zip", "mov", "md", "py", "sh", "pl", "rs", "ps":
		return true
	}
	return false
}

// isWord lists top-level domains that are words people write, without those
// that scammers buy by the thousand (top, live, life, win, bid).
func isWord(tld string) bool {
	switch tld {
	case "how", "now", "new", "you", "call", "free", "here", "love", "one", "lol", "talk", "meet", "today", "like", "care", "open", "buy",
		"news", "download", "play", "work", "date", "fun", "cool", "med", "mom", "dad", "man", "men", "day", "foo", "off",
		"save", "sale", "show", "star", "team", "tips", "watch", "zero", "read", "rest", "run", "safe", "pay", "place", "plus", "phone":
		return true
	}
	return false
}

// isSmallWord lists countries' domains that are also words of a sentence: a
// short word before one is a missing space.
func isSmallWord(tld string) bool {
	switch tld {
	case "is", "it", "to", "so", "me", "at", "be", "in", "my", "no", "us", "do", "am", "as", "by", "et", "la", "de", "es", "un", "il",
		"go", "if", "pm", "id", "re", "gd", "bt", "tc", "ma", "mu", "na", "ye":
		return true
	}
	return false
}
