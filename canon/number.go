package canon

import (
	"strings"
	"unicode/utf8"

	"example.org/tocsin/models"
)

// chainGroups is the most groups of digits that are looked at together.
const chainGroups = 12

// group is a run of digits.
type group struct{ start, end int }

func (g group) len() int { return g.end - g.start }

// chain returns the groups of digits that begin at start and are no more than
// two separators apart, as they are in one number or in numbers side by side.
func (v view) chain(start int) []group {
	var out []group
	s := v.text
	for i := start; i < len(s) && len(out) < chainGroups; {
		g := group{start: i, end: i}
		for g.end < len(s) && isDigit(s[g.end]) {
			g.end++
		}
		if g.len() == 0 {
			break
		}
		out = append(out, g)
		i = g.end
		for i < len(s) && i < g.end+3 && strings.IndexByte(" -()./", s[i]) >= 0 {
			i++
		}
		if i == g.end {
			break
		}
	}
	return out
}

// numberStart reports whether a number may begin at i, and returns where its
// digits begin: behind a plus or an opening bracket, if there is one. Digits
// that hang on a letter or another sign are part of something else.
func (f *finder) numberStart(i int) (digits int, ok bool) {
	s := f.text
	digits = i
	for digits < len(s) && digits < i+2 && (s[digits] == '+' || s[digits] == '(') {
		digits++
	}
	if digits >= len(s) || !isDigit(s[digits]) {
		return 0, false
	}
	if i == 0 {
		return digits, true
	}
	before := s[i-1]
	if s[i] == '+' && !isDigit(before) { // "WhatsApp+44..."
		return digits, true
	}
	switch {
	case isAlnum(before) || strings.IndexByte("_=#%&@$+", before) >= 0:
		return digits, false
	case before == '.' || before == ',': // "Tel.0800...", but not "1,000"
		return digits, i < 2 || !isDigit(s[i-2])
	case before == '-' || before == '/' || before == '*':
		return digits, i < 2 || !isAlnum(s[i-2])
	}
	r, _ := utf8.DecodeLastRuneInString(s[:i])
	return digits, !strings.ContainsRune("€£¥￥₹₩₽", r)
}

// numbers takes the cards and phone numbers of the chain whose first digit is
// at digits, and returns where to go on. A word that begins with digits and is
// none ("1password.example", "0x...") is left to the others.
func (f *finder) numbers(start, digits int) int {
	groups := f.chain(digits)
	last := groups[len(groups)-1].end
	if f.isWordInstead(start, groups[0].end) {
		return f.take(f.word(start))
	}
	for i := 0; i < len(groups); {
		if n := f.card(groups[i:], start); n > 0 {
			i += n
		} else if n := f.phone(groups[i:], start); n > 0 {
			i += n
		} else {
			i++
		}
		if i < len(groups) {
			start = groups[i].start
			if start > 0 && f.text[start-1] == '(' {
				start--
			}
			if f.isWordInstead(groups[i].start, groups[i].end) {
				return groups[i].start
			}
		}
	}
	return last
}

// isWordInstead reports whether the digits from start to end begin an address:
// a letter hangs on them, or a word with an @ or a host goes on behind them.
func (f *finder) isWordInstead(start, end int) bool {
	if start < len(f.text) && !isAlnum(f.text[start]) {
		return false
	}
	w := f.word(start)
	if end < len(f.text) && (isLetter(f.text[end]) || f.text[end] == '_' || f.text[end] == '@') {
		return true
	}
	return w.at || w.letters && w.dot || w.dot && strings.HasPrefix(f.text[w.end:], "/") && strings.Count(f.text[w.start:w.end], ".") == 3 ||
		strings.HasPrefix(f.text[w.end:], "://")
}

// card takes the groups that begin with a card number, and returns how many.
func (f *finder) card(groups []group, start int) int {
	if f.text[start] == '+' {
		return 0
	}
	n := f.cardGroups(groups)
	if n == 0 {
		return 0
	}
	digits := f.digits(groups[:n])
	if n == 1 && len(digits) <= 15 {
		f.tries++
		if _, ok := international(digits); ok {
			return 0
		}
	}
	f.add(models.Account, prefixCard+digits, groups[0].start, groups[n-1].end)
	return n
}

// cardGroups returns how many of the first groups make a card number as cards
// are printed or typed, 0 if they do not: in one, in fours, 4-6-5 and 4-6-4,
// 6-10 and 6-13. Other splits are too often two numbers side by side.
func (v view) cardGroups(groups []group) int {
	switch first := groups[0].len(); {
	case v.text[groups[0].start] < '2' || v.text[groups[0].start] > '6':
		return 0
	case first >= 13 && first <= 19 && isCard(v.digits(groups[:1])):
		return 1
	case first == 6 && len(groups) > 1 && (groups[1].len() == 10 || groups[1].len() == 13) && isCard(v.digits(groups[:2])):
		return 2
	case first == 4 && len(groups) > 2 && groups[1].len() == 6 && (groups[2].len() == 4 || groups[2].len() == 5) && isCard(v.digits(groups[:3])):
		return 3
	case first != 4:
		return 0
	}
	n, total := 0, 0
	for n < len(groups) && groups[n].len() == 4 && total < 16 {
		n, total = n+1, total+4
	}
	if total < 12 {
		return 0
	}
	if n < len(groups) && groups[n].len() <= 4 && (total > 12 || groups[n].len() < 4) && isCard(v.digits(groups[:n+1])) {
		return n + 1
	}
	if total == 16 && isCard(v.digits(groups[:n])) {
		return n
	}
	return 0
}

// digits returns the digits of groups without what is between them.
func (v view) digits(groups []group) string {
	if len(groups) == 1 {
		return v.text[groups[0].start:groups[0].end]
	}
	var b strings.Builder
	for _, g := range groups {
		b.WriteString(v.text[g.start:g.end])
	}
	return b.String()
}

// phone takes the groups that begin with a phone number, the most that make
// one, and returns how many.
func (f *finder) phone(groups []group, start int) int {
	total, n := 0, 0
	for n < len(groups) && total+groups[n].len() <= 17 {
		total += groups[n].len()
		n++
	}
	for ; n > 0; n-- {
		end := groups[n-1].end
		if total >= 7 && f.tries < maxTries && !f.otherNumber(groups[:n], start) {
			f.tries++
			if value, err := phone(f.text[start:end], f.country, false); err == nil && value[0] == '+' {
				f.add(models.Phone, value, start, end)
				return n
			}
		}
		total -= groups[n-1].len()
	}
	return 0
}

// otherNumber tells dates, amounts and parts of longer numbers from phone
// numbers. Whoever writes a plus means a phone number.
func (f *finder) otherNumber(groups []group, start int) bool {
	if f.text[start] == '+' {
		return false
	}
	end := groups[len(groups)-1].end
	rest := f.text[end:]
	if len(rest) > 1 && (rest[0] == ',' || rest[0] == '.' || rest[0] == ':') && isDigit(rest[1]) || rest != "" && (isLetter(rest[0]) || rest[0] == '%') {
		return true
	}
	if len(groups) == 1 {
		return isDate(f.text[groups[0].start:end]) || isAmount(rest)
	}
	if len(groups) == 3 && f.digits(groups[:1]) != "" {
		a, b, c := groups[0].len(), groups[1].len(), groups[2].len()
		return a == 4 && b <= 2 && c <= 2 || a <= 2 && b <= 2 && c == 4
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
