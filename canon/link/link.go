package link

import (
	"bytes"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

// MaxBytes is the most bytes that a link may have, as written and as canonical
// value.
const MaxBytes = 2048

// parsedLink is a link after Safe Browsing canonicalisation
// (https://developers.google.com/safe-browsing/v4/urls-hashing), in pieces: the
// query without its question mark, the port as it was written.
type parsedLink struct {
	scheme, host, path, query string
	userinfo                  bool // a user or password stood before the host
	port                      string
}

// value returns the canonical form that Tocsin keeps: without the scheme, since
// a scam does not become another one by https, and without the port.
func (p parsedLink) value() string {
	if p.query == "" {
		return p.host + p.path
	}
	return p.host + p.path + "?" + p.query
}

// Canonical returns the canonical value of a link that somebody typed or
// pasted: host, path and query; see ParseValue. A link that is canonical but
// for scheme and fragment takes no more than a scan.
//
// The errors are those of text.CheckInput and ParseValue.
func Canonical(raw string) (string, error) {
	if value, ok := scan(raw); ok {
		return value, nil
	}
	if err := text.CheckInput(models.URL, raw, MaxBytes); err != nil {
		return "", err
	}
	return ParseValue(raw)
}

// ParseValue is Canonical without the scan and the bound on the length. Beyond
// Safe Browsing it refuses what cannot be a scam's public address or is made to
// mislead, and drops what people copy along: brackets, quotes, words before the
// link, a full stop behind it.
//
// The errors have the codes url_hidden_characters, url_malformed, url_userinfo,
// url_private_address and url_too_long.
func ParseValue(raw string) (string, error) {
	if !text.AllASCII(raw) && strings.ContainsFunc(raw, text.IsInvisible) {
		return "", models.NewInvalid("", "url_hidden_characters",
			"The link holds invisible characters, or characters that change the direction of text.")
	}
	s := Refang(pastedLink(raw))
	p, ok := parse(s)
	if !ok || p.scheme != "http" && p.scheme != "https" && p.scheme != "ftp" {
		return "", models.NewInvalid("", "url_malformed", "A link is written like https://evil.example/path.")
	}
	if p.userinfo {
		return "", models.NewInvalid("", "url_userinfo",
			"The link shows a name before an @, but opens the host after it: report the host after the @.")
	}
	return publicLink(p)
}

// CanonicalIgnoringUserinfo returns the canonical value of a link that Canonical
// has refused with url_userinfo, without the user: of the host behind the @, which
// is where the link leads. It is for links in a text, where nobody can be asked.
func CanonicalIgnoringUserinfo(raw string) (string, error) {
	p, _ := parse(Refang(raw))
	return publicLink(p)
}

// publicLink checks the host of a parsed link and returns the link's value. An
// empty one is malformed.
func publicLink(p parsedLink) (string, error) {
	host, public, named := linkHost(p.host)
	if !named || p.port != "" && !text.IsNumeric(p.port) || len(p.port) > 5 {
		return "", models.NewInvalid("", "url_malformed", "The link's host is not a name or a public address.")
	}
	if !public {
		return "", models.NewInvalid("", "url_private_address", "The link points into a private network, not to a public address.")
	}
	p.host = host
	// What Safe Browsing keeps and people type behind a link.
	value := strings.TrimRight(p.value(), ".,!?'\">")
	if len(value) > MaxBytes {
		return "", models.NewInvalid("", "url_too_long", "A link may have at most 2,048 bytes.")
	}
	return value, nil
}

// linkHost returns the canonical host of a parsed link, whether it can be
// public, and whether it is a host at all.
func linkHost(host string) (canonical string, public, ok bool) {
	if IsIPAddress(host) {
		return publicIPHost(host)
	}
	if host == "localhost" {
		return host, false, true
	}
	name, ok := HostName(host)
	return name, !isPrivateHost(name), ok
}

// pastedLink returns the link in what somebody pasted as one: "<https://...>",
// "look: https://... !!", "https:// evil.example".
func pastedLink(raw string) string {
	s := trim(raw)
	if isVisibleASCII(s) || !strings.ContainsFunc(s, unicode.IsSpace) {
		return s
	}
	for _, scheme := range [...]string{"http", "https", "hxxp", "hxxps"} {
		if head, rest, ok := strings.Cut(s, "://"); ok && strings.EqualFold(head, scheme) {
			s = head + "://" + strings.TrimSpace(rest)
		}
	}
	if !strings.ContainsFunc(s, unicode.IsSpace) {
		return s
	}
	for f := range strings.FieldsSeq(s) {
		if strings.Contains(f, "://") {
			return trim(f)
		}
	}
	return s
}

// trim removes white space, brackets and quotes around a value, and full stops
// and commas behind it. The brackets of an IPv6 address stay.
func trim(s string) string {
	if s != "" && text.IsAlnum(s[0]) && (text.IsAlnum(s[len(s)-1]) || s[len(s)-1] == '/') {
		return s
	}
	inner := strings.TrimLeft(s, " \t\r\n\u00A0\u3000<([{\"'“”‘’«「『【《")
	before := s[:len(s)-len(inner)]
	if address, _, ok := strings.Cut(inner, "]"); ok && strings.HasSuffix(before, "[") && isIPv6(address) {
		return trimRight("[" + inner)
	}
	inner = trimRight(inner)
	for _, pair := range [...]string{"()", "[]", "{}"} {
		if strings.HasSuffix(before, pair[:1]) {
			return trimRight(strings.TrimSuffix(inner, pair[1:]))
		}
	}
	return inner
}

// trimRight removes white space, closing quotes and brackets and the
// punctuation of a sentence behind a value.
func trimRight(s string) string {
	return strings.TrimRight(s, " \t\r\n\u00A0\u3000>\"'“”‘’»」』】》.,!。，！、")
}

// parse takes a link apart by the rules of Safe Browsing: white space and
// fragment off, percent signs resolved until none is left, port and user off,
// host in A-labels, dots and IP address normalised, path cleaned, escaped once.
// The query stays as it is. It is false for what has another form than scheme
// and host, or no host.
func parse(s string) (parsedLink, bool) {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "#")
	if !isPlain(s) {
		if strings.ContainsAny(s, "\t\r\n") {
			s = strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(s)
		}
		s = escapeOnce(s)
	}
	var p parsedLink
	var ok bool
	if p.scheme, s, ok = cutScheme(s); !ok {
		return parsedLink{}, false
	}
	s, p.query, _ = strings.Cut(s, "?")
	authority := s
	p.path = "/"
	if slash := strings.IndexByte(s, '/'); slash >= 0 {
		authority, p.path = s[:slash], cleanPath(s[slash:])
	}
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		p.userinfo, authority = true, authority[at+1:]
	}
	if p.host, p.port, ok = splitHost(authority); !ok {
		return parsedLink{}, false
	}
	return p, true
}

