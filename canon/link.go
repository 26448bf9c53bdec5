package canon

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"example.org/tocsin/models"
)

// linkBytes is the most bytes that a link may have.
const linkBytes = 2048

// parts of a link after Safe Browsing canonicalisation
// (https://developers.google.com/safe-browsing/v4/urls-hashing).
type parts struct {
	scheme, host, path, query string
	userinfo                  bool
	port                      string
}

// value is the canonical form that Tocsin keeps: without the scheme, since a
// scam does not become another one by https.
func (p parts) value() string {
	if p.query == "" {
		return p.host + p.path
	}
	return p.host + p.path + "?" + p.query
}

// link returns the canonical value of an explicit link. Beyond Safe Browsing
// it refuses what cannot be a scam's public address or is made to mislead,
// and drops what people copy along: brackets, quotes, words before the link,
// a full stop behind it.
func link(raw string) (string, *models.Error) {
	if strings.ContainsFunc(raw, hidden) {
		return "", models.Bad("", "url_hidden_characters", "The link holds invisible or text-turning characters.")
	}
	s := refang(lone(raw))
	p, ok := split(s)
	if !ok || p.scheme != "http" && p.scheme != "https" && p.scheme != "ftp" {
		return "", malformed(models.URL, "A link is written https://evil.example/path.")
	}
	if p.userinfo {
		return "", models.Bad("", "url_userinfo", "The link names one host before an @ and opens the one behind it: report the host behind the @.")
	}
	return publicLink(p)
}

// publicLink checks the host of a link that was split and returns its value.
func publicLink(p parts) (string, *models.Error) {
	host, public, named := linkHost(p.host)
	if !named || !numeric("0"+p.port) || len(p.port) > 5 {
		return "", malformed(models.URL, "The link's host is not a name or a public address.")
	}
	if !public {
		return "", models.Bad("", "url_private_address", "The link points into a private network, which no scammer can reach.")
	}
	p.host = host
	value := strings.TrimRight(p.value(), ".,!?'\"")
	if len(value) > linkBytes {
		return "", models.Bad("", "url_too_long", "A link may have 2,048 bytes.")
	}
	return value, nil
}

// linkHost returns the canonical host of a split link, whether it can be
// public, and whether it is a host at all.
func linkHost(host string) (canonical string, public, ok bool) {
	if isAddress(host) {
		return publicAddress(host)
	}
	name, ok := hostName(host)
	for _, inner := range [...]string{".localhost", ".local", ".internal", ".home.arpa", ".lan"} {
		if strings.HasSuffix(name, inner) {
			return name, false, ok
		}
	}
	if host == "localhost" {
		return host, false, true
	}
	return name, true, ok
}

// lone returns the link in what somebody pasted as one: "<https://...>",
// "look: https://... !!", "https:// evil.example".
func lone(raw string) string {
	s := trim(raw)
	for _, scheme := range [...]string{"http", "https", "hxxp", "hxxps"} {
		if head, rest, ok := strings.Cut(s, "://"); ok && strings.EqualFold(head, scheme) {
			s = head + "://" + strings.TrimSpace(rest)
		}
	}
	if !strings.ContainsFunc(s, unicode.IsSpace) {
		return s
	}
	fields := strings.Fields(s)
	for _, f := range fields {
		if strings.Contains(f, "://") {
			return trim(f)
		}
	}
	return s
}

// trim removes white space, brackets and quotes around a value, and full
// stops and commas behind it.
func trim(s string) string {
	s = strings.TrimLeft(s, " \t\r\n\u00A0\u3000<([{\"'“”‘’«「『【《")
	return strings.TrimRight(s, " \t\r\n\u00A0\u3000>\"'“”‘’»」』】》.,!。，！、")
}

