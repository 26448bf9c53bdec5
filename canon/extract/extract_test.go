package extract

import (
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/publicsuffix"

	"example.org/tocsin/canon/text"
)

// findings lists findings as "kind value @ what stood in the text".
func findings(text, region string) []string {
	var out []string
	for _, f := range Indicators(text, region) {
		out = append(out, string(f.Kind)+" "+f.Value+" @ "+text[f.Span.Start:f.Span.End])
	}
	return out
}

func TestExtract(t *testing.T) {
	for _, tt := range []struct {
		name, text, region string
		want               []string
	}{
		{
			"a link with scheme", "Pay at https://example.com/login?x=1.", "",
			[]string{"url example.com/login?x=1 @ https://example.com/login?x=1"},
		},
		{
			"a link in brackets keeps its own", "(see https://example.com/a_(b))", "",
			[]string{"url example.com/a_(b) @ https://example.com/a_(b)"},
		},
		{"a link without scheme", "go to example.co.uk/x now", "", []string{"url example.co.uk/x @ example.co.uk/x"}},
		{"a bare host", "Visit www.example.com.", "", []string{"url www.example.com/ @ www.example.com"}},
		{"glued to Chinese", "您的积分即将过期，请点击http://example.cn/ab1兑换", "CN", []string{"url example.cn/ab1 @ http://example.cn/ab1"}},
		{
			"a host glued to Chinese", "请登录www.example.com领取，电话13800138000联系", "CN",
			[]string{"url www.example.com/ @ www.example.com", "phone +8613800138000 @ 13800138000"},
		},
		{"a scheme and host glued to Chinese", "点击http://example.com查看详情", "CN", []string{"url example.com/ @ http://example.com"}},
		{"full-width text", "请访问ｗｗｗ．ｅｘａｍｐｌｅ．ｃｏｍ", "CN", []string{"url www.example.com/ @ ｗｗｗ．ｅｘａｍｐｌｅ．ｃｏｍ"}},
		{"ideographic full stop", "打开example。com/a", "CN", []string{"url example.com/a @ example。com/a"}},
		{"defanged", "hxxps://example[.]com/a[.]html and example(dot)net, example [.] org", "", []string{
			"url example.com/a.html @ hxxps://example[.]com/a[.]html", "url example.net/ @ example(dot)net", "url example.org/ @ example [.] org",
		}},
		{"spelled dot", "open your-example dot com today", "", []string{"url your-example.com/ @ your-example dot com"}},
		{"a space behind the scheme", "https:// example.com/pay", "", []string{"url example.com/pay @ https:// example.com/pay"}},
		{
			"the host behind the @", "https://www.bank.example:443@example.com/signin", "",
			[]string{"url example.com/signin @ https://www.bank.example:443@example.com/signin"},
		},
		{"an address as host", "http://203.0.113.7/a and 203.0.113.8/b, v1.2.3.4", "", []string{
			"url 203.0.113.7/a @ http://203.0.113.7/a", "url 203.0.113.8/b @ 203.0.113.8/b",
		}},
		{"private addresses stay out", "http://127.0.0.1/ http://0x7f.1/", "", nil},
		{"an international name", "пиши на пример.рф", "", []string{"url xn--e1afmkfd.xn--p1ai/ @ пример.рф"}},
		{"no links", "e.g. No.1 file.txt notes.md v1.2.3 3.5 a.m. U.S. Thanks.Call me. etc. Hello.How are you", "US", nil},
		{"mail", "write to Mule.One@Example.com, or x@y", "", []string{"email mule.one@example.com @ Mule.One@Example.com"}},
		{"defanged mail", "mule[at]example[.]com", "", []string{"email mule@example.com @ mule[at]example[.]com"}},
		{"phones with and without code", "Call +1 (202) 555-0123 or (202) 555-0147", "US", []string{
			"phone +12025550123 @ +1 (202) 555-0123", "phone +12025550147 @ (202) 555-0147",
		}},
		{"a trunk zero in brackets", "ring +44 (0)20 7946 0958", "", []string{"phone +442079460958 @ +44 (0)20 7946 0958"}},
		{
			"two numbers side by side", "07700900123 07700900456", "GB",
			[]string{"phone +447700900123 @ 07700900123", "phone +447700900456 @ 07700900456"},
		},
		{"other digits", "call ＋８６１３８００１３８０００ or +١٢٠٢٥٥٥٠١٢٣", "", []string{
			"phone +8613800138000 @ ＋８６１３８００１３８０００", "phone +12025550123 @ +١٢٠٢٥٥٥٠١٢٣",
		}},
		{"a number glued to a word by a plus", "WhatsApp:+447700900123 Tel.02079460123", "GB", []string{
			"phone +447700900123 @ +447700900123", "phone +442079460123 @ 02079460123",
		}},
		{
			"digits of a link are no number", "https://example.com/02025550123?p=2025550123 example.com/2025550123", "US",
			[]string{
				"url example.com/02025550123?p=2025550123 @ https://example.com/02025550123?p=2025550123",
				"url example.com/2025550123 @ example.com/2025550123",
			},
		},
		{"amounts and dates are no numbers", "transfer 20255501元 on 20260131, 2026-01-31, 1,202,555,0123 or $2025550123", "CN", nil},
		{"accounts", "IBAN DE89 3704 0044 0532 0130 00, card 4111 1111 1111 1111, GB82WEST12345698765432.", "DE", []string{
			"account iban:DE89370400440532013000 @ DE89 3704 0044 0532 0130 00", "account card:4111111111111111 @ 4111 1111 1111 1111",
			"account iban:GB82WEST12345698765432 @ GB82WEST12345698765432",
		}},
		{
			"wallets",
			"send to 0x52908400098527886E0F7030069857D2E4169EE7 or bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4, " +
				"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "",
			[]string{
				"wallet eth:0x52908400098527886e0f7030069857d2e4169ee7 @ 0x52908400098527886E0F7030069857D2E4169EE7",
				"wallet btc:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4 @ bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
				"wallet btc:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa @ 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
			},
		},
		{
			"defanged in every way", "h**p://example.com/a hXXps://example{.}net/b h__p://example[dot]org/c hxxp[:]//example[.]info[/]d", "",
			[]string{
				"url example.com/a @ h**p://example.com/a", "url example.net/b @ hXXps://example{.}net/b",
				"url example.org/c @ h__p://example[dot]org/c",
				"url example.info/d @ hxxp[:]//example[.]info[/]d",
			},
		},
		{"an address with words for signs", "mule(at)example(dot)com", "", []string{"email mule@example.com @ mule(at)example(dot)com"}},
		{"backslashes", `http:\\example.com\pay and example\.net/a but C:\temp and https://example.org\n\nNext`, "", []string{
			`url example.com/pay @ http:\\example.com\pay`, `url example.net/a @ example\.net/a`, `url example.org/ @ https://example.org`,
		}},
		{"invisible characters", "exam\u200bple.c\u00adom/x", "", []string{"url example.com/x @ exam\u200bple.c\u00adom/x"}},
		{"capitals, spelled", "YOUR-EXAMPLE DOT COM", "", []string{"url your-example.com/ @ YOUR-EXAMPLE DOT COM"}},
		{"a space beside a dot", "visit example .com/pay, example. com/pay2", "", []string{
			"url example.com/pay @ example .com/pay", "url example.com/pay2 @ example. com/pay2",
		}},
		{"a space beside a dot, other shapes", "http://login. example.com or fast-4711 .com", "", []string{
			"url login.example.com/ @ http://login. example.com", "url fast-4711.com/ @ fast-4711 .com",
		}},
		{
			"ends of sentences", "ask him. to/from work .in time. Me too .so see example.com. online help. www.example.net. info desk", "",
			[]string{
				"url example.com/ @ example.com", "url www.example.net/ @ www.example.net",
			},
		},
		{
			"a link over a line end",
			"go to https://example.com/\nlogin?id=1 now, https://example.com/pay-\r\n4711a or https://example-\nbank.com/x", "",
			[]string{
				"url example.com/login?id=1 @ https://example.com/\nlogin?id=1", "url example.com/pay-4711a @ https://example.com/pay-\r\n4711a",
				"url example-bank.com/x @ https://example-\nbank.com/x",
			},
		},
		{
			"a long link broken for its width", "https://example.com/account/verification/secure/session/abcdef012345678\n9abcdef?next=1", "",
			[]string{
				"url example.com/account/verification/secure/session/abcdef0123456789abcdef?next=1 @ " +
					"https://example.com/account/verification/secure/session/abcdef012345678\n9abcdef?next=1",
			},
		},
		{
			"a line end behind a link", "https://example.com/\nReply STOP https://example.net/a-\nB and https://example.org/\n08001234567", "",
			[]string{
				"url example.com/ @ https://example.com/", "url example.net/a- @ https://example.net/a-", "url example.org/ @ https://example.org/",
			},
		},
		{"numbers over a line end", "call 0207 946\n0123 or\n07700900123\n07700900456", "GB", []string{
			"phone +442079460123 @ 0207 946\n0123", "phone +447700900123 @ 07700900123", "phone +447700900456 @ 07700900456",
		}},
		{
			"an IBAN over a line end", "DE89 3704 0044\n0532 0130 00", "",
			[]string{"account iban:DE89370400440532013000 @ DE89 3704 0044\n0532 0130 00"},
		},
		{"digits alone", "加 1 3 8 0 0 1 3 8 0 0 0 或 1.3.8.0.0.1.3.8.0.0.1", "CN", []string{
			"phone +8613800138000 @ 1 3 8 0 0 1 3 8 0 0 0", "phone +8613800138001 @ 1.3.8.0.0.1.3.8.0.0.1",
		}},
		{"counting is no number", "1 2 3 4 5 6 7 8 9 10", "US", nil},
		{
			"handles", "Telegram: @evil_name, add my line id: evilname. IG evil_4711 or add me on WhatsApp now (@evil.shop)", "",
			[]string{
				"handle telegram:evil_name @ evil_name", "handle line:evilname @ evilname", "handle instagram:evil_4711 @ evil_4711",
				"handle whatsapp:evil.shop @ evil.shop",
			},
		},
		{"handles in Chinese", "加微信 abc12345，微信号：evilname，QQ:123456789", "CN", []string{
			"handle wechat:abc12345 @ abc12345", "handle wechat:evilname @ evilname", "handle qq:123456789 @ 123456789",
		}},
		{
			"no handles",
			"Line: busy, call our line 24x7, Telegram: click here @ 5pm, id: abc123, WhatsApp: 12, signal ok, user_name @home", "US", nil,
		},
		{
			"what follows a platform is what it is",
			"WhatsApp: +447700900123, Telegram: t.me/evil_name, wechat mule@example.com, 微信0x52908400098527886E0F7030069857D2E4169EE7", "",
			[]string{
				"phone +447700900123 @ +447700900123", "url t.me/evil_name @ t.me/evil_name", "handle telegram:evil_name @ t.me/evil_name",
				"email mule@example.com @ mule@example.com",
				"wallet eth:0x52908400098527886e0f7030069857d2e4169ee7 @ 0x52908400098527886E0F7030069857D2E4169EE7",
			},
		},
		{
			"apps",
			"https://play.google.com/store/apps/details?id=com.example.pay com.example.pay.apk https://example.com/pay.apk " +
				strings.Repeat("0f", 32), "",
			[]string{
				"url play.google.com/store/apps/details?id=com.example.pay @ https://play.google.com/store/apps/details?id=com.example.pay",
				"app android:com.example.pay @ https://play.google.com/store/apps/details?id=com.example.pay",
				"url example.com/pay.apk @ https://example.com/pay.apk",
				"app sha256:" + strings.Repeat("0f", 32) + " @ " + strings.Repeat("0f", 32),
			},
		},
		{"an apk alone", "install com.example.pay.apk, not base.apk", "", []string{"app android:com.example.pay @ com.example.pay.apk"}},
		{"orders and days are no numbers", "订单号：13800138000，2026-01-31 12:00, 31.01.2026 - 28.02.2026", "CN", nil},
		{"wallets in brackets and glued", "(0x52908400098527886E0F7030069857D2E4169EE7) _1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "", []string{
			"wallet eth:0x52908400098527886e0f7030069857d2e4169ee7 @ 0x52908400098527886E0F7030069857D2E4169EE7",
			"wallet btc:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa @ 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
		}},
		{"the same once", "example.com/a example.com/a https://example.com/a", "", []string{"url example.com/a @ example.com/a"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, findings(tt.text, tt.region)); diff != "" {
				t.Errorf("%q: %s", tt.text, diff)
			}
		})
	}
}

