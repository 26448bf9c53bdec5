package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// smallCapitals are letters that UTS #39 takes for themselves and everybody for
// capitals, in the order of the alphabet; q and x have none.
const smallCapitals = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘ\x00ʀꜱᴛᴜᴠᴡ\x00ʏᴢ"

// lookalikeProps returns the flags of a letter, and the ASCII letter that it is
// taken for: that of its prototype or, since a text is folded before it is
// read, that of its capital. Letters of scripts without capitals count only if
// they look like one.
func lookalikeProps(r rune) runeProps {
	if r < utf8.RuneSelf {
		if IsLetter(byte(r & 0x7F)) {
			return propLetter | propLatin
		}
		return 0
	}
	if unicode.Is(unicode.M, r) {
		return propLetter
	}
	if !unicode.IsLetter(r) {
		return 0
	}
	p := prototype(r)
	if p == "" {
		p = string(r)
	}
	capitals := unicode.In(r, unicode.Ll, unicode.Lu, unicode.Lt)
	own, capital := asciiLookalike(p), asciiLookalike(prototype(unicode.ToUpper(r)))
	switch {
	case r == 'ı' || r == 'þ': // Turkish and Icelandic need them; UTS #39 takes them for i and p
		return propLetter | propLatin | propLanguageLetter | runeProps(own)<<lookalikeShift
	case own != 0 && (unicode.Is(unicode.Latin, r) || len(p) == 1 && (capitals || inLatinLikeScript(r))):
		return propLetter | propLookalike | runeProps(own)<<lookalikeShift
	case own != 0:
		return propLetter | propWeakLookalike | runeProps(own)<<lookalikeShift
	case !capitals:
		return 0
	case capital != 0:
		return propLetter | propWeakLookalike | runeProps(capital)<<lookalikeShift
	case unicode.Is(unicode.Latin, r):
		return propLetter | propLatin | propAccented
	}
	return propLetter | propOtherScript
}

// inLatinLikeScript reports whether r is of a script without capitals that few
// messages are written in, and whose letters look Latin.
func inLatinLikeScript(r rune) bool {
	return unicode.In(r, unicode.Lisu, unicode.Carian, unicode.Lycian, unicode.Old_Italic)
}

