package link

import (
	"strings"

	"example.org/tocsin/canon/text"
)

// Refang turns a link that somebody has made harmless back into a link:
// hxxps://evil[.]example. Only a link whose scheme or host is written so is
// touched, so that brackets in the path of another one stay. It does not check
// that the result is a link.
func Refang(s string) string {
	scheme, rest, live := cutDefangedScheme(s)
	if live && !isDefanged(rest) {
		return s
	}
	switch text.LowerASCII(scheme) {
	case "":
		return replaceBracketedSigns(rest)
	case "hxxp":
		scheme = "http"
	case "hxxps":
		scheme = "https"
	case "fxp":
		scheme = "ftp"
	}
	return scheme + "://" + replaceBracketedSigns(rest)
}

// cutDefangedScheme returns the scheme before "://" or "[:]//", what follows,
// and whether a browser would take it; or no scheme and all of s.
func cutDefangedScheme(s string) (scheme, rest string, live bool) {
	if scheme, rest, ok := strings.Cut(s, "://"); ok && isScheme(scheme) {
		defanged := text.LowerASCII(scheme) == "fxp" || len(scheme) >= 4 && strings.EqualFold(scheme[:4], "hxxp")
		return scheme, rest, !defanged
	}
	if scheme, rest, ok := strings.Cut(s, "[:]//"); ok && isScheme(scheme) {
		return scheme, rest, false
	}
	return "", s, true
}

// isDefanged reports whether the host that s begins with has brackets in it
// other than those of an IPv6 address.
func isDefanged(s string) bool {
	if i := strings.IndexAny(s, "/?#"); i >= 0 {
		s = s[:i]
	}
	return strings.ContainsAny(s, "[({") && (s[0] != '[' || strings.HasPrefix(s, "[."))
}

// replaceBracketedSigns puts the sign in place of each "[.]", "(dot)", "{at}"
// and the like. It looks back at each closing bracket, so that what it returns
// holds no other and is its own result.
func replaceBracketedSigns(s string) string {
	out := make([]byte, 0, len(s))
	for i := range len(s) {
		out = append(out, s[i])
		if at, sign := bracketedSuffix(out); sign != 0 {
			out = append(out[:at], sign)
		}
	}
	return string(out)
}

// bracketedSuffix returns the sign in brackets that b ends with, and where it
// begins, or 0. B must not be empty.
func bracketedSuffix(b []byte) (at int, sign byte) {
	n := len(b) - 1
	var opening byte
	switch b[n] {
	case ']':
		opening = '['
	case ')':
		opening = '('
	case '}':
		opening = '{'
	default:
		return 0, 0
	}
	for at = n - 1; at >= max(0, n-4); at-- {
		if b[at] == opening {
			return at, signOf(b[at+1 : n])
		}
	}
	return 0, 0
}

// signOf returns the sign that a word in brackets stands for, or 0.
func signOf(word []byte) byte {
	switch strings.ToLower(string(word)) {
	case ".", "dot":
		return '.'
	case "@", "at":
		return '@'
	case ":":
		return ':'
	case "/":
		return '/'
	}
	return 0
}
