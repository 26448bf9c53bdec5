package extract

import (
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/net/publicsuffix"

	"example.org/tocsin/canon"
	"example.org/tocsin/canon/text"
)

// The fewest digits that a phone number in a text has, and the fewest letters
// and digits in a row that can be an account or a wallet.
const (
	minPhoneDigits = 7
	minAccountRun  = 15
)

// What a byte can be part of. The scanner passes over plain bytes without a
// second look; the others are checked together with the bytes around them.
const (
	plainByte = iota
	digitByte
	dotByte
	atByte
	colonByte
	underscoreByte
	tronByte        // addresses of TRON need not hold a digit
	openBracketByte // "[.]"
	backslashByte   // "http:\\", "evil\.example"
	letterDByte     // "evil dot example"
	leadByte        // of a rune that is folded: a digit of another script, an invisible character
)

// byteClass holds the class of each byte.
//
//nolint:gochecknoglobals // a constant table
var byteClass = [256]uint8{
	'0': digitByte, '1': digitByte, '2': digitByte, '3': digitByte, '4': digitByte,
	'5': digitByte, '6': digitByte, '7': digitByte, '8': digitByte, '9': digitByte,
	'.': dotByte, '@': atByte, ':': colonByte, '_': underscoreByte, 'T': tronByte,
	'[': openBracketByte, '(': openBracketByte, '{': openBracketByte, '\\': backslashByte, 'd': letterDByte, 'D': letterDByte,
	0xC2: leadByte, 0xCD: leadByte, 0xD6: leadByte, 0xD8: leadByte, 0xD9: leadByte, 0xDB: leadByte, 0xDF: leadByte,
	0xE0: leadByte, 0xE1: leadByte, 0xE2: leadByte, 0xE3: leadByte, 0xEA: leadByte, 0xEF: leadByte, 0xF0: leadByte, 0xF3: leadByte,
}

// scanner goes over a text once and stops at candidates: places where an
// indicator may stand, by the bytes around them. Most messages hold none, and
// no parser is called for them.
//
// It may stop where there is nothing, and must not pass over an indicator
// (FuzzScanText).
type scanner struct {
	text      string
	unfolded  bool // the text is as it was written: what folding changes counts too
	foldsOnly bool // a candidate was found: only what folding changes counts still

	linkStart  int  // behind the last scheme or "www."; kept if unfolded
	needsFold  bool // folding would change the text
	digitCount int  // how many digits there are, of any script; kept if unfolded
}

// nextCandidate returns where the first candidate from i on stands, and where
// to go on behind it; both are the length of the text if there is none.
func (s *scanner) nextCandidate(i int) (at, end int) {
	t := s.text
	for {
		for i < len(t) && (byteClass[t[i]] == plainByte || neverFolds(t, i)) {
			i++
		}
		if i >= len(t) {
			return len(t), len(t)
		}
		end, found := s.checkByte(i)
		if found {
			return i, end
		}
		i = end
	}
}

// checkByte looks at a byte that is not plain. It returns whether a candidate
// stands there, and where to go on.
func (s *scanner) checkByte(i int) (end int, found bool) {
	t := s.text
	if s.foldsOnly {
		return s.checkUnfolded(i)
	}
	switch byteClass[t[i]] {
	case digitByte:
		return s.checkNumber(i)
	case dotByte:
		return i + 1, s.checkDot(i)
	case atByte:
		return i + 1, isEmailAtSign(t, i) || isHandleAt(t, i)
	case colonByte:
		return i + 1, s.checkColon(i)
	case underscoreByte:
		return i + 1, s.checkUnderscore(i)
	case tronByte: // 34 letters and digits; two of them are checked first
		return i + 1, i+34 <= len(t) && text.IsAlnum(t[i+33]) && text.IsAlnum(t[i+16]) && text.IsAlphanumeric(t[i:i+34])
	}
	if s.unfolded {
		return s.checkUnfolded(i)
	}
	return i + 1, false
}

// checkUnfolded looks at what only a text has that is not folded yet.
func (s *scanner) checkUnfolded(i int) (end int, found bool) {
	t := s.text
	switch byteClass[t[i]] {
	case dotByte:
		found = i > 0 && i+2 < len(t) && (t[i-1] == ' ' || t[i+1] == ' ') && s.checkDot(i)
	case colonByte:
		found = strings.HasPrefix(t[i:], ":// ")
		s.linkStart = i + 1
	case openBracketByte:
		_, n := bracketedPrefix(t[i:])
		found = n > 0
	case backslashByte:
		s.needsFold = true // where it stands in a link
		found = i > 0 && i+1 < len(t) && (t[i-1] == ':' || t[i+1] == '.')
	case letterDByte:
		found = isSpelledDot(t, i-1)
	case leadByte:
		return s.checkRune(i)
	}
	s.needsFold = s.needsFold || found
	return i + 1, found
}

