package canon

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nyaruka/phonenumbers"

	"example.org/tocsin/models"
)

func TestIndicator(t *testing.T) {
	for _, tt := range []struct {
		kind              models.IndicatorKind
		raw, region, want string // want: a value, or "!" and an error code
	}{
		{models.Phone, "+44 (0)20 7946 0958", "", "+442079460958"},
		{models.Phone, "+39 (0)6 6982 1234", "", "+390669821234"},
		{models.Phone, "0044 20 7946 0958", "US", "+442079460958"},
		{models.Phone, "011 44 20 7946 0958", "US-CA", "+442079460958"},
		{models.Phone, "(202) 555-0123 ext. 12", "US", "+12025550123"},
		{models.Phone, "tel:+1-202-555-0123;ext=5", "", "+12025550123"},
		{models.Phone, "＋１２０２５５５０１２３", "", "+12025550123"},
		{models.Phone, "٢٠٢٥٥٥٠١٢٣", "US", "+12025550123"},
		{models.Phone, "+1\u202d2025550123\u202c", "", "+12025550123"},
		{models.Phone, "95588", "CN-44", "CN:95588"},
		{models.Phone, "+86 95588", "", "CN:95588"},
		{models.Phone, "CN:95588", "US", "CN:95588"},
		{models.Phone, "AU:000", "", "AU:000"},
		{models.Phone, "95588", "", "!phone_malformed"},
		{models.Phone, "+86 138 0013 8OOO", "CN", "!phone_malformed"},
		{models.Phone, "+999 1234567", "", "!phone_unassigned"},
		{models.Phone, "2025550123", "", "!phone_malformed"},
		{models.Phone, "  ", "", "!value_empty"},
		{models.Phone, strings.Repeat("1", 600), "", "!value_too_long"},
		{models.URL, "HTTPS://Evil.Example:8443/a/../b?x=1#top", "", "evil.example/b?x=1"},
		{models.URL, "evil.example", "", "evil.example/"},
		{models.URL, "hxxp://evil[.]example/a[.]html", "", "evil.example/a.html"},
		{models.URL, "look: https://evil.example/a !!", "", "evil.example/a"},
		{models.URL, "<https:// evil.example/a>.", "", "evil.example/a"},
		{models.URL, "http://bücher.example", "", "xn--bcher-kva.example/"},
		{models.URL, "http://203.0.113.7:80/x", "", "203.0.113.7/x"},
		{models.URL, "http://[2606:4700::1111]/x", "", "[2606:4700::1111]/x"},
		{models.URL, "http://[::ffff:203.0.113.7]/x", "", "203.0.113.7/x"},
		{models.URL, "http://2130706433/", "", "!url_private_address"},
		{models.URL, "http://0x7f.1/", "", "!url_private_address"},
		{models.URL, "http://0177.0.0.01/", "", "!url_private_address"},
		{models.URL, "http://[::ffff:127.0.0.1]/", "", "!url_private_address"},
		{models.URL, "http://[64:ff9b::7f00:1]/", "", "!url_private_address"},
		{models.URL, "http://169.254.169.254/latest/", "", "!url_private_address"},
		{models.URL, "http://100.100.100.200/", "", "!url_private_address"},
		{models.URL, "http://metadata.google.internal/", "", "!url_private_address"},
		{models.URL, "http://localhost/", "", "!url_private_address"},
		{models.URL, "https://www.bank.example:443@evil.example/", "", "!url_userinfo"},
		{models.URL, "http://evil.example/\u202egpj.exe", "", "!url_hidden_characters"},
		{models.URL, "http://evil\u200b.example/", "", "!url_hidden_characters"},
		{models.URL, "javascript:alert(1)", "", "!url_malformed"},
		{models.URL, "mailto:a@evil.example", "", "!url_malformed"},
		{models.URL, "file:///etc/passwd", "", "!url_malformed"},
		{models.URL, "http://" + strings.Repeat("a", 64) + ".example", "", "!url_malformed"},
		{models.URL, "http://1.2.3.4.5/", "", "!url_malformed"},
		{models.URL, "http://evil.example/" + strings.Repeat("a", 2048), "", "!url_too_long"},
		{models.Domain, "Evil.Example.", "", "evil.example"},
		{models.Domain, "evil[.]example", "", "evil.example"},
		{models.Domain, "0offlce。example", "", "0offlce.example"},
		{models.Domain, "_dmarc.-evil.example", "", "_dmarc.-evil.example"},
		{models.Domain, "127.0.0.1", "", "!domain_malformed"},
		{models.Domain, "evil.example/x", "", "!domain_malformed"},
		{models.Domain, "evil", "", "!domain_malformed"},
		{models.Email, "Mule <Mule.One@Evil.Example>", "", "mule.one@evil.example"},
		{models.Email, "mailto:x@evil.example", "", "x@evil.example"},
		{models.Email, "x@y", "", "!email_malformed"},
		{models.Email, "a b@evil.example", "", "!email_malformed"},
		{models.Account, "de89 3704 0044 0532 0130 00", "", "iban:DE89370400440532013000"},
		{models.Account, "DE89 3704 0044 0532 0130 01", "", "!account_malformed"},
		{models.Account, "4111-1111-1111-1111", "US", "card:4111111111111111"},
		{models.Account, "card:4111111111111112", "", "!account_malformed"},
		{models.Account, "4111111111111112", "US", "local:US:4111111111111112"},
		{models.Account, "３６４８ ８５７３", "CN-11", "local:CN:36488573"},
		{models.Account, "36488573", "", "local::36488573"},
		{models.Account, "local::36488573", "CN", "local::36488573"},
		{models.Account, "local:CN:36488573", "DE", "local:CN:36488573"},
		{models.Account, "m pesa: WAL0784\u00a03807", "", "mpesa:wal07843807"},
		{models.Account, "upi：name@bank", "", "upi:name@bank"},
		{models.Account, "some words", "", "!account_malformed"},
		{models.Wallet, "0x52908400098527886E0F7030069857D2E4169EE7", "", "eth:0x52908400098527886e0f7030069857d2e4169ee7"},
		{models.Wallet, "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "", "btc:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"},
		{models.Wallet, "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", "", "btc:bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"},
		{models.Wallet, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "", "!wallet_malformed"},
		{models.Wallet, "bitcoin:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa?amount=1", "", "btc:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"},
		{models.Wallet, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "", "!wallet_malformed"},
		{models.Wallet, "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "", "tron:TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"},
		{models.Wallet, "eth:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "", "!wallet_malformed"},
		{models.Wallet, "rEb8TK3gBgk5auZkwc6sHnwrGVJH8DuaLh", "", "other:rEb8TK3gBgk5auZkwc6sHnwrGVJH8DuaLh"},
		{models.Account, "local:gb:20-00-00:5577 9911", "", "local:GB:200000:55779911"},
		{models.Account, "local:200000:55779911", "GB", "!account_malformed"},
		{models.Account, "local::200000:55779911", "", "!account_malformed"},
		{models.Wallet, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "", "eth:0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"},
		{models.Wallet, "0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "", "!wallet_malformed"},
		{models.Wallet, "0X5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED", "", "eth:0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"},
		{models.Handle, "Telegram: @Evil_Name", "", "telegram:evil_name"},
		{models.Handle, "tg:evil_name", "", "telegram:evil_name"},
		{models.Handle, "微信:evil888", "", "!handle_malformed"},
		{models.Handle, "wechat：Evil888", "", "wechat:evil888"},
		{models.Handle, "https://t.me/Evil_Name?start=1", "", "telegram:evil_name"},
		{models.Handle, "https://www.tiktok.com/@evil.name", "", "tiktok:evil.name"},
		{models.Handle, "https://t.me/+AbCdEf", "", "!handle_malformed"},
		{models.Handle, "https://x.com/home", "", "!handle_malformed"},
		{models.Handle, "https://evil.example/name", "", "!handle_malformed"},
		{models.Handle, "signal:", "", "!handle_malformed"},
		{models.Handle, "@evil_name", "", "!handle_malformed"},
		{models.App, "com.evil.pay", "", "android:com.evil.pay"},
		{models.App, "ios:com.Evil-App.pay", "", "ios:com.evil-app.pay"},
		{models.App, "https://play.google.com/store/apps/details?hl=en&id=com.evil.Pay", "", "android:com.evil.Pay"},
		{models.App, strings.Repeat("AB", 32), "", "sha256:" + strings.Repeat("ab", 32)},
		{models.App, "sha256:" + strings.Repeat("0", 63), "", "!app_malformed"},
		{models.App, "android:evil", "", "!app_malformed"},
		{models.App, "windows:com.evil.pay", "", "!app_malformed"},
		{models.Text, "words", "", "!kind_unknown"},
		{"telegram", "@x", "", "!kind_unknown"},
	} {
		got, err := Indicator(tt.kind, tt.raw, tt.region)
		value := got.Value
		if err != nil {
			value = "!" + err.Code
			if err.Field != "" || err.Kind != models.Invalid || len(tt.raw) > 8 && strings.Contains(err.Detail, tt.raw) {
				t.Errorf("%s %q: error %+v", tt.kind, tt.raw, err)
			}
		}
		if value != tt.want {
			t.Errorf("%s %q in %q: got %q, want %q", tt.kind, tt.raw, tt.region, value, tt.want)
		}
	}
}

func TestRegion(t *testing.T) {
	for raw, want := range map[string]string{
		"": "", "CN": "CN", "cn-44": "CN-44", "FR-IDF": "FR-IDF", "XK": "XK", "GB-MAN": "GB-MAN",
		"ZZ": "!", "ZZ-99": "!", "../../etc": "!", "EU": "!", "C": "!", "CN-": "!", "CN-4444": "!", "CN_44": "!", "中国": "!",
	} {
		got, err := Region(raw)
		if err != nil {
			got = "!"
		}
		if got != want {
			t.Errorf("Region(%q) = %q, want %q", raw, got, want)
		}
	}
}

func TestTexts(t *testing.T) {
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
			got = "!" + err.Code
		}
		if got != tt.want {
			t.Errorf("Text(%q) = %q, want %q", tt.raw, got, tt.want)
		}
	}
	for _, tt := range []struct{ raw, want string }{
		{"", ""},
		{"+1 (202) 555-0123", "+12025550123"},
		{"No-Reply@Evil.Example", "no-reply@evil.example"},
		{" RBANK  Alert ", "RBANK Alert"},
		{"快递通知", "快递通知"},
		{"=cmd|'/c calc'!A1", "!"},
		{"\x00", "!"},
		{"<script>", "!"},
		{"--", "!"},
		{strings.Repeat("a", 129), "!"},
	} {
		got, err := Sender(tt.raw, "")
		if err != nil {
			got = "!"
		}
		if got != tt.want {
			t.Errorf("Sender(%q) = %q, want %q", tt.raw, got, tt.want)
		}
	}
}

func TestHubsAndSuffixes(t *testing.T) {
	for host, want := range map[string]bool{
		"bit.ly": true, "www.bit.ly": true, "docs.google.com": true, "t.me": true, "github.io": true, "godaddysites.com": true,
		"google.com": false, "shop.godaddysites.com": false, "evil.github.io": false, "evil.example": false, "com": false, "": false,
	} {
		if got := IsHub(host); got != want {
			t.Errorf("Hub(%q) = %v, want %v", host, got, want)
		}
	}
	for host, want := range map[string]bool{"com": true, "co.uk": true, "github.io": true, "evil.co.uk": false, "evil.example": false} {
		if got := PublicSuffix(host); got != want {
			t.Errorf("PublicSuffix(%q) = %v, want %v", host, got, want)
		}
	}
}

func TestSignature(t *testing.T) {
	for _, tt := range []struct {
		rule       models.Rule
		kind       models.IndicatorKind
		value, out string
	}{
		{models.Exact, models.Domain, "WWW.Evil.Example", "www.evil.example"},
		{models.Exact, models.Domain, "co.uk", "!signature_too_broad"},
		{models.Exact, models.Domain, "bit.ly", "!signature_too_broad"},
		{models.Exact, models.URL, "https://bit.ly/abc", "bit.ly/abc"},
		{models.Exact, models.URL, "https://bit.ly/", "!signature_too_broad"},
		{models.Expression, models.URL, "https://evil.example/pay/", "evil.example/pay/"},
		{models.Expression, models.URL, "github.io/", "!signature_too_broad"},
		{models.Expression, models.Domain, "evil.example", "!rule_malformed"},
		{models.Range, models.Phone, "+1 202 555 0100 - +1 202 555 0199", "+12025550100-+12025550199"},
		{models.Range, models.Phone, "+12020000000-+12029999999", "!signature_too_broad"}, // its prefix has four digits
		{models.Range, models.Phone, "+442000000000-+442009999999", "+442000000000-+442009999999"},
		{models.Range, models.Phone, "+442000000000-+442010000000", "!signature_too_broad"},
		{models.Range, models.Phone, "+12025550199-+12025550100", "!phone_malformed"},
		{models.Range, models.Phone, "+12025550199-+1202555010", "!phone_malformed"},
		{models.Range, models.Phone, "12025550100", "!phone_malformed"},
		{models.Phrase, models.Text, " Safe  ACCOUNT ", "safe account"},
		{models.Phrase, models.Text, "安全账户", "安全账户"},
		{models.Phrase, models.Text, "the", "!signature_too_broad"},
		{models.Phrase, models.URL, "x", "!rule_malformed"},
		{models.Exact, models.Text, "x", "!rule_malformed"},
		{"regexp", models.Text, "x", "!rule_malformed"},
	} {
		got, err := Signature(tt.rule, tt.kind, tt.value, "")
		if err != nil {
			got = "!" + err.Code
		}
		if got != tt.out {
			t.Errorf("Signature(%s %s %q) = %q, want %q", tt.rule, tt.kind, tt.value, got, tt.out)
		}
	}
}

// TestEverySignatureIsFoundByItsExposures: whatever signature would hit an
// indicator has a recogniser among those of the indicator.
func TestEverySignatureIsFoundByItsExposures(t *testing.T) {
	for _, tt := range []struct {
		i     models.Indicator
		rule  models.Rule
		kind  models.IndicatorKind
		value string
	}{
		{models.Indicator{Kind: models.Phone, Value: "+12025550123"}, models.Exact, models.Phone, "+12025550123"},
		{models.Indicator{Kind: models.Phone, Value: "+12025550123"}, models.Range, models.Phone, "+12025550107-+12025550123"},
		{models.Indicator{Kind: models.Phone, Value: "+442079460958"}, models.Range, models.Phone, "+442070000000-+442079999999"},
		{models.Indicator{Kind: models.URL, Value: "a.b.evil.example/x/y?z=1"}, models.Exact, models.URL, "a.b.evil.example/x/y?z=1"},
		{models.Indicator{Kind: models.URL, Value: "a.b.evil.example/x/y?z=1"}, models.Expression, models.URL, "evil.example/x/"},
		{models.Indicator{Kind: models.URL, Value: "a.b.evil.example/x/y?z=1"}, models.Exact, models.Domain, "evil.example"},
		{models.Indicator{Kind: models.Domain, Value: "a.evil.co.uk"}, models.Exact, models.Domain, "evil.co.uk"},
		{models.Indicator{Kind: models.Email, Value: "x@a.evil.example"}, models.Exact, models.Domain, "evil.example"},
		{models.Indicator{Kind: models.Email, Value: "x@a.evil.example"}, models.Exact, models.Email, "x@a.evil.example"},
		{models.Indicator{Kind: models.Account, Value: "local:CN:1234"}, models.Exact, models.Account, "local:CN:1234"},
	} {
		have := Recognisers(tt.i)
		if !slices.ContainsFunc(models.Recognisers(tt.rule, tt.kind, tt.value), func(r string) bool { return slices.Contains(have, r) }) {
			t.Errorf("%v: %q finds none of %s %s %s", tt.i, have, tt.rule, tt.kind, tt.value)
		}
	}
	want := []string{"exact domain a.evil.co.uk", "exact domain evil.co.uk"}
	if diff := cmp.Diff(want, Recognisers(models.Indicator{Kind: models.Domain, Value: "a.evil.co.uk"})); diff != "" {
		t.Error(diff)
	}
}

// TestScanPhoneEqualsTheLibrary tries example numbers of every region with
// random last digits, also behind a trunk prefix, and random digits.
func TestScanPhoneEqualsTheLibrary(t *testing.T) {
	r := random(7)
	accepted, shaped := 0, 0
	check := func(raw string) {
		got, ok := scanPhone(raw)
		n, err := phonenumbers.Parse(raw, "")
		want, sure := "", false
		if err == nil {
			want, sure = formatValid(n)
		}
		if sure {
			shaped++
		}
		if !ok {
			return
		}
		accepted++
		if !sure || got != want || !phonenumbers.IsValidNumber(n) {
			t.Errorf("%s: scan says %s, the library %s %v", raw, got, want, err)
		}
	}
	for region := range phonenumbers.GetSupportedRegions() {
		for kind := phonenumbers.PhoneNumberType(0); kind < 11; kind++ {
			example := phonenumbers.GetExampleNumberForType(region, kind)
			if example == nil {
				continue
			}
			check(phonenumbers.Format(example, phonenumbers.INTERNATIONAL))
			plain := phonenumbers.Format(example, phonenumbers.E164)
			code := "+" + strconv.Itoa(int(example.GetCountryCode()))
			trunk := phonenumbers.GetNddPrefixForRegion(region, true)
			for range 4 {
				b := []byte(plain)
				for k := max(4, len(b)-5); k < len(b); k++ {
					b[k] = '0' + byte(r(10))
				}
				check(string(b))
				check(code + trunk + strings.TrimPrefix(string(b), code))
			}
		}
	}
	t.Logf("the scan took %d of %d valid numbers", accepted, shaped)
	for range 5000 {
		b := []byte{'+', '1' + byte(r(9))}
		for range 7 + r(7) {
			b = append(b, '0'+byte(r(10)))
		}
		check(string(b))
	}
}

// random returns a small generator, the same on each run.
func random(seed uint64) func(n int) int {
	return func(n int) int {
		seed ^= seed << 13
		seed ^= seed >> 7
		seed ^= seed << 17
		return int(seed>>1) % n
	}
}

// TestExtractIsLinear compares hostile texts with texts four times as long.
func TestExtractIsLinear(t *testing.T) {
	for _, piece := range []string{
		"a.", "1 ", "1.", "@", "a@", "http://", "http://a", "http://a/", "(", "+", "+1", "12345678 ", "2025550123 ", "DE89 ", "[.]", "a(dot)", " dot ",
		"。", "诈", "a。", "1-", "0x", "%25", "://", "x.com/", "4111 ", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb ", "évil.", "\u202e", "a.b@c.d/",
	} {
		took := func(n int) time.Duration {
			text := strings.Repeat(piece, n/len(piece))
			best := time.Hour
			for range 3 {
				start := time.Now() //nolint:forbidigo // this test measures time
				Extract(text, "US")
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
