package text

import (
	"math"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"example.org/tocsin/models"
)

// readAs returns the text of the reading of that kind; empty if there is none.
func readAs(text string, how models.MatchType) string {
	for _, r := range Readings(text) {
		if r.How == how {
			return r.Text
		}
	}
	return ""
}

func TestLettersAreReadForThoseThatTheyAreTakenFor(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"plain", "your account", ""},
		{"cyrillic in latin", "your аccоunt", "your account"},
		{"a word that cannot be latin", "log in to РауПал now", ""},
		{"a word of look-alikes", "my рау now", "my pay now"},
		{"capitals", "YOUR ВАNК", "your bank"},
		{"greek", "yοur αccοunt", "your account"},
		{"dotless i", "bıtcoin", "bitcoin"},
		{"small capitals", "ᴘᴀʏ ɴᴏᴡ", "pay now"},
		{"lisu", "log in at ꓑꓮꓬꓑꓮꓡ", "log in at paypal"},
		{"an m", "transfer 𑜀oney", "transfer money"},
		{"latin in cyrillic", "безопaсный cчёт", "безопасный счёт"},
		{"latin in cyrillic capitals", "ПЕРЕВEДИТЕ", "переведите"},
		{"latin in a word without other letters", "ваша кapта заблокирована", "ваша карта заблокирована"},
		{"a latin name in russian", "войдите в рayраl для подтверждения", "войдите в paypal для подтверждения"},
		{"russian", "вот номер счёта, позвоните в банк", ""},
		{"russian with a link", "вот номер счёта, позвоните в банк https://bank.example", ""},
		{"german", "Größe naïve Übung", ""},
		{"vietnamese", "Đăng nhập tài khoản", ""},
		{"chinese", "请登录paypal网站", ""},
		{"arabic with a link", "ها هو الرابط https://bank.example", ""},
		{"greek words", "και το νέο σας", ""},
		{"parts joined by a hyphen", "sms-код", ""},
	} {
		if got := readAs(c.text, models.MatchConfusables); got != c.want {
			t.Errorf("%s: %q is read as %q, want %q", c.name, c.text, got, c.want)
		}
	}
}

func TestDigitsAreReadForTheLettersThatTheyStandFor(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"Cl4im your FR33 g1ft", "claim your free gift"},
		{"p@ypa1 acc0unt", "paypal account"},
		{"move to a $afe acc0unt!", "move to a safe account!"},
		{"pa$$w0rd", "password"},
		{"v3r1fy 1oan", "verify loan"},
		{"w!n securi+y", "win security"},
		{"раypа1 acc0unt", "paypal account"}, // of the reading before it
		{"4ccess", "access"},
		{"h3sabınız", "hesabiniz"},
		{"call +1 202 555 0123 by 5pm", ""},
		{"pay $100 or 50k on the 1st, 24h, 4G, mp3, covid19, win10", ""},
		{"code AB12CD 7f3a9c21 x1y2z3", ""},
		{"https://p4ypal.example/l0gin?x=1a mail j0e@example.com", ""},
		{"now! wow!!! a+b c@", ""},
		{"4400", ""},
		{"", ""},
	} {
		if got := readAs(c.text, models.MatchDigits); got != c.want {
			t.Errorf("%q is read as %q, want %q", c.text, got, c.want)
		}
	}
}

// TestOneIsReadAsTheRightLetter: a 1 can be an l or an i, and the rule must beat
// either alone by far.
func TestOneIsReadAsTheRightLetter(t *testing.T) {
	words := strings.Fields(`gift paypal loan win click bill visa delivery verify police final first email online invest bitcoin
		claim please balance mail paid help sell fill will call wallet social official crisis bank limited prize profit
		link login police family million billion dollar special service signature tax insurance withdraw wire friend
		hospital child relief unlock locked alert urgently possible available deposit fine penalty legal police girl
		immediately security activity identity validate holiday ticket airline lottery gold silver details late little`)
	right, asL, asI, all := 0, 0, 0, 0
	var wrong []string
	for _, word := range words {
		for i := range len(word) {
			if word[i] != 'l' && word[i] != 'i' || len(word) < 4 {
				continue
			}
			all++
			if word[i] == 'l' {
				asL++
			} else {
				asI++
			}
			if got := leetLetterOfOne(word[:i]+"1"+word[i+1:], i); got == word[i] {
				right++
			} else {
				wrong = append(wrong, word[:i]+"1"+word[i+1:])
			}
		}
	}
	t.Logf("of %d: by rule %d, always l %d, always i %d; wrong: %v", all, right, asL, asI, wrong)
	if right*100 < all*75 || right <= asL || right <= asI {
		t.Errorf("%d of %d are right", right, all)
	}
}

