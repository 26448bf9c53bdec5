package words

import (
	"strings"
	"testing"
	"unicode/utf8"

	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

func TestScriptKeepsTheWordsAndMasksTheRest(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"numbers with separators", "Pay £1,299.50 by 12/11/2026!", "pay # by #"},
		{"a phone number in groups", "call +44 (0)20 7946-0958 now", "call # now"},
		{"digits of other scripts", "ادفع ١٢٣ الآن", "ادفع # الآن"},
		{"full-width forms and white space", "ＰＡＹ　１２３\n  now", "pay # now"},
		{"a unit behind a number", "win 500usd in 24h", "win # usd in # h"},
		{"a code is a number", "parcel NL12AB34X waits", "parcel # waits"},
		{"a link with scheme", "go to https://evil.example/a?b=c#d now", "go to @ now"},
		{"a defanged link", "go to hxxps://evil[.]example/a now", "go to @ now"},
		{"a host", "go to www.evil.example, now", "go to @ now"},
		{"a host without www", "go to evil-bank.com now", "go to @ now"},
		{"a short link", "go to bit.ly/3xYz now", "go to @ now"},
		{"a host with a port", "go to evil.com:8080/x now", "go to @ now"},
		{"an address of digits with a path", "go to 192.0.2.7/pay now", "go to @ now"},
		{"an e-mail address", "write a.b+c@evil.example now", "write @ now"},
		{"a handle", "telegram @agent_007, now", "telegram @ now"},
		{"a sign between words", "win@home a@b", "win @ home a @ b"},
		{"several links in a row", "https://a.example https://b.example", "@"},
		{"no host, but a missing space", "Thanks.Call me", "thanks call me"},
		{"an apostrophe inside a word", "don't, DON’T 'quote'", "dont dont quote"},
		{"words joined by signs", "log-in/sign_up & pay", "log in sign up pay"},
		{"Chinese stays together", "您的账户 (1234) 已冻结，请点击 http://evil.example/a兑换。", "您的账户#已冻结请点击@兑换"},
		{"Chinese with Latin words", "请 下载 App 登录", "请下载app登录"},
		{"Japanese and Thai", "口座が、ロック! โอน 500 บาท", "口座がロックโอน#บาท"},
		{"Korean keeps its spaces", "계좌로 50만원 이체", "계좌로 # 만원 이체"},
		{"a mark goes with its letter", "हिन्दी में 5 रुपये", "हिन्दी में # रुपये"},
		{"invisible characters", "pa\u200by n\u00adow", "pay now"},
		{"emoji and signs alone", "🎁🎁 !!! -- €", ""},
		{"nothing", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Script(tt.text); got != tt.want {
				t.Errorf("Script(%q) = %q, want %q", tt.text, got, tt.want)
			}
		})
	}
}

func TestScriptSignatureNeedsEnoughLetters(t *testing.T) {
	for _, tt := range []struct{ name, value, want, code string }{
		{"a message", "Your parcel 123 is held, pay at https://evil.example", "your parcel # is held pay at @", ""},
		{"20 letters", strings.Repeat("abcde ", 4), "abcde abcde abcde abcde", ""},
		{"19 letters and many numbers", "abcde abcde abcde abcd 1 2 3 4 5", "", "signature_too_broad"},
		{"10 Chinese characters", "您的账户已经冻结转账", "您的账户已经冻结转账", ""},
		{"9 Chinese characters", "您的账户已经冻结转 123", "", "signature_too_broad"},
		{"10 syllables of Korean", "고객님의 계좌가 정지되었", "고객님의 계좌가 정지되었", ""},
		{"links alone", strings.Repeat("https://evil.example/long ", 4), "", "signature_too_broad"},
		{"nothing", " ", "", "signature_too_broad"},
		{"2,000 runes", strings.Repeat("é", 2000), strings.Repeat("é", 2000), ""},
		{"2,001 runes", strings.Repeat("é", 2001), "", "text_too_long"},
		{"not UTF-8", "\xff", "", "text_malformed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := CanonicalScript(tt.value)
			code := ""
			if err != nil {
				code = models.CodeOf(err)
			}
			if got != tt.want || code != tt.code {
				t.Errorf("got %q %q, want %q %q", got, code, tt.want, tt.code)
			}
			if again, err := CanonicalScript(got); tt.code == "" && (err != nil || again != got) {
				t.Errorf("%q becomes %q (%v)", got, again, err)
			}
		})
	}
}

func TestScriptOfALongWordTakesNoLongerThanOfManyShort(*testing.T) {
	// Read again from each of its parts, this would take minutes.
	for _, part := range []string{"a.", "a@", "a-", "a_b%", "a://", "@", "www.", "'"} {
		Script(strings.Repeat(part, 200_000))
	}
}

func FuzzScript(f *testing.F) {
	for _, seed := range []string{
		"Your parcel AB12CD34 is held, pay £1,299.50 at https://evil.example/a?b or call +1 (202) 555-0123.", "请点击http://evil.example/a兑换，@abc",
		"a@b@c.d #1 @", "don't 'a' ’́", "か.゙ ᄀ.ᅡ ᄀ'ᅡ", "e.́ 1️⃣ ①Ⅳ〇", "a://b www.a. 1.2.3.4/x a.b:1", "\xff\u200b\u3164", "ｗｗｗ．ｅｘａｍｐｌｅ．ｃｏｍ。",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		script := Script(text)
		if again := Script(script); again != script {
			t.Fatalf("%q becomes %q and then %q", text, script, again)
		}
		if !utf8.ValidString(script) || strings.Contains(script, "  ") || strings.TrimSpace(script) != script ||
			strings.ContainsAny(script, ".,/:0123456789") {
			t.Fatalf("%q becomes %q", text, script)
		}
	})
}

func BenchmarkScript(b *testing.B) {
	for _, bb := range []struct{ name, text string }{
		{"latin", "Your parcel AB12CD34 is held at customs. Pay 1.99 EUR within 24 hours at https://post.example/x1 " +
			"or it will be returned to the sender, call +1 202 555 0123."},
		{"chinese", "尊敬的客户，您的银行账户于3月5日已被冻结，请立即登录 https://bank.example/a 验证身份，否则将无法使用。"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.SetBytes(int64(len(bb.text)))
			b.ReportAllocs()
			for b.Loop() {
				Script(bb.text)
			}
		})
		b.Run(bb.name+" normalised alone", func(b *testing.B) {
			b.SetBytes(int64(len(bb.text)))
			for b.Loop() {
				text.Normalise(bb.text)
			}
		})
	}
}