// cleanPath resolves the dots of a path that begins with a slash (RFC 3986,
// section 5.2.4), and makes several slashes one. A slash at the end stays.
func cleanPath(p string) string {
	if isClean(p) {
		return p
	}
	clean := path.Clean(p)
	if strings.HasSuffix(p, "/") && clean != "/" {
		clean += "/"
	}
	return clean
}

// cutScheme returns the scheme ("http" where none is written) and what follows
// the slashes. "evil.example:8080" has no scheme, "mailto:x" has one, and is
// refused for want of slashes.
func cutScheme(s string) (scheme, rest string, ok bool) {
	head, rest, found := strings.Cut(s, ":")
	if !found || !isScheme(head) {
		return "http", s, true
	}
	if after, slashes := strings.CutPrefix(rest, "//"); slashes {
		return strings.ToLower(head), after, true
	}
	if rest != "" && text.IsDigit(rest[0]) || strings.Contains(head, ".") {
		return "http", s, true
	}
	return "", "", false
}

// isScheme reports whether s is a scheme (RFC 3986, section 3.1).
func isScheme(s string) bool {
	for i := range len(s) {
		if !text.IsLetter(s[i]) && (i == 0 || !text.IsDigit(s[i]) && s[i] != '+' && s[i] != '-' && s[i] != '.') {
			return false
		}
	}
	return s != ""
}