func TestExtractStopsAtAHundredFindings(t *testing.T) {
	var b strings.Builder
	for i := range 300 {
		b.WriteString("evil" + strconv.Itoa(i) + ".com/x ")
	}
	if got := len(Indicators(b.String(), "")); got != maxFindings {
		t.Errorf("got %d findings, want %d", got, maxFindings)
	}
}

func TestMask(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"a card", "victim card 4111111111111111!", "victim card [card]!"},
		{"a card in groups", "卡号4111-1111-1111-1111和3782 822463 10005", "卡号[card]和[card]"},
		{"a card of 19 digits", "6222 0200 0000 0000 003.", "6222 0200 0000 0000 003."},
		{"a card in full-width digits", "４１１１１１１１１１１１１１１１", "[card]"},
		{"a wrong check digit", "4111111111111112", "4111111111111112"},
		{"an identity number of China", "id 11010119900307966X", "id [identity number]"},
		{"glued and lower case", "身份证11010119900307966x谢谢", "身份证[identity number]谢谢"},
		{"its check digit wrong", "110101199003070011 110101 19900307 0011", "[identity number] [identity number]"},
		{"of the United States", "SSN 219-09-9999, 000-12-3456", "SSN [identity number], 000-12-3456"},
		{"of South Korea and Brazil", "900101-1234567 123.456.789-09", "[identity number] [identity number]"},
		{
			"phones, amounts and IBANs stay", "+12025550123 (202) 555-0147 13800138000 4915228817386 1000000元 5,000.00 DE89 3704 0044 0532 0130 00",
			"+12025550123 (202) 555-0147 13800138000 4915228817386 1000000元 5,000.00 DE89 3704 0044 0532 0130 00",
		},
		{"a card behind a phone", "+12025550123 4111111111111111", "+12025550123 [card]"},
	} {
		if got := Mask(tt.text); got != tt.want {
			t.Errorf("%s: Mask(%q) = %q, want %q", tt.name, tt.text, got, tt.want)
		}
	}
}

