package extract

import (
	"strings"
	"unicode/utf8"

	"example.org/tocsin/canon"
	"example.org/tocsin/canon/phone"
	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

// maxDigitGroups is the most groups of digits that are looked at together. A
// number whose digits stand alone has up to fifteen (ITU-T E.164).
const maxDigitGroups = 16

// group is a run of digits, text[start:end].
type group struct{ start, end int }

func (g group) len() int { return g.end - g.start }

// groupBuffer is the memory for the groups of one number, on the caller's
// stack.
type groupBuffer [maxDigitGroups]group

// groups returns the groups of digits that begin at start and are no more than
// three separators apart, as they are in one number or in numbers side by side.
func (v foldedText) groups(buffer *groupBuffer, start int) []group {
	n := 0
	s := v.text
	for i := start; i < len(s) && n < len(buffer); {
		g := group{start: i, end: i}
		for g.end < len(s) && text.IsDigit(s[g.end]) {
			g.end++
		}
		if g.len() == 0 {
			break
		}
		buffer[n] = g
		n++
		i = g.end
		for i < len(s) && i < g.end+3 && isDigitSeparator(s[i]) {
			i++
		}
		if i == g.end || strings.Count(s[g.end:i], "\n") > 1 { // an empty line ends a number
			break
		}
	}
	return buffer[:n]
}

// singleDigitGroups returns how many of the first groups are of one digit, 0 if
// they are fewer than make a phone number.
func singleDigitGroups(groups []group) int {
	n := 0
	for n < len(groups) && groups[n].len() == 1 {
		n++
	}
	if n < minPhoneDigits {
		return 0
	}
	return n
}

// numberStart reports whether a number may begin at i, and returns where its
// digits begin: behind a plus or an opening bracket, if there is one. Digits
// that directly follow a letter or another sign are part of something else.
func (f *extractor) numberStart(i int) (digits int, ok bool) {
	s := f.text
	digits = i
	for digits < len(s) && digits < i+2 && (s[digits] == '+' || s[digits] == '(') {
		digits++
	}
	if digits >= len(s) || !text.IsDigit(s[digits]) {
		return 0, false
	}
	if i == 0 {
		return digits, true
	}
	before := s[i-1]
	if s[i] == '+' && !text.IsDigit(before) { // "WhatsApp+44..."
		return digits, true
	}
	switch {
	case text.IsAlnum(before) || strings.IndexByte("_=#%&@$+", before) >= 0:
		return digits, false
	case before == '.' || before == ',': // "Tel.0800...", but not "1,000"
		return digits, i < 2 || !text.IsDigit(s[i-2])
	case before == '-' || before == '/' || before == '*':
		return digits, i < 2 || !text.IsAlnum(s[i-2])
	}
	r, _ := utf8.DecodeLastRuneInString(s[:i])
	return digits, !strings.ContainsRune("€£¥￥₹₩₽", r)
}

// extractNumbers takes the cards and phone numbers among the groups whose first
// digit is at digits, and returns where to go on. A word that begins with
// digits and is no number ("1password.example", "0x...") is looked at as a
// word.
func (f *extractor) extractNumbers(start, digits int) int {
	// "(1password.example": the bracket is no part of the word.
	var buffer groupBuffer
	groups := f.groups(&buffer, digits)
	if f.text[start] == '(' && f.startsWord(digits, groups[0].end) {
		start = digits
	}
	if f.startsWord(start, groups[0].end) {
		return f.extractWord(f.wordAt(start))
	}
	last := groups[len(groups)-1].end
	for {
		groups = groups[f.extractFirst(groups, start):]
		if len(groups) == 0 {
			return last
		}
		if start = groups[0].start; f.startsWord(start, groups[0].end) {
			return start
		}
		if f.text[start-1] == '(' {
			start--
		}
	}
}

// extractFirst takes the card or phone number that the groups begin with, and
// returns how many groups are done with.
func (f *extractor) extractFirst(groups []group, start int) int {
	if n := f.extractCard(groups, start); n > 0 {
		return n
	}
	if n := f.extractPhone(groups, start); n > 0 {
		return n
	}
	return max(1, singleDigitGroups(groups), f.dateGroups(groups))
}

// startsWord reports whether the digits from start to end begin a word that is
// no number: a letter follows them directly, or a word with an @ or a host goes
// on behind them.
func (f *extractor) startsWord(start, end int) bool {
	if start < len(f.text) && !text.IsAlnum(f.text[start]) {
		return false
	}
	w := f.wordAt(start)
	if end < len(f.text) && (text.IsLetter(f.text[end]) || f.text[end] == '_' || f.text[end] == '@') {
		return true
	}
	return w.at || w.letters && w.dot || strings.HasPrefix(f.text[w.end:], "://") ||
		w.dot && strings.HasPrefix(f.text[w.end:], "/") && strings.Count(f.text[w.start:w.end], ".") == 3
}

// extractCard takes the groups that begin with a card number, and returns how
// many. A plus is never before a card, and a number that some numbering plan
// knows is rather that.
func (f *extractor) extractCard(groups []group, start int) int {
	if f.text[start] == '+' {
		return 0
	}
	n := f.cardGroups(groups)
	if n == 0 {
		return 0
	}
	digits := f.digits(groups[:n])
	if n == 1 && len(digits) <= 15 {
		f.numberTries++
		if _, ok := phone.International(digits); ok {
			return 0
		}
	}
	f.add(models.Account, canon.PrefixCard+digits, groups[0].start, groups[n-1].end)
	return n
}

// cardGroups returns how many of the first groups make a card number as cards
// are printed or typed, 0 if they do not: in one, in fours, 4-6-5 and 4-6-4,
// 6-10 and 6-13. Other splits are too often two numbers side by side. Cards of
// payment networks begin with 2 to 6 (ISO/IEC 7812).
func (v foldedText) cardGroups(groups []group) int {
	switch first := groups[0].len(); {
	case v.text[groups[0].start] < '2' || v.text[groups[0].start] > '6':
		return 0
	case first >= 13 && first <= 19 && canon.IsCard(v.digits(groups[:1])):
		return 1
	case first == 6 && len(groups) > 1 && (groups[1].len() == 10 || groups[1].len() == 13) && canon.IsCard(v.digits(groups[:2])):
		return 2
	case first == 4 && len(groups) > 2 && groups[1].len() == 6 && (groups[2].len() == 4 || groups[2].len() == 5) &&
		canon.IsCard(v.digits(groups[:3])):
		return 3
	case first != 4:
		return 0
	}
	// Fours, of which the last may be shorter: 12 to 19 digits.
	n, total := 0, 0
	for n < len(groups) && groups[n].len() == 4 && total < 16 {
		n, total = n+1, total+4
	}
	if total < 12 {
		return 0
	}
	if n < len(groups) && groups[n].len() <= 4 && (total > 12 || groups[n].len() < 4) && canon.IsCard(v.digits(groups[:n+1])) {
		return n + 1
	}
	if total == 16 && canon.IsCard(v.digits(groups[:n])) {
		return n
	}
	return 0
}

// digits returns the digits of groups without what is between them.
func (v foldedText) digits(groups []group) string {
	if len(groups) == 1 {
		return v.text[groups[0].start:groups[0].end]
	}
	var b strings.Builder
	for _, g := range groups {
		b.WriteString(v.text[g.start:g.end])
	}
	return b.String()
}

// extractPhone takes the groups that begin with a phone number, the most that
// make one, and returns how many. Digits that stand alone are one number or
// none. A number goes on behind a line end only if it is none without, and if
// it began as numbers do.
func (f *extractor) extractPhone(groups []group, start int) int {
	if f.dateGroups(groups) > 0 {
		return 0
	}
	if n := singleDigitGroups(groups); n > 0 {
		if f.extractDialled(groups[:n], start) {
			return n
		}
		return 0
	}
	// N groups can be one number with its prefixes, of which the first line are on
	// one line of the text.
	total, n, line := 0, 0, 0
	for n < len(groups) && total+groups[n].len() <= 17 {
		total += groups[n].len()
		if n++; line == 0 && n < len(groups) && strings.IndexByte(f.text[groups[n-1].end:groups[n].start], '\n') >= 0 {
			line = n
		}
	}
	if line > 0 && line < n {
		if found := f.extractLongestPhone(groups[:line], start); found > 0 {
			return found
		}
		if strings.IndexByte("+(0", f.text[start]) < 0 {
			return 0
		}
	}
	return f.extractLongestPhone(groups[:n], start)
}

// extractLongestPhone returns how many of the groups make a phone number, the
// most that do.
func (f *extractor) extractLongestPhone(groups []group, start int) int {
	total := 0
	for _, g := range groups {
		total += g.len()
	}
	for n := len(groups); n > 0 && total >= minPhoneDigits; n-- {
		if !f.isOtherNumber(groups[:n], start) && f.extractDialled(groups[:n], start) {
			return n
		}
		total -= groups[n-1].len()
	}
	return 0
}

// extractDialled takes the groups for a phone number, if they make one. A short
// code does not count, and nothing is guessed.
func (f *extractor) extractDialled(groups []group, start int) bool {
	if f.numberTries == maxTries {
		return false
	}
	f.numberTries++
	end := groups[len(groups)-1].end
	value, err := phone.Parse(oneLine(f.text[start:end]), f.country, false)
	if err != nil || value[0] != '+' {
		return false
	}
	f.add(models.Phone, value, start, end)
	return true
}

// oneLine returns s with spaces for line ends.
func oneLine(s string) string {
	if strings.IndexByte(s, '\n') < 0 {
		return s
	}
	return strings.NewReplacer("\n", " ", "\r", " ").Replace(s)
}

// isOtherNumber tells dates, amounts and parts of longer numbers from phone
// numbers. Whoever writes a plus means a phone number.
func (f *extractor) isOtherNumber(groups []group, start int) bool {
	if f.text[start] == '+' {
		return false
	}
	end := groups[len(groups)-1].end
	rest := f.text[end:]
	if len(rest) > 1 && (rest[0] == ',' || rest[0] == '.' || rest[0] == ':') && text.IsDigit(rest[1]) {
		return true // it goes on, as an amount or a time
	}
	if rest != "" && (text.IsLetter(rest[0]) || rest[0] == '%') {
		return true // it has a unit
	}
	if len(groups) == 1 {
		return isDate(f.text[groups[0].start:end]) || isAmount(rest) || isReference(f.text[:start])
	}
	if len(groups) == 3 { // a day, year first or last
		a, b, c := groups[0].len(), groups[1].len(), groups[2].len()
		return a == 4 && b <= 2 && c <= 2 || a <= 2 && b <= 2 && c == 4
	}
	return false
}

// dateGroups returns 3 if the first groups are a day as it is written,
// 2026-01-31 or 31.1.2026, and 0 if not.
func (f *extractor) dateGroups(groups []group) int {
	if len(groups) < 3 || groups[1].start != groups[0].end+1 || groups[2].start != groups[1].end+1 {
		return 0
	}
	sign := f.text[groups[0].end]
	if sign == ' ' || sign != f.text[groups[1].end] || groups[1].len() > 2 {
		return 0
	}
	// One of the outer groups is a year of this or the last millennium, and the
	// other a day.
	year := groups[0]
	if groups[2].len() == 4 {
		year = groups[2]
	}
	if groups[0].len()+groups[2].len() > 6 || year.len() != 4 || f.text[year.start] != '1' && f.text[year.start] != '2' {
		return 0
	}
	return 3
}

// isReference reports whether what stands before a number makes it that of an
// order or a code, in Chinese: there such numbers have the length of a mobile
// number.
func isReference(before string) bool {
	before = strings.TrimRight(before[max(0, len(before)-32):], " :：#为是")
	for _, word := range [...]string{"订单", "订单号", "单号", "序号", "编号", "流水号", "验证码", "校验码", "卡号", "尾号", "密码"} {
		if strings.HasSuffix(before, word) {
			return true
		}
	}
	return false
}

// isDate reports whether digits begin with a day: 20260131, 20260131235959.
func isDate(digits string) bool {
	if n := len(digits); n != 8 && n != 12 && n != 14 {
		return false
	}
	return plausibleDay(digits[:8])
}

// plausibleDay reports whether yyyymmdd can be a day of somebody's life.
func plausibleDay(s string) bool {
	year, month, day := s[:4], s[4:6], s[6:8]
	return (year >= "1900" && year <= "2099") && month >= "01" && month <= "12" && day >= "01" && day <= "31"
}

// isAmount reports whether what follows a number makes it a sum of money.
func isAmount(rest string) bool {
	rest = strings.TrimLeft(rest, " ")
	for _, unit := range [...]string{
		"元", "块", "圆", "万", "€", "$", "£", "¥", "원", "円", "₹", "₫", "USD", "EUR", "GBP", "CNY", "RMB", "INR", "RSD", "IDR", "TZS", "KES",
		"KRW", "TRY", "TL", "VND", "Rs", "yuan", "dollar", "euro", "rupiah",
	} {
		if strings.HasPrefix(rest, unit) {
			return true
		}
	}
	return false
}
