package link

import (
	"strings"
	"unicode/utf8"

	"example.org/tocsin/canon/text"
)

// EndsLink reports whether r ends a link in a text: white space, and signs that
// links do not hold (RFC 3986 lets them be written escaped alone).
func EndsLink(r rune) bool {
	switch r {
	case '<', '>', '"', '`', '{', '}', '|', '\\', '^', 0x7F, utf8.RuneError:
		return true
	}
	return r <= ' '
}

// IsBareHost reports whether host, written in a text without a scheme, is meant
// as one. HasPath says that a path follows it, letters that it holds letters of
// any script. An address of digits only needs a path: it could be a version
// number.
func IsBareHost(host string, hasPath, letters bool) bool {
	if !letters {
		return hasPath && strings.Count(host, ".") == 3 && parseIPv4(host) == host
	}
	name, ok := HostName(host)
	return ok && HasKnownSuffix(name) && (hasPath || isPlausibleHost(host, name))
}

// isPlausibleHost tells a host that stands alone in a text from a missing space
// ("Thanks.Call me"), a file ("notes.md") or initials. Written is the host as
// it stands in the text, name its canonical form.
func isPlausibleHost(written, name string) bool {
	first, _, _ := strings.Cut(name, ".")
	last := LastLabel(name)
	if last == "onion" && len(name) < 16 {
		return false // names there are a key's digest
	}
	if strings.Count(name, ".") > 1 {
		return len(name) > 7 // "U.S.A", "p.m.to"
	}
	tail := LastLabel(written)
	if tail != strings.ToLower(tail) && written != strings.ToUpper(written) && written[0]|0x20 != written[0] {
		return false // "Thanks.Call"
	}
	if strings.ContainsAny(first, "0123456789-") && !text.IsNumeric(first) {
		return !isFileTLD(last)
	}
	if tail != strings.ToLower(tail) && tail != strings.ToUpper(tail) {
		return false // "soon.We"
	}
	return len(first) > 1 && !isFileTLD(last) && !IsWordTLD(last) &&
		(!IsWordCountryTLD(last) || len(first) > 5) && !text.IsNumeric(first)
}

// isFileTLD lists top-level domains that end file names more often than hosts.
func isFileTLD(tld string) bool {
	switch tld {
	case "zip", "mov", "md", "py", "sh", "pl", "rs", "ps":
		return true
	}
	return false
}

// IsWordTLD lists top-level domains that are words people write, without those
// that scammers buy by the thousand (top, live, life, win, bid).
func IsWordTLD(tld string) bool {
	switch tld {
	case "how", "now", "new", "you", "call", "free", "here", "love", "one", "lol", "talk", "meet", "today", "like", "care", "open",
		"buy", "news", "download", "play", "work", "date", "fun", "cool", "med", "mom", "dad", "man", "men", "day", "foo", "off", "save",
		"sale", "show", "star", "team", "tips", "watch", "zero", "read", "rest", "run", "safe", "pay", "place", "plus", "phone":
		return true
	}
	return false
}

// IsWordCountryTLD lists countries' domains that are also words of a sentence:
// a short word before one is a missing space.
func IsWordCountryTLD(tld string) bool {
	switch tld {
	case "is", "it", "to", "so", "me", "at", "be", "in", "my", "no", "us", "do", "am", "as", "by", "et", "la", "de", "es", "un", "il",
		"go", "if", "pm", "id", "re", "gd", "bt", "tc", "ma", "mu", "na", "ye":
		return true
	}
	return false
}

// LastLabel returns the last label of a host, all of it where it has one.
func LastLabel(host string) string { return host[strings.LastIndexByte(host, '.')+1:] }
