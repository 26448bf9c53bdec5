package canon

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// smallCapitals are letters that UTS #39 takes for themselves and everybody for
// capitals, in the order of the alphabet; q and x have none.
const smallCapitals = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘ\x00ʀꜱᴛᴜᴠᴡ\x00ʏᴢ"

// lookOf returns the flags of a letter, and the ASCII letter that it is taken
// for: that of its prototype or, as a text is folded before it is read, that of
// its capital. Letters of scripts without capitals count only if they look like one.
func lookOf(r rune) trait {
	if r < utf8.RuneSelf {
		if isLetter(byte(r & 0x7F)) {
			return letter | latin
		}
		return 0
	}
	if unicode.Is(unicode.M, r) {
		return letter
	}
	if !unicode.IsLetter(r) {
		return 0
	}
	p := prototype(r)
	if p == "" {
		p = string(r)
	}
	capitals := unicode.In(r, unicode.Ll, unicode.Lu, unicode.Lt)
	own, capital := asciiLook(p), asciiLook(prototype(unicode.ToUpper(r)))
	switch {
	case r == 'ı' || r == 'þ':
		return letter | latin | native | trait(own)<<lookShift
	case own != 0 && (unicode.Is(unicode.Latin, r) || len(p) == 1 && (capitals || nameless(r))):
		return letter | alike | trait(own)<<lookShift
	case own != 0:
		return letter | loose | trait(own)<<lookShift
	case !capitals:
		return 0
	case capital != 0:
		return letter | loose | trait(capital)<<lookShift
	case unicode.Is(unicode.Latin, r):
		return letter | latin | accented
	}
	return letter | foreign
}

// nameless reports whether r is of a script without capitals that few messages
// are written in, and whose letters look Latin.
func nameless(r rune) bool {
	return unicode.In(r, unicode.Lisu, unicode.Carian, unicode.Lycian, unicode.Old_Italic)
}

// asciiLook returns the lower-case ASCII letter of a prototype; 0: it is none.
func asciiLook(p string) byte {
	if p == "rn" {
		return 'm' // which has no other prototype
	}
	if len(p) == 1 {
		if c := p[0] | 0x20; 'a' <= c && c <= 'z' {
			return c
		}
		return 0
	}
	c := byte('a')
	for _, r := range smallCapitals {
		if p == string(r) {
			return c
		}
		c++
	}
	return 0
}

// cyrillicLook returns the Cyrillic letter that an ASCII letter is taken for; 0: none.
func cyrillicLook(c rune) rune {
	switch c {
	case 'a':
		return 'а'
	case 'b':
		return 'в'
	case 'c':
		return 'с'
	case 'e':
		return 'е'
	case 'h':
		return 'н'
	case 'i':
		return 'і'
	case 'k':
		return 'к'
	case 'm':
		return 'м'
	case 'o':
		return 'о'
	case 'p':
		return 'р'
	case 'r':
		return 'г'
	case 't':
		return 'т'
	case 'w':
		return 'ш'
	case 'x':
		return 'х'
	case 'y':
		return 'у'
	}
	return 0
}

// mixedWord is a part of a text, with the flags of all its letters.
type mixedWord struct {
	from, to int
	kinds    trait
}

// spelledAlike rewrites the words of a normalised text that mix scripts, each
// in the one script that all its letters can be taken for: Latin, or Cyrillic
// where a word has letters that are nothing else. A word wholly of letters
// that look Latin is one too, unless most of the text is foreign: then it is
// more likely a word of that language. It returns an empty text if no word
// is rewritten.
func spelledAlike(text string) (read string, edits []edit) {
	if isASCII(text) {
		return "", nil
	}
	var room [16]mixedWord
	mixed, all, abroad := mixedWords(room[:0], text)
	w := rewriting{of: text}
	for _, m := range mixed {
		switch {
		case m.kinds&latin != 0 && (m.kinds&foreign != 0 || abroad && m.kinds&(alike|loose) != 0) && looksCyrillic(text[m.from:m.to]):
			w.toCyrillic(m)
		case m.kinds&foreign != 0:
		case m.kinds&(alike|loose) == 0 && all&accented != 0: // its only such letters are its language's own
		case m.kinds&latin != 0 || !abroad:
			w.toLatin(m)
		}
	}
	return w.string(), w.edits
}

