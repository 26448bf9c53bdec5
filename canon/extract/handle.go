package extract

import (
	"strings"
	"unicode/utf8"

	"example.org/tocsin/canon"
	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

// The most bytes of a name on a platform that is looked for, with an @ before it
// and without: the shortest wallet is longer than a name without an @.
const (
	maxHandleBytes     = 32
	maxBareHandleBytes = 25
)

// maxIntroWords is the most words between the name of a platform and a handle:
// "Telegram me now at @evil_name".
const maxIntroWords = 4

// platformHandle is a name on a platform as it stands in a text.
type platformHandle struct {
	platform   string
	start, end int
}

// isHandleAt reports whether a handle stands at i; see handleAt.
func isHandleAt(t string, i int) bool { return handleAt(t, i).end > 0 }

// handleAt returns the handle that begins at i with an @, behind a colon that
// stands at i, or with a name that starts there. A platform must be named
// before it. Only behind an @ or the word "id" may it be made of letters alone,
// as words of a sentence are.
func handleAt(t string, i int) (found platformHandle) {
	start, hasAt := nameStart(t, i)
	end := start
	for end < len(t) && end-start <= maxHandleBytes && (text.IsAlnum(t[end]) || t[end] == '_' || t[end] == '-' || t[end] == '.' && hasAt) {
		end++
	}
	for end > start && strings.IndexByte("-.", t[end-1]) >= 0 {
		end--
	}
	name := t[start:end]
	if len(name) < 3 || len(name) > maxHandleBytes || !hasAt && len(name) > maxBareHandleBytes || continuesWord(t[end:]) {
		return found
	}
	// Last, since it reads backwards: nearly no name gets here.
	platform, certain := platformBefore(t, i, hasAt)
	if platform == "" || !isHandleOn(platform, name, hasAt || certain) {
		return found
	}
	return platformHandle{platform: platform, start: start, end: end}
}

// nameStart returns where the name begins that a handle at i has, and whether
// an @ stands before it.
func nameStart(t string, i int) (start int, hasAt bool) {
	start = i
	if t[start] != '@' && !text.IsAlnum(t[start]) { // a colon, ASCII or full width
		_, size := utf8.DecodeRuneInString(t[start:])
		start += size
		for start < len(t) && start < i+size+2 && t[start] == ' ' {
			start++
		}
	}
	if start < len(t) && t[start] == '@' {
		return start + 1, true
	}
	return start, false
}

// continuesWord reports whether what follows a name makes it a part of a link,
// an address or a word.
func continuesWord(rest string) bool {
	return rest != "" && (strings.IndexByte("@/+%", rest[0]) >= 0 || text.IsAlnum(rest[0]) || strings.HasPrefix(rest, "://") ||
		rest[0] == '.' && len(rest) > 1 && text.IsAlnum(rest[1]))
}

// isHandleOn reports whether name can be one on a platform. Certain says that
// the text calls it a name.
func isHandleOn(platform, name string, certain bool) bool {
	letters, others := 0, 0
	for i := range len(name) {
		if text.IsLetter(name[i]) {
			letters++
		} else if text.IsDigit(name[i]) || name[i] == '_' {
			others++
		}
	}
	switch {
	case platform == "qq": // its names are numbers
		return letters == 0 && len(name) >= 5 && len(name) <= 12
	case letters == 0:
		return false // a phone number, which is found as one
	}
	return certain || others > 0 && len(name) >= 5
}

// platformBefore returns the platform that is named before end, with nothing
// but words such as "id" or "is" in between, or any few words if an @ stands
// before what follows. Certain says that one of the words was "id".
func platformBefore(t string, end int, hasAt bool) (platform string, certain bool) {
	// Back word by word, over at most three signs between two words.
	for range maxIntroWords {
		stop := end
		for end > 0 && end > stop-3 && strings.IndexByte(" :-(,=@'\"", t[end-1]) >= 0 {
			end--
		}
		word, name, sure := wordBefore(t[:end])
		switch {
		case word == "":
			return "", false
		case name == introMarker:
			certain = true
		case name != "" && (sure || certain || hasAt):
			return name, certain
		case !hasAt && !isFiller(word):
			return "", false
		}
		end -= len(word)
	}
	return "", false
}

// wordBefore returns the word that s ends with, and the platform that it names;
// see platformWord. Of other scripts it knows only words that name one.
func wordBefore(s string) (word, platform string, sure bool) {
	if s != "" && s[len(s)-1] >= utf8.RuneSelf {
		word, platform = foreignWord(s)
		return word, platform, true
	}
	// No platform has a longer name: of a longer word only the end is looked at.
	start := len(s)
	for start > 0 && start > len(s)-12 && text.IsLetter(s[start-1]) {
		start--
	}
	platform, sure = platformWord(s[start:])
	return s[start:], platform, sure
}

// introMarker is what platformWord and foreignWord return for words that say
// that a name follows.
const introMarker = "id"

// platformWord returns the platform that a word names, "" if it names none. It
// is not sure of words that also mean something else. The word has at most 12
// letters (see wordBefore).
func platformWord(word string) (platform string, sure bool) {
	var lower [12]byte
	for i := range len(word) {
		lower[i] = word[i] | 0x20
	}
	switch string(lower[:len(word)]) {
	case "telegram", "tg", "telegam":
		return "telegram", true
	case "whatsapp", "whatsap", "watsapp":
		return "whatsapp", true
	case "wechat", "weixin", "vx", "wx":
		return "wechat", true
	case "kakao", "kakaotalk":
		return "kakao", true
	case "instagram", "insta", "ig":
		return "instagram", true
	case "facebook", "fb":
		return "facebook", true
	case "snapchat":
		return "snapchat", true
	case "viber", "zalo", "skype", "discord", "tiktok", "qq":
		return string(lower[:len(word)]), true
	case "line", "signal", "messenger", "twitter":
		return string(lower[:len(word)]), false
	case "id", "username", "user", "handle", "account":
		return introMarker, false
	}
	return "", false
}

// isFiller lists words that may stand between a platform and a name.
func isFiller(word string) bool {
	switch strings.ToLower(word) {
	case "is", "me", "us", "at", "on", "no", "number", "my", "our", "add", "contact", "name":
		return true
	}
	return false
}

// foreignWord returns the word of another script that s ends with, and which
// platform it names; introMarker if it says that a name follows.
func foreignWord(s string) (word, platform string) {
	for _, w := range [...]struct{ word, platform string }{
		{"微信", "wechat"},
		{"薇信", "wechat"},
		{"威信", "wechat"},
		{"카톡", "kakao"},
		{"카카오톡", "kakao"},
		{"텔레그램", "telegram"},
		{"텔레", "telegram"},
		{"라인", "line"},
		{"ไลน์", "line"},
		{"телеграм", "telegram"},
		{"телеграмм", "telegram"},
		{"Телеграм", "telegram"},
		{"ватсап", "whatsapp"},
		{"电报", "telegram"},
		{"飞机", "telegram"},
		{"号", introMarker},
		{"号码", introMarker},
		{"账号", introMarker},
		{"帐号", introMarker},
		{"是", introMarker},
		{"：", introMarker},
		{"아이디", introMarker},
		{"ไอดี", introMarker},
	} {
		if strings.HasSuffix(s, w.word) {
			return w.word, w.platform
		}
	}
	return "", ""
}

// extractHandle takes the handle that stands at i, and returns where to go on,
// or 0. What begins like an IBAN is left for that.
func (f *extractor) extractHandle(i int) int {
	n := handleAt(f.text, i)
	if n.end == 0 || f.ibanEnd(n.start) > 0 {
		return 0
	}
	value, err := canon.Handle(n.platform + ":" + f.text[n.start:n.end])
	if err != nil {
		return 0
	}
	f.add(models.Handle, value, n.start, n.end)
	return n.end
}
