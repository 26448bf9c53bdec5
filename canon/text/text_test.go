package text

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"example.org/tocsin/models"
)

// plainNormalise is what Normalise promises, said as plainly as it can be.
func plainNormalise(text string) string {
	folded := strings.Map(upperCherokee, cases.Fold().String(norm.NFKC.String(strings.Map(Visible, text))))
	return strings.Join(strings.Fields(norm.NFKC.String(strings.Map(Visible, folded))), " ")
}

// sampleMessages are what is measured: 150 bytes or so, in several scripts.
func sampleMessages() map[string]string {
	return map[string]string{
		"normal": "your parcel could not be delivered. please confirm your address at https://post.example.com/x " +
			"within 12 hours or call +1 202 555 0123 for a new date.",
		"ascii": "Your parcel could not be delivered. Please confirm your address at https://post.example.com/x " +
			"within 12 hours or call +1 202 555 0123 for a new DATE.",
		"chinese": "您的包裹无法投递，请在12小时内点击 https://post.example.com/x 确认地址，否则将退回。客服电话：400-555-0123，请勿回复本短信！",
		"mixed":   "Yоur раrcеl is wаiting “now” – pay 2,50 € at post.example.com/x… ДОСТАВКА 中文 ещё раз, naïve café.",
		"turkish": "Sayın müşterimiz, hesabınız güvenlik nedeniyle ASKIYA alınmıştır. " +
			"Lütfen 24 saat içinde https://banka.example.com/x adresinden şifrenizi İPTAL edin.",
		"arabic": "عزيزي العميل، تم إيقاف حسابك مؤقتاً. يرجى تحديث بياناتك خلال ٢٤ ساعة " +
			"عبر الرابط https://bank.example.com/x وإلا سيتم إغلاق الحساب نهائياً.",
		"hindi": "प्रिय ग्राहक, आपका खाता अस्थायी रूप से बंद कर दिया गया है। कृपया 24 घंटे के भीतर " +
			"https://bank.example.com/x पर अपना केवाईसी अपडेट करें, पढ़ें।",
		"thai": "เรียนลูกค้า บัญชีของคุณถูกระงับชั่วคราว กรุณายืนยันข้อมูลภายใน 24 ชั่วโมงที่ " +
			"https://bank.example.com/x มิฉะนั้นบัญชีจะถูกปิด",
		"korean":   "고객님의 택배가 주소 불일치로 배송이 중단되었습니다. 24시간 안에 https://post.example.com/x 에서 주소를 확인해 주세요.",
		"japanese": "お荷物のお届けにあがりましたが不在の為持ち帰りました。ご確認ください。https://post.example.com/x ｶﾞｽ料金 ＡＢＣ",
		"russian": "Уважаемый клиент! Ваша карта заблокирована. " +
			"Срочно позвоните в службу безопасности банка по номеру 8 800 555-01-23 или перейдите по ссылке.",
		"vietnamese": "Kính gửi quý khách, tài khoản của bạn đã bị tạm khóa. " +
			"Vui lòng xác minh thông tin trong vòng 24 giờ tại https://bank.example.com/x để tránh bị đóng.",
		"decomposed": norm.NFD.String("Kính gửi quý khách, tài khoản của bạn đã bị tạm khóa. " +
			"Vui lòng xác minh thông tin trong vòng 24 giờ tại bank.example.com/x."),
	}
}

// adversarialTexts holds texts in which runes change each other, of any length
// n.
func adversarialTexts(n int) map[string]string {
	rep := func(s string) string { return strings.Repeat(s, n/utf8.RuneCountInString(s)+1) }
	return map[string]string{
		"marks":       "e" + rep("\u0301"),
		"mixed marks": "e" + rep("\u0323\u0301\u0345\u0327"),
		"composed":    rep("e\u0301"),
		"ligatures":   rep("ﷺ"),
		"invisible":   rep("a\u200b\u200c"),
		"spaces":      rep("\u3000 \u00a0"),
		"jamo":        rep("\u1100\u1161\u11a8"),
		"bad bytes":   rep("a") + strings.Repeat("\xff", n),
		"look":        rep("раураl "),
		"digits":      rep("fr33 p@ypa1 "),
	}
}