// asciiLookalike returns the lower-case ASCII letter of a prototype; 0: it is
// none.
func asciiLookalike(p string) byte {
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

// cyrillicLookalike returns the Cyrillic letter that an ASCII letter is taken
// for; 0: none.
func cyrillicLookalike(c rune) rune {
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

// mixedWord is a part of a text, text[from:to], with the flags of all its
// letters together.
type mixedWord struct {
	from, to int
	props    runeProps
}

// replaceConfusables rewrites the words of a normalised text that mix scripts,
// each in the one script that all its letters can be taken for: Latin, or
// Cyrillic where a word has letters that are nothing else. A word wholly of
// letters that look Latin is one too, unless most of the text is in another
// script: then it is more likely a word of that language. It returns an empty
// text if no word is rewritten.
//
// The rules follow the mixed-script detection of UTS #39 (section 5), with more
// scripts let be: a message, unlike a host name, has words of several languages
// in it.
func replaceConfusables(text string) (rewritten string, edits []edit) {
	if AllASCII(text) {
		return "", nil
	}
	var room [16]mixedWord
	mixed, all, mostlyForeign := mixedWords(room[:0], text)
	w := rewriter{source: text}
	for _, m := range mixed {
		latin, other := m.props&propLatin != 0, m.props&propOtherScript != 0
		alike := m.props&(propLookalike|propWeakLookalike) != 0
		switch {
		case latin && (other || mostlyForeign && alike) && looksCyrillic(text[m.from:m.to]):
			w.toCyrillic(m)
		case other: // no script has all its letters
		case !alike && all&propAccented != 0: // its only such letters are its language's own
		case latin || !mostlyForeign:
			w.toLatin(m)
		}
	}
	return w.string(), w.edits
}

// mixesScripts reports whether letters with these flags together make a word
// that is not plainly of one script.
func (t runeProps) mixesScripts() bool {
	return t&propLanguageLetter != 0 ||
		t&propLatin != 0 && t&(propLookalike|propWeakLookalike|propOtherScript) != 0 ||
		t&propLookalike != 0 && t&(propWeakLookalike|propOtherScript) == 0
}

// mixedWords appends the words of text that are not plainly of one script. It
// returns also the flags of all letters, and whether most of them are not
// Latin.
func mixedWords(words []mixedWord, text string) (mixed []mixedWord, all runeProps, mostlyForeign bool) {
	runes, from, kinds, latins, others := sharedRuneProps(), 0, runeProps(0), 0, 0
	for i, r := range text {
		t := runes.lookup(r) & (propLetter | propLatin | propAccented | propLanguageLetter | propLookalike | propWeakLookalike | propOtherScript)
		if t != 0 {
			if kinds == 0 {
				from = i
			}
			kinds |= t
			if t&propLatin != 0 {
				latins++
			} else if t != propLetter {
				others++
			}
			continue
		}
		if kinds.mixesScripts() {
			words = append(words, mixedWord{from, i, kinds})
		}
		all, kinds = all|kinds, 0
	}
	if kinds.mixesScripts() {
		words = append(words, mixedWord{from, len(text), kinds})
	}
	all |= kinds
	return words, all, all&propOtherScript != 0 && others > latins
}

// looksCyrillic reports whether each Latin letter of a word looks like a
// Cyrillic one.
func looksCyrillic(word string) bool {
	for _, r := range word {
		if sharedRuneProps().lookup(r)&propLatin != 0 && (r >= utf8.RuneSelf || cyrillicLookalike(r) == 0) {
			return false
		}
	}
	return true
}

// toCyrillic writes the ASCII letters of a word as the Cyrillic ones that they
// look like.
func (w *rewriter) toCyrillic(m mixedWord) {
	for i := m.from; i < m.to; i++ {
		if c := w.source[i]; c < utf8.RuneSelf {
			w.replace(i, i+1, string(cyrillicLookalike(rune(c))))
		}
	}
}

// toLatin writes the letters of a word that look like ASCII ones as those.
func (w *rewriter) toLatin(m mixedWord) {
	for i, r := range w.source[m.from:m.to] {
		if c := sharedRuneProps().lookup(r).lookalike(); c != 0 {
			w.replace(m.from+i, m.from+i+utf8.RuneLen(r), string(rune(c)))
		}
	}
}

// rewriter makes a text from source by replacing some of its runes. Nothing is
// allocated before the first replacement.
type rewriter struct {
	source string
	out    strings.Builder
	copied int // up to here, source is in out, or replaced there
	edits  []edit
}

// edit says that bytes outStart to outEnd of a rewritten text stand for bytes
// srcStart to srcEnd of its source. Only those that change the length are kept:
// elsewhere places follow by counting.
type edit struct{ outStart, outEnd, srcStart, srcEnd int }

// replace writes by in the place of source[from:to], one rune, unless a mark
// follows, which could merge with another rune and so make a text that is not
// normalised. The places must come in order.
func (w *rewriter) replace(from, to int, by string) {
	if to < len(w.source) && w.source[to] >= utf8.RuneSelf {
		if r, _ := utf8.DecodeRuneInString(w.source[to:]); sharedRuneProps().lookup(r)&propExtend != 0 {
			return
		}
	}
	if w.copied == 0 {
		w.out.Grow(len(w.source) + len(w.source)/8)
	}
	w.out.WriteString(w.source[w.copied:from])
	at := w.out.Len()
	w.out.WriteString(by)
	w.copied = to
	if len(by) != to-from {
		w.edits = append(w.edits, edit{at, at + len(by), from, to})
	}
}

// string returns the rewritten text; empty if nothing was replaced.
func (w *rewriter) string() string {
	if w.copied == 0 {
		return ""
	}
	w.out.WriteString(w.source[w.copied:])
	w.copied = len(w.source)
	return w.out.String()
}
