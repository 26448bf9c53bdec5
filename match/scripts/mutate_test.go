package scripts

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// mutator changes messages as a scammer does from one to the next.
type mutator struct {
	*rand.Rand
	words []string // to put in
}

var (
	someDigits = regexp.MustCompile(`\d+`)
	someLink   = regexp.MustCompile(`(?i)(https?://|www\.)[!-~]+|` +
		`\b[a-z0-9-]+(\.[a-z0-9-]+)*\.(com|net|org|uk|co|info|tr|id|cn|top|xyz|vip|me|ly)\b(/[!-~]*)?`)
)

func (m mutator) word() string    { return m.words[m.IntN(len(m.words))] }
func (m mutator) ideograph() rune { return rune(0x4E00 + m.IntN(3000)) }

// message returns text with other numbers and links and, from level 1 up, with edits:
// one and a twelfth of its words, or of its characters where it has no spaces, times
// level. From level 2 a greeting is put in front of words.
func (m mutator) message(text string, level int) string {
	text = someDigits.ReplaceAllStringFunc(text, func(digits string) string {
		b := []byte(digits)
		for i := range b {
			b[i] = byte('0' + m.IntN(10))
		}
		return string(b)
	})
	text = someLink.ReplaceAllStringFunc(text, func(string) string {
		return fmt.Sprintf("http://%s%d.top/%x", strings.Map(onlyASCII, m.word()), m.IntN(99), m.IntN(1<<20))
	})
	switch {
	case level == 0:
		return text
	case denseShare(text) > 0.5:
		return m.characters([]rune(text), level)
	}
	text = m.spaced(strings.Fields(text), level)
	if level >= 2 {
		text = "Hi " + m.word() + ", " + text
	}
	return text
}

func onlyASCII(r rune) rune {
	if r >= utf8.RuneSelf {
		return -1
	}
	return r
}

func denseShare(text string) float64 {
	n, all := 0, 0
	for _, r := range text {
		if all++; dense(r) && r < 0xAC00 {
			n++
		}
	}
	return float64(n) / float64(all)
}

func (m mutator) characters(text []rune, level int) string {
	for range 1 + len(text)*level/12 {
		i := m.IntN(len(text))
		switch m.IntN(3) {
		case 0:
			text[i] = m.ideograph()
		case 1:
			text = slices.Delete(text, i, i+1)
		default:
			text = slices.Insert(text, i, m.ideograph())
		}
	}
	return string(text)
}

func (m mutator) spaced(text []string, level int) string {
	for range 1 + len(text)*level/12 {
		if len(text) <= 3 {
			break
		}
		i := m.IntN(len(text))
		switch m.IntN(4) {
		case 0:
			text[i] = m.word()
		case 1:
			text = slices.Delete(text, i, i+1)
		case 2:
			j := m.IntN(len(text))
			text[i], text[j] = text[j], text[i]
		default:
			text = slices.Insert(text, i, m.word())
		}
	}
	return strings.Join(text, " ")
}