// split takes a link apart by the rules of Safe Browsing: white space and
// fragment off, percent signs resolved until none is left, port and user off,
// host in A-labels, dots and IP address normalised, path cleaned, escaped once.
// The query stays as it is, without its question mark.
func split(s string) (parts, bool) {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "#")
	if strings.ContainsAny(s, "\t\r\n") {
		s = strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(s)
	}
	s = escape(unescape(s))
	var p parts
	var ok bool
	if p.scheme, s, ok = cutScheme(s); !ok {
		return parts{}, false
	}
	s, p.query, _ = strings.Cut(s, "?")
	authority, rest, slash := strings.Cut(s, "/")
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		p.userinfo, authority = true, authority[at+1:]
	}
	if p.host, p.port, ok = splitHost(authority); !ok {
		return parts{}, false
	}
	p.path = "/"
	if slash && rest != "" {
		p.path = path.Clean("/" + rest)
		if strings.HasSuffix(rest, "/") && p.path != "/" {
			p.path += "/"
		}
	}
	return p, true
}

// cutScheme returns the scheme ("http" where none is written) and what follows
// the slashes. "evil.example:8080" has no scheme, "mailto:x" has one.
func cutScheme(s string) (scheme, rest string, ok bool) {
	head, rest, found := strings.Cut(s, ":")
	if !found || !isScheme(head) {
		return "http", s, true
	}
	if after, slashes := strings.CutPrefix(rest, "//"); slashes {
		return strings.ToLower(head), after, true
	}
	if rest != "" && isDigit(rest[0]) || strings.Contains(head, ".") {
		return "http", s, true
	}
	return "", "", false
}

func isScheme(s string) bool {
	for i := range len(s) {
		if !isLetter(s[i]) && (i == 0 || !isDigit(s[i]) && s[i] != '+' && s[i] != '-' && s[i] != '.') {
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
	if plain := unescape(host); !ascii(plain) && utf8.ValidString(plain) {
		mapped, err := lookup().ToASCII(plain)
		if err != nil {
			if mapped, err = idna.ToASCII(plain); err != nil {
				return "", "", false
			}
		}
		host = mapped
	}
	for strings.Contains(host, "..") {
		host = strings.ReplaceAll(host, "..", ".")
	}
	host = strings.Trim(host, ".")
	if address := ipv4(unescape(host)); address != "" {
		return address, port, true
	}
	return lowerHost(host), port, host != ""
}

// lowerHost lowers letters but for those of an escape: "%1B" stays.
func lowerHost(host string) string {
	lower := []byte(unescape(host)) // byte by byte: it need not be UTF-8
	for i, c := range lower {
		if c >= 'A' && c <= 'Z' {
			lower[i] = c | 0x20
		}
	}
	return escape(string(lower))
}

// unescape resolves %xx until nothing is left to resolve. Each round shortens
// the string, so that hostile nesting costs no more than its length times the
// depth, and length is bounded.
func unescape(s string) string {
	for strings.Contains(s, "%") {
		out := make([]byte, 0, len(s))
		for i := 0; i < len(s); i++ {
			if s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
				out = append(out, unhex(s[i+1])<<4|unhex(s[i+2]))
				i += 2
				continue
			}
			out = append(out, s[i])
		}
		if len(out) == len(s) {
			break
		}
		s = string(out)
	}
	return s
}

// escape writes as %XX what Safe Browsing escapes: up to space, from 127 on, # and %.
func escape(s string) string {
	const hex = "0123456789ABCDEF"
	if !strings.ContainsFunc(s, escaped) {
		return s
	}
	out := make([]byte, 0, len(s)+16)
	for i := range len(s) {
		if escaped(rune(s[i])) {
			out = append(out, '%', hex[s[i]>>4], hex[s[i]&15])
			continue
		}
		out = append(out, s[i])
	}
	return string(out)
}

func escaped(r rune) bool { return r <= ' ' || r >= 127 || r == '#' || r == '%' }

func isHex(c byte) bool { return isDigit(c) || c|0x20-'a' < 6 }

func unhex(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}