func TestSpanIsWhatAReadingWasReadFrom(t *testing.T) {
	for _, c := range []struct {
		name, text string
		how        models.MatchType
		word, want string
	}{
		{"plain", "a safe account b", models.MatchWords, "safe account", "safe account"},
		{"capitals", "a SAFE Account b", models.MatchWords, "safe account", "SAFE Account"},
		{"white space", "  a safe \n\t account  ", models.MatchWords, "safe account", "safe \n\t account"},
		{"all of the white space", "a  \u3000 b", models.MatchWords, "a ", "a  \u3000 "},
		{"invisible", "a s\u200bafe ac\u00adcount\u200b b", models.MatchWords, "safe account", "s\u200bafe ac\u00adcount"},
		{"bidi marks", "\u202ea\u202c safe\u200e", models.MatchWords, "safe", "safe"},
		{"a ligature", "a ﬁnal b", models.MatchWords, "inal", "ﬁnal"},
		{"a unit", "10㎏ gold", models.MatchWords, "kg gold", "㎏ gold"},
		{"sharp s", "die Straße 1", models.MatchWords, "strasse", "Straße"},
		{"accents apart", "un cafe\u0301 noir", models.MatchWords, "café", "cafe\u0301"},
		{"accents to sort", "x a\u0301\u0323 y", models.MatchWords, "ạ\u0301", "a\u0301\u0323"},
		{"jamo", "x \u1100\u1161\u11a8y", models.MatchWords, "각", "\u1100\u1161\u11a8"},
		{"half-width katakana", "ｶﾞｽ料金", models.MatchWords, "ガス", "ｶﾞｽ"},
		{"arabic ligature", "a ﷺ b", models.MatchWords, "عليه", "ﷺ"},
		{"emoji", "hi 👨\u200d👩\u200d👧 x", models.MatchWords, "👩", "👩"},
		{"spacing accent", "a´b", models.MatchWords, "\u0301b", "´b"},
		{"bytes that are not text", "\xff\xfe safe\xff", models.MatchWords, "safe", "safe"},
		{"look-alikes", "  Yоur  аccоunt is", models.MatchConfusables, "account", "аccоunt"},
		{"after look-alikes", "  Yоur  аccоunt is", models.MatchConfusables, "is", "is"},
		{"cyrillic", "ПЕРЕВEДИТЕ cчёт!", models.MatchConfusables, "счёт", "cчёт"},
		{"digits", " FR33\u200b  g1ft!", models.MatchDigits, "free gift", "FR33\u200b  g1ft"},
		{"digits and look-alikes", "Ваnк раypа1  acc0unt", models.MatchDigits, "paypal account", "раypа1  acc0unt"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, r := range Readings(c.text) {
				if r.How != c.how {
					continue
				}
				at := strings.Index(r.Text, c.word)
				if at < 0 {
					t.Fatalf("%q is read as %q", c.text, r.Text)
				}
				span := r.Span(at, at+len(c.word))
				if got := c.text[span.Start:span.End]; got != c.want {
					t.Errorf("span holds %q, want %q", got, c.want)
				}
				return
			}
			t.Fatalf("%q is not read as %s", c.text, c.how)
		})
	}
}

// TestReadingsAreNoSlowerThanPlainNormalisation holds that readings take linear
// time: package norm does, and on the hardest texts all readings take no more
// than some times as long. The margin is for a busy machine.
func TestReadingsAreNoSlowerThanPlainNormalisation(t *testing.T) {
	for name, text := range adversarialTexts(30_000) {
		read, plain := time.Duration(math.MaxInt64), time.Duration(math.MaxInt64)
		for range 5 {
			read = min(read, timed(func() {
				readings := Readings(text)
				readings[len(readings)-1].Span(0, 1)
			}))
			plain = min(plain, timed(func() { plainNormalise(text) }))
		}
		t.Logf("%s: %v, plainly %v", name, read, plain)
		if read > 8*plain+20*time.Millisecond {
			t.Errorf("%s: %v, plainly %v", name, read, plain)
		}
	}
}