// TestIsTLDKnowsTheWholeList: some top-level domains are on the list only
// with a star below them.
func TestIsTLDKnowsTheWholeList(t *testing.T) {
	for a := 'a'; a <= 'z'; a++ {
		for b := 'a'; b <= 'z'; b++ {
			label := string([]rune{a, b})
			_, want := publicsuffix.PublicSuffix("a." + label)
			if got := isTLD(label); got != want {
				t.Errorf("isTLD(%q) = %v, want %v", label, got, want)
			}
		}
	}
}

// TestOnlyRunesThatNeverFoldAreSkipped tries every rune.
func TestOnlyRunesThatNeverFoldAreSkipped(t *testing.T) {
	skipped := 0
	for r := rune(0x80); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		s := string(r) + "x"
		lead := byteClass[s[0]] == leadByte && mayFold(s)
		folds := text.IsInvisible(r) || foldRune(r) != r || r == 0x3002 || r == 0xFF61
		if !lead {
			skipped++
		}
		if folds && !lead && !strings.ContainsRune("＄＜＝＞＾｀", r) {
			t.Errorf("%U is skipped", r)
		}
	}
	t.Logf("%d runes are skipped", skipped)
}

// TestExtractIsLinearInHostileTexts compares texts made for the functions that
// look back or forward with texts four times as long.
func TestExtractIsLinearInHostileTexts(t *testing.T) {
	for _, piece := range []string{
		"a_", "a_1", "telegram @", "telegram:", "id ", ". a", " .a", "www. a", "a .com/", "微信", "微信：a1", "1\n", "-\n", "\\", "\\.a",
		"http://a-\n", "http://a.b/c-\n1a", "https://a.b/\n", "T", "Taaaaaaaa", "1.", "1(.)", "a1", "12-a-", "1-1-1-1-a", "dot ",
		"a dot com ", ".apk", "a.b.apk ", "０", "\u200b", "１.", "2026-01-31 ",
		"x://", "h**p://", "@a", "@1 ", "t.me/a ", "DE8", "aa11 ", "(0", "+(", "::", "://", "http://a:",
	} {
		took := func(n int) time.Duration {
			text := strings.Repeat(piece, n/len(piece))
			start := time.Now() //nolint:forbidigo // this test measures time
			Indicators(text, "US")
			return time.Since(start)
		}
		short, long := time.Hour, time.Hour
		for range 10 { // a busy machine makes single measurements long
			short, long = min(short, took(10_000)), min(long, took(40_000))
			if long < 100*time.Millisecond || long < 8*short {
				break
			}
		}
		if long > 100*time.Millisecond && long > 8*short {
			t.Errorf("%q: %v for 10,000 bytes, %v for 40,000", piece, short, long)
		}
	}
}

// TestExtractIsLinear compares hostile texts with texts four times as long.
func TestExtractIsLinear(t *testing.T) {
	for _, piece := range []string{
		"a.", "1 ", "1.", "@", "a@", "http://", "http://a", "http://a/", "(", "+", "+1", "12345678 ", "2025550123 ", "DE89 ", "[.]",
		"a(dot)", " dot ", "。", "诈", "a。", "1-", "0x", "%25", "://", "x.com/", "4111 ",
		"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb ", "évil.", "\u202e", "a.b@c.d/",
	} {
		took := func(n int) time.Duration {
			text := strings.Repeat(piece, n/len(piece))
			best := time.Hour
			for range 3 {
				start := time.Now() //nolint:forbidigo // this test measures time
				Indicators(text, "US")
				Mask(text)
				best = min(best, time.Since(start))
			}
			return best
		}
		short, long := took(10_000), took(40_000)
		if long > 200*time.Millisecond && long > 8*short {
			t.Errorf("%q: %v for 10,000 bytes, %v for 40,000", piece, short, long)
		}
	}
}
