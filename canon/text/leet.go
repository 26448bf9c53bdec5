package text

import (
	"strings"
)

// replaceLeet rewrites the words of a normalised text in which digits or signs
// stand for letters ("leetspeak": "g1ft", "p@ypal"). A word that is more likely
// a number, a code or a part of a link stays. It returns an empty text if all
// do; else also the edits that lead back to the text.
//
// It is a guess by shape, without a dictionary: a wrong one only makes a
// reading in which nothing is found.
func replaceLeet(text string) (rewritten string, edits []edit) {
	w := rewriter{source: text}
	before := byte(0)
	// Only where a letter and a sign stand side by side can there be a word to
	// rewrite: all else is passed over with one look-up a byte.
	for i := 0; i < len(text); i++ {
		class := leetClass(text[i])
		if before|class != classLetter|classSign {
			before = class
			continue
		}
		from, to := i-1, i+1
		for from > w.copied && leetClass(text[from-1]) != 0 {
			from--
		}
		for to < len(text) && leetClass(text[to]) != 0 {
			to++
		}
		if !inLink(text, from, to) {
			w.replaceLeetWord(from, to)
		}
		i, before = to-1, 0
	}
	return w.string(), w.edits
}

// What a byte is in a word.
const (
	classLetter = 1 << iota
	classSign   // a digit, or a sign that can stand for a letter
)

// leetClass says what a byte is in a word: a letter, a sign, or 0: no part of
// one. Bytes of runes outside ASCII count as letters.
func leetClass(c byte) byte { return leetClasses[c] }

// leetClasses holds the class of each byte. It is a string, since a constant
// table needs no variable.
const leetClasses = "" +
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
	"\x00\x02\x00\x00\x02\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x02\x02\x02\x02\x02\x02\x02\x02\x02\x02\x00\x00\x00\x00\x00\x00" +
	"\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
	"\x00\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x00\x02\x00\x00\x00" +
	highByteClasses + highByteClasses

// highByteClasses are the classes of 64 bytes from 0x80 on.
const highByteClasses = "" +
	"\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01" +
	"\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01"

// inLink reports whether text[from:to] is a part of a link or an address, by
// the signs on either side.
func inLink(text string, from, to int) bool {
	if from > 0 && strings.IndexByte("/=.?&%#:_", text[from-1]) >= 0 {
		return true
	}
	if to+1 >= len(text) {
		return false
	}
	return text[to] == '/' || text[to] == '=' || text[to] == '_' || (text[to] == '.' || text[to] == ':') && text[to+1] != ' '
}

// replaceLeetWord rewrites the word source[from:to], if its signs stand for
// letters.
func (w *rewriter) replaceLeetWord(from, to int) {
	from, to = trimSigns(w.source, from, to)
	word := w.source[from:to]
	if !isLeetWord(word) {
		return
	}
	for i := range len(word) {
		if leetClass(word[i]) == classSign {
			w.replace(from+i, from+i+1, string(rune(leetLetter(word, i))))
		}
	}
}

// trimSigns narrows a word by what punctuates it or makes it an amount: "win!",
// "+44", "$5", "@".
func trimSigns(text string, from, to int) (start, end int) {
	for from < to && (strings.IndexByte("!+", text[from]) >= 0 || text[from] == '$' && from+1 < to && IsDigit(text[from+1])) {
		from++
	}
	for from < to && strings.IndexByte("!+@|", text[to-1]) >= 0 {
		to--
	}
	return from, to
}

// isLeetWord reports whether the signs in a word are more likely letters than a
// number: they are not more than its letters and one, each has a letter that it
// stands for, and those at the ends are few. The bounds are such that
// "covid19", "mp3", "24h" and "win10" stay as they are
// (TestDigitsAreReadForTheLettersThatTheyStandFor).
func isLeetWord(word string) bool {
	count, signs := 0, 0
	for i := range len(word) {
		switch {
		case leetClass(word[i]) == classLetter:
			count++
		case leetLetter(word, i) == 0:
			return false
		default:
			signs++
		}
	}
	if signs == 0 || count < 2 || signs > count+1 || count < 3 && strings.Contains(word, "+") {
		return false
	}
	leading := len(word) - len(strings.TrimLeft(word, "0123456789"))
	trailing := len(word) - len(strings.TrimRight(word, "0123456789"))
	return (leading == 0 || leading == 1 && count > 2) &&
		(trailing == 0 || trailing == 1 && count > 2 || trailing == 2 && word[len(word)-1] == word[len(word)-2])
}

// leetLetter returns the letter that people mean by the sign at word[i]; 0:
// none.
func leetLetter(word string, i int) byte {
	switch word[i] {
	case '0':
		return 'o'
	case '1':
		return leetLetterOfOne(word, i)
	case '!':
		return 'i'
	case '|':
		return 'l'
	case '3':
		return 'e'
	case '4', '@':
		return 'a'
	case '5', '$':
		return 's'
	case '7', '+':
		return 't'
	case '8':
		return 'b'
	case '9':
		return 'g'
	}
	return 0
}

// leetLetterOfOne chooses what the digit 1 at word[i] stands for: i between
// consonants, or before one after an a ("g1ft", "ema1l"); otherwise l
// ("p@ypa1", "1oan", "he1p", "wi11").
func leetLetterOfOne(word string, i int) byte {
	before, after := byte(0), byte(0)
	if i > 0 {
		before = word[i-1]
	}
	if i+1 < len(word) {
		after = word[i+1]
	}
	if after == 0 || after == '1' || before == '1' || isVowel(after) {
		return 'l'
	}
	if isVowel(before) && before != 'a' && before != '4' && before != '@' {
		return 'l'
	}
	return 'i'
}

// isVowel reports whether c is a vowel, or a sign that stands for one.
func isVowel(c byte) bool { return strings.IndexByte("aeiouy034@!", c) >= 0 }