// splitHost returns the host and the port of an authority without user.
func splitHost(authority string) (host, port string, ok bool) {
	if strings.HasPrefix(authority, "[") {
		end := strings.LastIndexByte(authority, ']')
		if end < 0 {
			return "", "", false
		}
		return strings.ToLower(authority[:end+1]), strings.TrimPrefix(authority[end+1:], ":"), true
	}
	host, port, _ = strings.Cut(authority, ":")
	if strings.Contains(host, "%") {
		if host, ok = decodedHost(host); !ok {
			return "", "", false
		}
	}
	for strings.Contains(host, "..") {
		host = strings.ReplaceAll(host, "..", ".")
	}
	host = strings.Trim(host, ".")
	// An address can be hidden behind escapes: "%31.1.1.1" opens 1.1.1.1.
	plain := unescape(host)
	if address := parseIPv4(plain); address != "" {
		return address, port, true
	}
	if len(plain) != len(host) {
		return escape(text.LowerASCII(plain)), port, host != ""
	}
	return text.LowerASCII(host), port, host != ""
}

// decodedHost returns an escaped host as A-labels, where it is in letters of
// other scripts. Names that UTS 46 refuses go through Punycode alone: such a
// link is refused later, with the reason.
func decodedHost(host string) (string, bool) {
	plain := unescape(host)
	if text.AllASCII(plain) || !utf8.ValidString(plain) {
		return host, true
	}
	mapped, err := idnaProfile().ToASCII(plain)
	if err != nil {
		mapped, err = idna.ToASCII(plain)
	}
	return mapped, err == nil
}

// escapeOnce resolves %xx until nothing is left to resolve and then escapes
// once. A link that is escaped so already costs no memory.
func escapeOnce(s string) string {
	var room [512]byte // most links need no more, and the heap stays untouched
	plain := resolveEscapes(append(room[:0], s...))
	var more [512]byte
	out := appendEscaped(more[:0], plain)
	if string(out) == s {
		return s
	}
	return string(out)
}

// unescape resolves %xx until nothing is left to resolve.
func unescape(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	return string(resolveEscapes([]byte(s)))
}

// resolveEscapes is unescape in place. Each run shortens the text, so that
// hostile nesting costs no more than its length times the depth, and the length
// is bounded.
func resolveEscapes(b []byte) []byte {
	for {
		n := bytes.IndexByte(b, '%')
		if n < 0 {
			return b
		}
		for i := n; i < len(b); i, n = i+1, n+1 {
			if b[i] == '%' && i+2 < len(b) && text.IsHex(b[i+1]) && text.IsHex(b[i+2]) {
				b[n] = text.Unhex(b[i+1])<<4 | text.Unhex(b[i+2])
				i += 2
				continue
			}
			b[n] = b[i]
		}
		if n == len(b) {
			return b
		}
		b = b[:n]
	}
}

// escape writes as %XX what Safe Browsing escapes: up to space, from 127 on, #
// and %.
func escape(s string) string {
	return string(appendEscaped(make([]byte, 0, len(s)+16), []byte(s)))
}

// appendEscaped appends s, escaped, to out.
func appendEscaped(out, s []byte) []byte {
	const hex = "0123456789ABCDEF"
	for _, c := range s {
		if needsEscape(c) {
			out = append(out, '%', hex[c>>4], hex[c&15])
			continue
		}
		out = append(out, c)
	}
	return out
}

// needsEscape reports whether Safe Browsing escapes c.
func needsEscape(c byte) bool { return c <= ' ' || c >= 127 || c == '#' || c == '%' }