func TestNormaliseEqualsItsPlainForm(t *testing.T) {
	texts := []string{
		"", " ", "  a", "a  ", "A\tB", "\u0301", " \u0301", "a \u0301b", "\u200b\u0301a", "a\u200b\u0301", "ǅ ŉ ß ﬁ", "\xff\xfea", "´´", "a´",
		"<\u0338", "a\u0328\u0301", "a\u0301\u0328", "é\u0323", "\u1100\u1161\u11a8", "가\u11a8", "ｶﾞ", "\u09c7\u09be", "a\u034f\u0301",
		"ᾳ\u0331", "\u0958", "ड\u093c", "न\u093c", "\u0dd9\u0dcf\u0dca",
	}
	for _, m := range sampleMessages() {
		texts = append(texts, m)
	}
	for _, m := range adversarialTexts(3000) {
		texts = append(texts, m)
	}
	for _, text := range texts {
		if got, want := Normalise(text), plainNormalise(text); got != want {
			t.Errorf("%.60q becomes %.60q, want %.60q", text, got, want)
		}
	}
}

// TestNormaliseOfEveryRuneEqualsItsPlainForm has every rune alone, and before and
// after runes of each kind.
func TestNormaliseOfEveryRuneEqualsItsPlainForm(t *testing.T) {
	around := []string{"%", "a%\u0301\u0323", "\u0915%\u093c b", "\u1100%\u11a8 \u0301", "ς \u0315%\u0338\u3099\u0345"}
	step := rune(1)
	if testing.Short() {
		step = 17
	}
	var b strings.Builder
	for r := rune(0); r <= utf8.MaxRune; r += step {
		if r > 0x3400 && r < 0xA000 || r > 0xAC00 && r < 0xD700 || r > 0x20000 && r < 0x2F700 || r > 0x2FB00 {
			r += 13 // letters that differ in nothing
		}
		b.Reset()
		for _, s := range around {
			b.WriteString(strings.Replace(s, "%", string(r), 1))
			b.WriteByte('.')
		}
		if got, want := Normalise(b.String()), plainNormalise(b.String()); got != want {
			t.Fatalf("%U: %+q becomes %+q, want %+q", r, b.String(), got, want)
		}
	}
}

func FuzzNormalise(f *testing.F) {
	for _, m := range sampleMessages() {
		f.Add(m)
	}
	for _, m := range adversarialTexts(40) {
		f.Add(m)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := Normalise(text)
		if want := plainNormalise(text); got != want {
			t.Fatalf("%+q becomes %+q, want %+q", text, got, want)
		}
		if again := Normalise(got); again != got {
			t.Fatalf("%+q becomes %+q and then %+q", text, got, again)
		}
	})
}

func BenchmarkNormalise(b *testing.B) {
	for name, text := range sampleMessages() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				Normalise(text)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(utf8.RuneCountInString(text)), "ns/rune")
		})
	}
}

func BenchmarkNormalisePlainly(b *testing.B) {
	for name, text := range sampleMessages() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				plainNormalise(text)
			}
		})
	}
}

func BenchmarkNormaliseHard(b *testing.B) {
	for name, text := range adversarialTexts(30_000) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Normalise(text)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(utf8.RuneCountInString(text)), "ns/rune")
		})
	}
}

func TestClean(t *testing.T) {
	if got, want := Normalise(" Ｓafe\u200b ACCOUNT\n\tStraße "), "safe account strasse"; got != want {
		t.Errorf("Normalise: got %q, want %q", got, want)
	}
	for _, tt := range []struct{ raw, want string }{
		{" hello\tworld\r\n", "hello\tworld"},
		{"   ", ""},
		{"pay\x00now", "!text_malformed"},
		{"\x1b[31m", "!text_malformed"},
		{"\xff", "!text_malformed"},
		{strings.Repeat("诈", 21), "!text_too_long"},
		{strings.Repeat("诈", 20), strings.Repeat("诈", 20)},
		{"a\u009fb", "ab"},
	} {
		got, err := Clean(tt.raw, 20)
		if err != nil {
			got = "!" + models.CodeOf(err)
		}
		if got != tt.want {
			t.Errorf("Clean(%q) = %q, want %q", tt.raw, got, tt.want)
		}
	}
}