// checkRune looks at a rune that may fold.
func (s *scanner) checkRune(i int) (end int, found bool) {
	t := s.text
	if !mayFold(t[i:]) {
		return i + 1, false
	}
	r, size := utf8.DecodeRuneInString(t[i:])
	switch {
	case r == 0x3002 || r == 0xFF61: // ideographic full stop
		found = i > 0 && text.IsAlnum(t[i-1]) && i+size < len(t) && text.IsAlnum(t[i+size])
		s.needsFold = s.needsFold || found
	case text.IsInvisible(r):
		s.needsFold = true
	case foldRune(r) != r:
		s.needsFold = true
		found = s.checkFullWidth(i, r, size)
	}
	return i + size, found
}

// checkFullWidth looks at a rune that becomes an ASCII character.
func (s *scanner) checkFullWidth(i int, r rune, size int) bool {
	t := s.text
	switch foldRune(r) {
	case '.', '@':
		return i > 0 && t[i-1] > ' ' && i+size < len(t) && t[i+size] > ' '
	case ':':
		return isHandleAt(t, i)
	case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		s.digitCount++
	}
	return false
}

// checkNumber looks at a run of digits: with the runs behind it they may be a
// phone number or a card, with the letters around it an account, a wallet or a
// handle.
func (s *scanner) checkNumber(i int) (end int, found bool) {
	t := s.text
	r := digitRunsAt(t, i)
	s.digitCount += r.digits
	s.needsFold = s.needsFold || r.defanged && s.unfolded
	// Enough digits for a number, or an address of digits with a path.
	if r.digits >= minPhoneDigits || r.dots >= 3 && (r.slash || isPathSign(t[r.end:])) {
		return r.end, true
	}
	if i > 0 && text.IsLetter(t[i-1]) || r.firstEnd < len(t) && text.IsLetter(t[r.firstEnd]) {
		if stop, found := s.checkMixed(i); found || stop > r.end {
			return stop, found
		}
	}
	return r.end, false
}

// isPathSign reports whether s begins with what stands between a host and a
// path, also of full width.
func isPathSign(s string) bool {
	return s != "" && (s[0] == '/' || s[0] == '?' || strings.HasPrefix(s, "／"))
}

// digitRuns are runs of digits as one number has them.
type digitRuns struct {
	firstEnd, end, digits, dots int  // where the first and the last run end; how many digits and dots there are
	slash, defanged             bool // between them stands a slash, "(.)"
}

// digitRunsAt returns the runs of digits that begin at i; see
// foldedText.groups.
func digitRunsAt(t string, i int) (r digitRuns) {
	for n := 0; n < maxDigitGroups; n++ {
		start := i
		for i < len(t) && text.IsDigit(t[i]) {
			i++
		}
		if i == start {
			break
		}
		if n == 0 {
			r.firstEnd = i
		}
		r.digits, r.end = r.digits+i-start, i
		for i < len(t) && i < r.end+3 && isDigitSeparator(t[i]) {
			r.addSeparator(t, i)
			i++
		}
		if i == r.end {
			break
		}
	}
	return r
}

// addSeparator notes the separator at i.
func (r *digitRuns) addSeparator(t string, i int) {
	switch t[i] {
	case '.':
		r.dots++
	case '/':
		r.slash = true
	case '(':
		r.defanged = r.defanged || strings.HasPrefix(t[i:], "(.)")
	}
}

// checkMixed looks at a run of letters and digits whose first digit stands at
// i.
func (s *scanner) checkMixed(i int) (end int, found bool) {
	t := s.text
	// No further back than it takes to know: else a long run would be read again
	// from each of its digits.
	start := i
	for start > 0 && start > i-minAccountRun && text.IsAlnum(t[start-1]) {
		start--
	}
	end = i
	for end < len(t) && text.IsAlnum(t[end]) {
		end++
	}
	s.digitCount += end - i // too many, but no fewer than there are
	switch {
	case end-start >= minAccountRun:
		return end, true
	case start == i-2 && i+2 <= len(t) && // an IBAN in groups of four
		canon.IBANLength(strings.ToUpper(t[start:i])) > 0 && text.IsDigit(t[i+1]):
		return end, true
	}
	return end, start < i && isHandleAt(t, start)
}

