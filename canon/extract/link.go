package extract

import (
	"strings"
	"unicode/utf8"

	"example.org/tocsin/canon"
	"example.org/tocsin/canon/link"
	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

// schemeStart returns where the scheme begins that ends at end and is followed
// by "://", or -1. Words before it may be glued to it. People who make a link
// harmless write other signs for the middle of http: hxxp, h**p, h__p.
func (f *extractor) schemeStart(end int) int {
	t := f.text
	if !strings.HasPrefix(t[end:], "://") {
		return -1
	}
	for _, scheme := range [...]string{"ftp", "fxp"} {
		if n := end - len(scheme); n >= f.consumed && strings.EqualFold(t[n:end], scheme) {
			return n
		}
	}
	// The two letters in the middle of http must be alike, whatever they are.
	start := end
	if start > 0 && t[start-1]|0x20 == 's' {
		start--
	}
	start -= len("http")
	if start < f.consumed || t[start]|0x20 != 'h' || t[start+3]|0x20 != 'p' || t[start+1]|0x20 != t[start+2]|0x20 ||
		strings.IndexByte("tTxX*-_+#", t[start+1]) < 0 {
		return -1
	}
	return start
}

// extractSchemeLink takes the link that begins at start and whose host begins
// at host. It returns where the link ends, or 0. A host that is glued to words
// of a script without spaces is cut where they begin, unless it is a name in
// it.
func (f *extractor) extractSchemeLink(start, host int) int {
	if f.invalidLinks >= maxTries {
		return 0
	}
	// "http://example.com查看详情": both the whole and the ASCII in front of the other
	// letters may be a name. The whole goes first, if its suffix is on the list.
	end := f.hostEnd(host)
	if cut := host + asciiPrefixLen(f.text[host:end]); cut < end && f.text[host] != '[' {
		whole, _ := link.HostName(f.text[host:end])
		part, named := link.HostName(strings.TrimRight(f.text[host:cut], "."))
		if !link.HasKnownSuffix(whole) || named && link.HasKnownSuffix(part) && strings.HasSuffix(f.text[host:cut], link.LastLabel(part)) {
			return f.extractLink(start, host, cut)
		}
	}
	return f.extractLink(start, host, f.pathEnd(host, end))
}

// hostEnd returns where the host of a link ends, with a user and a port. It
// reads no more than a name of 253 runes can take.
func (f *extractor) hostEnd(host int) int {
	end := host
	for end < len(f.text) && end-host <= 4*253 {
		switch c := f.text[end]; {
		case text.IsAlnum(c), c == '.':
			end++
			continue
		case c == '/', c == '?', c == '#':
			return end
		}
		if n := f.hostContinues(end); n > 0 {
			end += n
			continue
		}
		r, size := utf8.DecodeRuneInString(f.text[end:])
		if link.EndsLink(r) || r >= utf8.RuneSelf && text.IsLinkBoundary(r) && !isHostLetter(r) {
			break
		}
		end += size
	}
	return end
}

// asciiPrefixLen returns how many bytes s begins with that are ASCII.
func asciiPrefixLen(s string) int {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return i
		}
	}
	return len(s)
}

// isHostLetter reports whether r can be part of a host name: a letter of any script.
func isHostLetter(r rune) bool { return !isPunctuation(r) }

// isPunctuation reports whether r, no ASCII, is of a block of signs:
// punctuation, symbols, full-width forms, emoji. The ideographic full stop is
// none, since hosts are written with it.
func isPunctuation(r rune) bool {
	return r >= 0x2000 && r <= 0x2BFF || r >= 0x3000 && r <= 0x303F && r != 0x3002 || r >= 0xFF00 && r <= 0xFFEF || r >= 0x1F000
}

// pathEnd returns where the path and query end that begin at i, of a link
// whose host begins at host.
func (f *extractor) pathEnd(host, i int) int {
	for stop := min(len(f.text), i+link.MaxBytes); i < stop; {
		if c := f.text[i]; text.IsAlnum(c) || c == '/' || c == '-' || c == '.' {
			i++
			continue
		}
		if n := f.pathContinues(host, i); n > 0 {
			i += n
			continue
		}
		r, size := utf8.DecodeRuneInString(f.text[i:])
		if link.EndsLink(r) || r >= utf8.RuneSelf && text.IsLinkBoundary(r) {
			break
		}
		i += size
	}
	return i
}

