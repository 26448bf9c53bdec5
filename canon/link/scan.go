package link

import (
	"net/netip"
	"path"
	"strings"

	"example.org/tocsin/canon/text"
)

// scan is the hot path of Canonical: a link that is canonical but for its
// scheme and fragment, as nine of ten are, is recognised by one pass, and its
// value is a part of the input: no memory is taken. Only a link that ends with
// its host takes some, for the slash behind it. It accepts only what ParseValue
// accepts, with the same result (TestScanLinkEqualsTheFullWay), and leaves all
// else to it.
func scan(raw string) (string, bool) {
	if len(raw) > MaxBytes {
		return "", false
	}
	s := trimScheme(raw)
	slash := strings.IndexByte(s, '/')
	if slash < 0 {
		if !isPlainHost(s) {
			return "", false
		}
		return s + "/", true
	}
	if !isPlainHost(s[:slash]) {
		return "", false
	}
	n := plainPathLen(s[slash:])
	return s[:slash+n], n > 0
}

// trimScheme returns s without http:// or https:// before it.
func trimScheme(s string) string {
	for _, scheme := range [...]string{"https://", "http://"} {
		if n := len(scheme); len(s) > n && (s[:n] == scheme || strings.EqualFold(s[:n], scheme)) {
			return s[n:]
		}
	}
	return s
}

// isPlainHost reports whether s is the canonical host of a public link.
func isPlainHost(s string) bool { return isPlainName(s) && !isPrivateHost(s) || isPlainAddress(s) }

// isPlainName reports whether s is a host name in canonical form, as HostName
// returns it. It leaves names with an underscore to HostName, and those whose
// last label begins with a digit. It looks at eight bytes at a time.
func isPlainName(s string) bool {
	switch {
	case len(s) < 8:
		return isShortName(s)
	case len(s) > 253:
		return false
	}
	// The high bit of each byte: seen is not ASCII, valid may be in a name, pairs is
	// a dot behind a dot. Before carries over that the word before ended in a dot.
	var seen, pairs, before uint64
	valid := uint64(highBits)
	for i := 0; i < len(s); i += 8 {
		if i > len(s)-8 {
			i, before = len(s)-8, 0 // the last word overlaps the one before it
		}
		x := text.LoadUint64(s, i)
		dots := bytesInRange(x, '.', '.') & highBits
		seen |= x
		valid &= bytesInRange(x, 'a', 'z') | bytesInRange(x, '0', '9') | bytesInRange(x, '-', '-') | dots
		pairs |= dots & (dots<<8 | before)
		before = dots >> 56
	}
	last := strings.LastIndexByte(s, '.')
	return seen&highBits == 0 && valid == highBits && pairs == 0 && s[0] != '.' &&
		last > 0 && isFinalLabel(s[last+1:]) && (len(s) <= 64 || hasShortLabels(s))
}

// isShortName is isPlainName for names of fewer than eight bytes.
func isShortName(s string) bool {
	label := 0 // where the present one begins
	for i := range len(s) {
		switch c := s[i]; {
		case text.IsLetter(c) && c >= 'a', text.IsDigit(c), c == '-':
		case c == '.' && i > label:
			label = i + 1
		default:
			return false
		}
	}
	return label > 0 && isFinalLabel(s[label:])
}

// isFinalLabel reports whether s, of the bytes of a name, is taken for its last
// label by the scan.
func isFinalLabel(s string) bool { return s != "" && text.IsLetter(s[0]) }

// hasShortLabels reports whether no label of a name has more than 63 bytes.
func hasShortLabels(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if len(label) > 63 {
			return false
		}
	}
	return true
}

// isPrivateHost reports whether a name leads into a private network (RFC 6761,
// RFC 6762, RFC 8375, and names that are in use).
func isPrivateHost(host string) bool {
	switch host[strings.LastIndexByte(host, '.')+1:] {
	case "localhost", "local", "internal", "lan":
		return true
	case "arpa":
		return strings.HasSuffix(host, ".home.arpa")
	}
	return false
}

// isPlainAddress reports whether s is a public IPv4 address in canonical form.
func isPlainAddress(s string) bool {
	if len(s) < len("1.1.1.1") || !text.IsDigit(s[0]) || !text.IsDigit(s[len(s)-1]) {
		return false
	}
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is4() && isPublic(a)
}

// plainPathLen returns the length of a path with query in canonical form, and
// drops the fragment behind it. It returns 0 where the form is another.
func plainPathLen(s string) int {
	if !isPlain(s) {
		hash := strings.IndexByte(s, '#')
		if hash < 0 || !isVisibleASCII(s[hash:]) {
			return 0
		}
		if s = s[:hash]; !isPlain(s) {
			return 0
		}
	}
	dirs := s
	if query := strings.IndexByte(s, '?'); query >= 0 {
		dirs = s[:query]
	}
	if !isClean(dirs) {
		return 0
	}
	switch s[len(s)-1] { // what publicLink trims
	case '.', ',', '\'', '?', '>':
		return 0
	}
	return len(s)
}

// isClean reports whether no directory of the path p is empty or made of dots.
func isClean(p string) bool {
	return !strings.Contains(p, "//") && (!strings.Contains(p, "/.") || len(path.Clean(p)) == len(strings.TrimSuffix(p, "/")))
}

// Words of eight bytes 1, and of eight high bits.
const (
	lowBits  = 0x0101010101010101
	highBits = lowBits << 7
)

// bytesInRange sets the high bit of each byte of x that lies from lo to hi. It
// holds where no byte of x has its own high bit set; the other bits mean
// nothing. (Adding 0x80-lo carries into the high bit from lo on, adding 0x7F-hi
// only above hi.)
func bytesInRange(x uint64, lo, hi byte) uint64 {
	return (x + lowBits*uint64(0x80-lo)) &^ (x + lowBits*uint64(0x7F-hi))
}

// isPlain reports whether s is of the bytes from & (0x26) to ~ (0x7E) alone:
// the letters, digits and signs that nearly every path is made of, and nothing
// that is escaped or starts an escape. It looks at eight bytes at a time.
func isPlain(s string) bool {
	var found uint64 // the high bit of a byte: it was below &, or above ~
	i := 0
	for ; i+8 <= len(s); i += 8 {
		x := text.LoadUint64(s, i)
		found |= (x - '&'*lowBits) | x | (x + lowBits)
	}
	for ; i < len(s); i++ {
		x := uint64(s[i])
		found |= (x - '&') | x | (x + 1)
	}
	return found&highBits == 0
}

// isVisibleASCII reports whether s is of visible ASCII characters alone.
func isVisibleASCII(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