// checkUnderscore looks at an underscore: people write them in handles.
func (s *scanner) checkUnderscore(i int) bool {
	start := i
	for start > 0 && start > i-maxHandleBytes && (text.IsAlnum(s.text[start-1]) || s.text[start-1] == '_') {
		start--
	}
	return start < i && isHandleAt(s.text, start)
}

// checkDot looks at a dot: a host goes on behind it with a top-level domain.
func (s *scanner) checkDot(i int) bool {
	t := s.text
	if i == 0 || i+2 >= len(t) {
		return false
	}
	before, after := t[i-1], t[i+1]
	switch {
	case before == ' ' || after == ' ':
		found := s.unfolded && s.maySplitHost(i) && spacedDotAt(t, i).splitsHost()
		s.needsFold = s.needsFold || found
		return found
	case !text.IsAlnum(before) && before != '-' && before != '_' && before < utf8.RuneSelf:
		return false
	case text.IsLetter(after):
		if before|0x20 == 'w' { // as in "www."
			s.linkStart = i + 1
		}
		return isHostEndAt(t, i+1)
	}
	return after >= utf8.RuneSelf && (after < 0xE3 || after > 0xED) // not of a script that ends a link
}

// isHostEndAt reports whether the label at i can be the last of a host or of
// the name of an app's file. Whether one with other letters than ASCII is a
// top-level domain is left to the extractor.
func isHostEndAt(t string, i int) bool {
	end := i
	for end < len(t) && (text.IsAlnum(t[end]) || t[end] == '-') {
		end++
	}
	if end < len(t) && (t[end] >= utf8.RuneSelf || t[end] == '_') {
		return true // of which too little is known here
	}
	label := strings.TrimRight(t[i:end], "-")
	return isTLD(label) || strings.EqualFold(label, "apk")
}

// maySplitHost reports whether the dot at i, which has a space beside it, may
// split a host. Nearly all that have one behind end a sentence, which is told
// by the word that follows.
func (s *scanner) maySplitHost(i int) bool {
	t := s.text
	if t[i-1] == ' ' {
		return true
	}
	end := i + 2
	for end < len(t) && end < i+64 && (text.IsAlnum(t[end]) && t[end] >= 'a' || text.IsDigit(t[end]) || t[end] == '-' || t[end] == '.') {
		end++
	}
	return end > i+2 && (end < len(t) && t[end] == '/' || s.linkStart > 0 && i-s.linkStart < 64)
}

// checkColon looks at a colon, of a scheme or between a platform and a name.
func (s *scanner) checkColon(i int) bool {
	t := s.text
	if strings.HasPrefix(t[i:], "://") {
		s.needsFold = s.needsFold || i+3 < len(t) && t[i+3] == ' '
		s.linkStart = i + 3
		return true
	}
	return isHandleAt(t, i)
}

// isEmailAtSign reports whether the @ at i stands between the signs of an
// address.
func isEmailAtSign(t string, i int) bool {
	return i > 0 && i+1 < len(t) && (text.IsAlnum(t[i-1]) || strings.IndexByte(".-+_%", t[i-1]) >= 0 || t[i-1] >= utf8.RuneSelf) &&
		(text.IsAlnum(t[i+1]) || t[i+1] >= utf8.RuneSelf)
}

// isDigitSeparator reports whether c is a sign that people write between the
// digits of a number. Line ends are: a long number is broken at them.
func isDigitSeparator(c byte) bool {
	switch c {
	case ' ', '-', '(', ')', '.', '/', '\n', '\r':
		return true
	}
	return false
}

// isTLD reports whether label is a top-level domain.
func isTLD(label string) bool {
	switch len(label) {
	case 0, 1:
		return false
	case 2:
		a, b := label[0]|0x20-'a', label[1]|0x20-'a'
		return a < 26 && b < 26 && countryTLDs()[a][b]
	}
	if label == "com" || label == "net" || label == "org" {
		return true
	}
	_, icann := publicsuffix.PublicSuffix(strings.ToLower(label[:min(len(label), 64)]))
	return icann
}

// countryTLDs returns which two letters are a top-level domain. A text full of
// missing spaces needs that at every word, and a look-up in the list takes its
// time and memory. Of some domains the list has only what is below them, as of
// "ck", so a name under each is looked up.
//
//nolint:gochecknoglobals // built once from constant data
var countryTLDs = sync.OnceValue(func() *[26][26]bool {
	var out [26][26]bool
	for a := range 26 {
		for b := range 26 {
			_, out[a][b] = publicsuffix.PublicSuffix("a." + string([]rune{'a' + rune(a), 'a' + rune(b)}))
		}
	}
	return &out
})
