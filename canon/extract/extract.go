package extract

import (
	"strings"
	"unicode/utf8"

	"example.org/tocsin/canon"
	"example.org/tocsin/canon/link"
	"example.org/tocsin/canon/phone"
	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

// What one text may cost: the findings that are kept, and the numbers that are
// tried in the numbering plans, as well as the links that turn out to be none.
// A hostile text reaches the second; the rest of its numbers or links is then
// ignored.
const (
	maxFindings = 100
	maxTries    = 200
)

// maxWordBytes is where a word is cut: no address is longer, and it keeps the
// search linear.
const maxWordBytes = 512

// Indicators finds the indicators in free text: links with and without scheme
// and defanged ones, e-mail addresses, phone numbers, IBANs, cards, Bitcoin,
// Ethereum and TRON addresses, names on platforms ("Telegram: @evil_name"), and
// apps by package or SHA-256. Region, an ISO 3166 country or subdivision or
// empty, completes national numbers. Each indicator is returned once, where it
// stands first, with Where "message" and its span in bytes of text; at most
// 100. A link to a profile or to an app in a store is found as a link and as
// what it leads to. Time is linear in the length of text (TestExtractIsLinear).
//
// Short codes are not looked for: three to six digits are too often a code, a
// price or a year.
func Indicators(text, region string) []models.Finding {
	v, first := scanText(text)
	if first < 0 {
		return nil
	}
	f := extractor{foldedText: v, scanner: scanner{text: v.text}, country: phone.Country(region)}
	f.extractAll(first)
	return f.findings
}

// extractor collects the findings of one text.
type extractor struct {
	foldedText

	scanner      scanner
	country      string
	findings     []models.Finding
	consumed     int // all before this byte has been looked at
	numberTries  int // numbers that were read
	invalidLinks int // what looked like a link and is none
}

// extractAll looks at the candidates of the text, from the one at first on.
// Each search starts where the last finding ended, so that the digits of a link
// are never taken for a number.
func (f *extractor) extractAll(first int) {
	for i, _ := f.scanner.nextCandidate(first); i < len(f.text) && len(f.findings) < maxFindings; i, _ = f.scanner.nextCandidate(f.consumed) {
		end := f.extractAt(i)
		// What was taken may end before the candidate, which then still counts.
		for end <= i && end > f.consumed && len(f.findings) < maxFindings {
			f.consumed = end
			end = f.extractAt(i)
		}
		f.consumed = max(i+1, end)
	}
}

// extractAt takes what stands around the candidate at i, from the beginning of
// its word on, and returns where to go on.
func (f *extractor) extractAt(i int) int {
	start := f.wordStart(i)
	if end := f.extractHandleAt(start, i); end > 0 {
		return end
	}
	// A plus and a bracket before a number are no part of its word.
	for open := start; open > f.consumed && i-open < 2 && (f.text[open-1] == '+' || f.text[open-1] == '('); {
		open--
		if n, ok := f.numberStart(open); ok {
			return f.extractNumbers(open, n)
		}
	}
	if n, ok := f.numberStart(start); ok {
		return f.extractNumbers(start, n)
	}
	return f.extractWord(f.wordAt(start))
}

// extractHandleAt takes the handle that begins with the candidate at i or with
// its word, and returns where it ends, or 0.
func (f *extractor) extractHandleAt(start, i int) int {
	switch {
	case f.text[i] == ':':
		return f.extractHandle(i)
	case f.text[i] == '@' && !isEmailAtSign(f.text, i):
		return f.extractHandle(i)
	case f.text[i] == '@':
		return 0
	}
	return f.extractHandle(start)
}

// wordStart returns where the word begins that i is in, behind the last
// finding.
func (f *extractor) wordStart(i int) int {
	start := i
	for start > f.consumed && start > i-maxWordBytes+utf8.UTFMax {
		c := f.text[start-1]
		switch {
		case isWordByte(c):
			start--
		case c < utf8.RuneSelf:
			return start
		default:
			r, size := utf8.DecodeLastRuneInString(f.text[f.consumed:start])
			if text.IsLinkBoundary(r) {
				return start
			}
			start -= size
		}
	}
	return start
}

// isWordByte reports whether c is an ASCII byte that a word is made of.
func isWordByte(c byte) bool {
	return text.IsAlnum(c) || c == '.' || c == '-' || c == '_' || c == '+' || c == '%' || c == '@'
}

// word is a run of letters, digits and the signs of addresses.
type word struct {
	start, end int
	at, dot    bool // holds an @, a dot between other signs
	letters    bool
}

// wordAt returns the word that begins at start. Letters of scripts that set
// spaces are part of it.
func (f *extractor) wordAt(start int) word {
	w := word{start: start, end: start}
	for w.end < len(f.text) && w.end < start+maxWordBytes {
		c := f.text[w.end]
		switch {
		case text.IsDigit(c), c == '-', c == '_', c == '+', c == '%':
		case text.IsLetter(c):
			w.letters = true
		case c == '.':
			w.dot = w.dot || w.end > start
		case c == '@':
			w.at = true
		case c < utf8.RuneSelf:
			return w
		default:
			r, size := utf8.DecodeRuneInString(f.text[w.end:])
			if text.IsLinkBoundary(r) {
				return w
			}
			w.letters = true
			w.end += size - 1
		}
		w.end++
	}
	return w
}

// extractWord looks at one word for what it can be, and returns where to go on.
// A link goes before an address, an address before a bare host, since each may
// hold the next.
func (f *extractor) extractWord(w word) int {
	if start := f.schemeStart(w.end); start >= 0 {
		if end := f.extractSchemeLink(start, w.end+3); end > 0 {
			return end
		}
		return w.end + 3
	}
	if w.at && f.extractEmail(w) {
		return w.end
	}
	if w.dot && !w.at {
		if end := f.extractBareLink(w); end > 0 {
			return end
		}
	}
	return f.extractPieces(w)
}

// add keeps one finding, once.
func (f *extractor) add(kind models.IndicatorKind, value string, start, end int) {
	if len(f.findings) == maxFindings {
		return
	}
	i := models.Indicator{Kind: kind, Value: value}
	for k := range f.findings {
		if f.findings[k].Indicator == i {
			return
		}
	}
	from, to := f.span(start, end)
	f.findings = append(f.findings, models.Finding{Indicator: i, Where: "message", Span: &models.Span{Start: from, End: to}})
}

// extractEmail takes a word with an @ for an e-mail address, if it is one. The
// host must have a suffix on the public suffix list, since "x@y.Next" is prose.
func (f *extractor) extractEmail(w word) bool {
	start, end := w.start, w.end
	for start < end && strings.IndexByte(".-+_%", f.text[start]) >= 0 {
		start++
	}
	for end > start && strings.IndexByte(".-+_%@", f.text[end-1]) >= 0 {
		end--
	}
	if end-start > text.MaxValueBytes {
		return false
	}
	value, err := link.ParseEmail(f.text[start:end])
	if err != nil {
		return false
	}
	if _, host, _ := strings.Cut(value, "@"); !link.HasKnownSuffix(host) {
		return false
	}
	f.add(models.Email, value, start, end)
	return true
}

// extractPieces looks in a word that is neither link nor e-mail address for
// accounts, wallets and numbers, piece by piece, and returns where to go on.
func (f *extractor) extractPieces(w word) int {
	for i := w.start; i < w.end; {
		if n, ok := f.numberStart(i); ok && i > w.start { // "Tel.0800...", "WhatsApp+44..."
			i = f.extractNumbers(i, n)
			continue
		}
		end := i
		for end < w.end && text.IsAlnum(f.text[end]) {
			end++
		}
		if end == i {
			i++
			continue
		}
		i = f.extractPiece(i, end)
		if i > w.end {
			return i
		}
	}
	return w.end
}

// extractPiece looks at a run of letters and digits, and returns where to go
// on. An IBAN in groups goes on beyond the run.
func (f *extractor) extractPiece(start, end int) int {
	if stop := f.ibanEnd(start); stop > 0 {
		f.add(models.Account, canon.PrefixIBAN+strings.ToUpper(text.StripSeparators(f.text[start:stop], "-")), start, stop)
		return stop
	}
	if end-start >= 26 && end-start <= 90 { // the shortest Bitcoin address, and the longest Bech32 string
		f.extractWallet(start, end)
	}
	return end
}

// extractWallet takes a long run of letters and digits for a wallet, or for the
// SHA-256 of an app. Addresses that are known by shape alone are not taken:
// without a check sum any code could be one.
func (f *extractor) extractWallet(start, end int) {
	s := f.text[start:end]
	if len(s) == 64 && text.IsHexString(s) {
		f.add(models.App, "sha256:"+strings.ToLower(s), start, end)
		return
	}
	if chain, value, ok := canon.WalletAddress(s); ok && chain != "other" {
		f.add(models.Wallet, chain+":"+value, start, end)
	}
}

// ibanEnd returns where an IBAN that begins at start ends, written in one or in
// groups of four, or 0 if none begins there.
func (v foldedText) ibanEnd(start int) int {
	s := v.text
	if start+15 > len(s) || !text.IsLetter(s[start]) || !text.IsLetter(s[start+1]) || !text.IsDigit(s[start+2]) || !text.IsDigit(s[start+3]) {
		return 0
	}
	if start > 0 && text.IsAlnum(s[start-1]) {
		return 0
	}
	country := strings.ToUpper(s[start : start+2])
	for _, want := range [...]int{canon.IBANLength(country), canon.IBANLengthBefore(country)} {
		if want == 0 {
			continue
		}
		if end := groupedEnd(s, start, want); end > 0 && canon.IsIBAN(strings.ToUpper(text.StripSeparators(s[start:end], "-"))) {
			return end
		}
	}
	return 0
}

// groupedEnd returns where the first want letters and digits from start on end,
// single spaces, dashes and line ends between them not counted, or 0 if there
// are not as many or one more.
func groupedEnd(s string, start, want int) int {
	end := start
	for n := 0; n < want; end++ {
		switch {
		case end == len(s):
			return 0
		case text.IsAlnum(s[end]):
			n++
		case s[end] != ' ' && s[end] != '-' && s[end] != '\n', n < 4, s[end-1] == s[end]:
			return 0
		}
	}
	if end < len(s) && text.IsAlnum(s[end]) {
		return 0
	}
	return end
}