// extractLink takes text[start:end] for a link, without the punctuation behind
// it. Where it names a user, the host behind the @ counts: that is where it
// leads. It returns where the link ends, or 0 if it is none.
func (f *extractor) extractLink(start, host, end int) int {
	for end > host {
		c := f.text[end-1]
		if c == ')' && strings.Count(f.text[host:end], "(") >= strings.Count(f.text[host:end], ")") {
			break // it closes a bracket of the link
		}
		if strings.IndexByte(".,;:!?'\")]*~\r\n", c) < 0 || c == ']' && strings.HasSuffix(f.text[host:end-1], ":") {
			break
		}
		end--
	}
	value, ok := f.linkValue(start, host, end)
	if !ok {
		f.invalidLinks++
		return 0
	}
	if f.text[host] == '[' { // linkValue has left the scheme out
		start = host
	}
	f.add(models.URL, value, start, end)
	f.extractTarget(value, start, end)
	return end
}

// linkValue returns the canonical value of the link text[start:end], whose
// host begins at host.
func (f *extractor) linkValue(start, host, end int) (string, bool) {
	if end == host || end-start > link.MaxBytes {
		return "", false
	}
	s := f.text[start:end]
	if f.text[host] == '[' || start < host && strings.IndexByte("tTxX", s[1]) < 0 {
		s = "http://" + f.text[host:end] // a scheme as nobody else reads it
	}
	if strings.IndexByte(s, '\n') >= 0 {
		s = strings.NewReplacer("\r", "", "\n", "").Replace(s)
	}
	// In a text nobody can be asked for the host behind the @, as in a form.
	value, err := link.Canonical(s)
	if err != nil && models.CodeOf(err) == "url_userinfo" {
		value, err = link.CanonicalIgnoringUserinfo(s)
	}
	return value, err == nil
}

// extractTarget takes the handle or the app that a link leads to.
func (f *extractor) extractTarget(value string, start, end int) {
	host, _, _ := strings.Cut(value, "/")
	if host == "play.google.com" {
		if id, err := canon.App(value); err == nil {
			f.add(models.App, id, start, end)
		}
		return
	}
	if canon.PlatformOfHost(strings.TrimPrefix(strings.TrimPrefix(host, "www."), "m.")) == "" {
		return
	}
	if platform, name, ok := canon.ParseProfileLink(value); ok {
		if value, err := canon.Handle(platform + ":" + name); err == nil {
			f.add(models.Handle, value, start, end)
		}
	}
}

// extractBareLink takes a word for a link without scheme: a host whose suffix
// is on the public suffix list, or a dotted address with a path. It returns
// where the link ends, or 0.
func (f *extractor) extractBareLink(w word) int {
	start, end := w.start, w.end
	for start < end && !text.IsAlnum(f.text[start]) && f.text[start] < utf8.RuneSelf {
		start++
	}
	for end > start && strings.IndexByte(".-+_%", f.text[end-1]) >= 0 {
		end--
	}
	// A path may only follow where no sign was cut off: "example.com./x" is none.
	host := f.text[start:end]
	rest := f.text[end:]
	hasPath := len(rest) > 1 && (rest[0] == '/' || rest[0] == '?' && text.IsAlnum(rest[1])) && end == w.end
	if tld := link.LastLabel(host); !hasPath && isApostrophe(rest) && (link.IsWordCountryTLD(tld) || link.IsWordTLD(tld)) {
		return 0 // "sorry.it's"
	}
	if name, ok := apkPackage(host); ok && !hasPath {
		f.add(models.App, "android:"+name, start, end)
		return end
	}
	if len(host) > 253 || f.invalidLinks >= maxTries || !link.IsBareHost(host, hasPath, w.letters) {
		return 0
	}
	if hasPath {
		end = f.pathEnd(start, end)
	}
	return f.extractLink(start, start, end)
}

// isApostrophe reports whether s begins with an apostrophe.
func isApostrophe(s string) bool { return strings.HasPrefix(s, "'") || strings.HasPrefix(s, "’") }

// apkPackage returns the package that a file of Android is named after:
// "com.example.pay.apk". The package begins with a top-level domain, as
// Android's do, so that "release.v2.apk" is none.
func apkPackage(name string) (string, bool) {
	n := len(name) - len(".apk")
	if n < 0 || !strings.EqualFold(name[n:], ".apk") || !canon.IsPackageName(name[:n]) {
		return "", false
	}
	first, _, _ := strings.Cut(name, ".")
	return name[:n], isTLD(first)
}
