package extract

import (
	"strings"

	"example.org/tocsin/canon/phone"
	"example.org/tocsin/canon/text"
)

// What Mask puts in place of what it hides.
const (
	maskedCard     = "[card]"
	maskedIdentity = "[identity number]"
)

// minMaskedDigits is the fewest digits that a masked number has: those of an
// identity number of the United States.
const minMaskedDigits = 9

// Mask returns message with what people write about themselves hidden: card
// numbers (13 to 19 digits that pass the Luhn check, ISO/IEC 7812, in one or in
// groups) and identity numbers of China, the United States, South Korea and
// Brazil. An identity number with a plausible birthday is hidden even if its
// check digit is wrong. Phone numbers, amounts and IBANs stay: they are what a
// report is about.
//
// A text with fewer digits than such numbers have is read once and returned
// itself.
func Mask(message string) string {
	v, ok := foldIfNumbered(message)
	if !ok {
		return message
	}
	var b strings.Builder
	var buffer groupBuffer
	kept, tries := 0, 0
	for i := 0; i < len(v.text); {
		if !text.IsDigit(v.text[i]) {
			i++
			continue
		}
		if i >= 2 { // two letters may begin an IBAN, whose digits would look like a card
			if end := v.ibanEnd(i - 2); end > 0 {
				i = end
				continue
			}
		}
		groups := v.groups(&buffer, i)
		word, n, end := v.maskedNumber(groups, i > 0 && v.text[i-1] == '+', &tries)
		if n == 0 {
			i = groups[0].end
			continue
		}
		from, to := v.span(i, end)
		b.WriteString(message[kept:from])
		b.WriteString(word)
		kept, i = to, end
	}
	if kept == 0 {
		return message
	}
	b.WriteString(message[kept:])
	return b.String()
}

// foldIfNumbered returns the folded text, if it holds as many digits as the
// shortest number that is masked. Of ASCII, digits are never written in another
// way.
func foldIfNumbered(message string) (foldedText, bool) {
	s := scanner{text: message}
	for i := 0; i < len(message); {
		switch c := message[i]; {
		case text.IsDigit(c):
			s.digitCount++
			i++
		case byteClass[c] != leadByte || neverFolds(message, i):
			i++
		default:
			i, _ = s.checkRune(i)
		}
	}
	switch {
	case s.digitCount < minMaskedDigits:
		return foldedText{}, false
	case s.needsFold:
		return newFoldedText(message), true
	}
	return foldedText{text: message}, true
}

// maskedNumber returns what to write in place of the number that the groups
// begin with, how many groups it takes and where it ends, or 0 groups if it may
// stay. Plus says that a plus stands before it, tries counts the look-ups in
// the numbering plans.
func (v foldedText) maskedNumber(groups []group, plus bool, tries *int) (word string, n, end int) {
	if n, end := v.identityNumber(groups); n > 0 {
		return maskedIdentity, n, end
	}
	if plus {
		return "", 0, 0
	}
	n = v.cardGroups(groups)
	if n == 0 {
		return "", 0, 0
	}
	// An international number may pass the Luhn check by chance.
	if n == 1 && groups[0].len() <= 15 && *tries < maxTries {
		*tries++
		if _, ok := phone.International(v.digits(groups[:1])); ok {
			return "", 0, 0
		}
	}
	return maskedCard, n, groups[n-1].end
}

// identityNumber returns how many of the first groups make an identity number,
// and where it ends.
func (v foldedText) identityNumber(groups []group) (n, end int) {
	if end := v.chineseIDEnd(groups); end > 0 {
		n = 1
		if groups[0].len() == 6 {
			n = 3
		}
		return n, end
	}
	switch {
	case v.hasShape(groups, '-', 3, 2, 4): // United States
		area := v.text[groups[0].start:groups[0].end]
		if area != "000" && area != "666" && area[0] != '9' {
			return 3, groups[2].end
		}
	case v.hasShape(groups, '-', 6, 7): // South Korea: birthday, then sex and century
		day := v.text[groups[0].start:groups[0].end]
		if c := v.text[groups[1].start]; c >= '1' && c <= '8' && plausibleDay("19"+day) {
			return 2, groups[1].end
		}
	case len(groups) >= 4 && v.hasShape(groups[:3], '.', 3, 3, 3) && groups[3].len() == 2 && v.text[groups[2].end] == '-':
		return 4, groups[3].end // Brazil
	}
	return 0, 0
}

// hasShape reports whether the first groups have the given lengths, with sign
// alone between them.
func (v foldedText) hasShape(groups []group, sign byte, lengths ...int) bool {
	if len(groups) < len(lengths) {
		return false
	}
	for i, n := range lengths {
		if groups[i].len() != n || i > 0 && (groups[i].start != groups[i-1].end+1 || v.text[groups[i].start-1] != sign) {
			return false
		}
	}
	return true
}

// chineseIDEnd returns where a resident identity number (GB 11643) ends that
// the groups begin with, in one or 6-8-4, or 0. The last of its 18 places may
// be X.
func (v foldedText) chineseIDEnd(groups []group) int {
	first := groups[0]
	digits, end := v.text[first.start:first.end], first.end
	if first.len() == 6 && len(groups) >= 3 && groups[1].len() == 8 && (groups[2].len() == 3 || groups[2].len() == 4) {
		digits, end = v.digits(groups[:3]), groups[2].end
	}
	if len(digits) == 17 {
		if end >= len(v.text) || v.text[end]|0x20 != 'x' {
			return 0
		}
		end++
	} else if len(digits) != 18 {
		return 0
	}
	province := digits[:2]
	if province < "11" || province > "91" || !plausibleDay(digits[6:14]) {
		return 0
	}
	return end
}