// mixes reports whether letters of these kinds make a word that is not plainly of one script.
func (t trait) mixes() bool {
	return t&native != 0 || t&latin != 0 && t&(alike|loose|foreign) != 0 || t&alike != 0 && t&(loose|foreign) == 0
}

// mixedWords appends the words of text that are not plainly of one script. It
// returns also the flags of all letters, and whether most of them are not Latin.
func mixedWords(words []mixedWord, text string) (mixed []mixedWord, all trait, abroad bool) {
	runes, from, kinds, latins, others := runeTraits(), 0, trait(0), 0, 0
	for i, r := range text {
		t := runes.of(r) & (letter | latin | accented | native | alike | loose | foreign)
		if t != 0 {
			if kinds == 0 {
				from = i
			}
			kinds |= t
			if t&latin != 0 {
				latins++
			} else if t != letter {
				others++
			}
			continue
		}
		if kinds.mixes() {
			words = append(words, mixedWord{from, i, kinds})
		}
		all, kinds = all|kinds, 0
	}
	if kinds.mixes() {
		words = append(words, mixedWord{from, len(text), kinds})
	}
	all |= kinds
	return words, all, all&foreign != 0 && others > latins
}

// looksCyrillic reports whether each Latin letter of a word looks like a Cyrillic one.
func looksCyrillic(word string) bool {
	for _, r := range word {
		if runeTraits().of(r)&latin != 0 && (r >= utf8.RuneSelf || cyrillicLook(r) == 0) {
			return false
		}
	}
	return true
}

func (w *rewriting) toCyrillic(m mixedWord) {
	for i := m.from; i < m.to; i++ {
		if c := w.of[i]; c < utf8.RuneSelf {
			w.put(i, i+1, string(cyrillicLook(rune(c))))
		}
	}
}

func (w *rewriting) toLatin(m mixedWord) {
	for i, r := range w.of[m.from:m.to] {
		if c := runeTraits().of(r).look(); c != 0 {
			w.put(m.from+i, m.from+i+utf8.RuneLen(r), string(rune(c)))
		}
	}
}

func isASCII(text string) bool {
	all := byte(0)
	for ; len(text) >= 8; text = text[8:] {
		all |= text[0] | text[1] | text[2] | text[3] | text[4] | text[5] | text[6] | text[7]
	}
	for i := range len(text) {
		all |= text[i]
	}
	return all < utf8.RuneSelf
}

// rewriting is a text with some runes replaced.
type rewriting struct {
	of    string
	text  strings.Builder
	done  int // of that is in text, or replaced there
	edits []edit
}

// edit says that text[at:end] stands for of[from:to].
type edit struct{ at, end, from, to int }

// put replaces the rune of[from:to], unless a mark follows, which could merge
// with another rune. The places must come in order.
func (w *rewriting) put(from, to int, by string) {
	if to < len(w.of) && w.of[to] >= utf8.RuneSelf {
		if r, _ := utf8.DecodeRuneInString(w.of[to:]); runeTraits().of(r)&joins != 0 {
			return
		}
	}
	if w.done == 0 {
		w.text.Grow(len(w.of) + len(w.of)/8)
	}
	w.text.WriteString(w.of[w.done:from])
	at := w.text.Len()
	w.text.WriteString(by)
	w.done = to
	if len(by) != to-from {
		w.edits = append(w.edits, edit{at, at + len(by), from, to})
	}
}

// string returns the rewritten text; empty if nothing was replaced.
func (w *rewriting) string() string {
	if w.done == 0 {
		return ""
	}
	w.text.WriteString(w.of[w.done:])
	w.done = len(w.of)
	return w.text.String()
}