func timed(f func()) time.Duration {
	start := time.Now() //nolint:forbidigo // a measurement
	f()
	return time.Since(start)
}

func TestReadingsAreTheSameInSeveralGoroutines(t *testing.T) {
	table := &runePropTable{compositions: canonicalCompositions()} // not filled yet
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for name, text := range sampleMessages() {
				n := normaliser{text: text, props: table}
				got := strings.TrimSuffix(string(n.flushTo(n.appendRest(nil), len(text))), " ")
				if want := plainNormalise(text); got != want {
					t.Errorf("%s becomes %q, want %q", name, got, want)
				}
			}
		})
	}
	group.Wait()
}

func FuzzReading(f *testing.F) {
	for _, m := range sampleMessages() {
		f.Add(m, 3, 9)
	}
	for _, m := range adversarialTexts(40) {
		f.Add(m, 3, 9)
	}
	f.Add("0\u03090A00000A0A\u0323", 0, 1)
	f.Add("а\u0301pу e\u0308ж", 0, 1)
	f.Fuzz(func(t *testing.T, text string, from, to int) {
		readings := Readings(text)
		if readings[0].Text != Normalise(text) {
			t.Fatalf("%+q is read as %+q", text, readings[0].Text)
		}
		for i := range readings {
			checkReading(t, &readings[i], text, from, to)
		}
	})
}

func checkReading(t *testing.T, r *Reading, text string, from, to int) {
	t.Helper()
	if Normalise(r.Text) != r.Text {
		t.Fatalf("%+q is read as %+q, which is not normal", text, r.Text)
	}
	valid := func(s models.Span) {
		if s.Start < 0 || s.Start > s.End || s.End > len(text) || r.Text != "" && s.Start == s.End ||
			s.Start < len(text) && !runeBegins(text, s.Start) || !runeBegins(text, s.End) {
			t.Fatalf("%+q: span %v", text, s)
		}
	}
	valid(r.Span(from, to))
	last := models.Span{}
	for at, c := range r.Text {
		s := r.Span(at, at+utf8.RuneLen(c))
		valid(s)
		if s.Start < last.Start || s.End < last.End {
			t.Fatalf("%+q: span %v after %v", text, s, last)
		}
		if c != ' ' && at > 0 && s.Start > last.End && visibleIn(text[last.End:s.Start]) {
			t.Fatalf("%+q: nothing is read from %+q", text, text[last.End:s.Start])
		}
		last = s
		if r.How == models.MatchWords && !strings.Contains(Normalise("-"+text[s.Start:s.End]+"-"), string(c)) {
			t.Fatalf("%+q: %q is read from %+q", text, c, text[s.Start:s.End])
		}
	}
}

func runeBegins(text string, at int) bool {
	if at >= len(text) {
		return true
	}
	if utf8.RuneStart(text[at]) {
		return true
	}
	for back := 1; back < utf8.UTFMax && at-back >= 0; back++ { // not inside a valid rune
		if r, size := utf8.DecodeRuneInString(text[at-back:]); r != utf8.RuneError && size > back {
			return false
		}
	}
	return true
}

func visibleIn(text string) bool { return Normalise(text) != "" }

func BenchmarkRead(b *testing.B) {
	for name, text := range sampleMessages() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				Readings(text)
			}
			b.ReportMetric(float64(len(Readings(text))), "readings")
		})
	}
}

func BenchmarkReadHard(b *testing.B) {
	for name, text := range adversarialTexts(30_000) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Readings(text)
			}
			b.ReportMetric(float64(len(Readings(text)[0].Text))/float64(len(text)), "growth")
		})
	}
}

func BenchmarkSpan(b *testing.B) {
	for name, text := range sampleMessages() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				readings := Readings(text)
				readings[len(readings)-1].Span(10, 20)
			}
		})
	}
}
