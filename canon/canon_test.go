package canon

import (
	"errors"
	"strings"
	"testing"

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
		{
			models.Wallet, "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", "",
			"btc:bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
		},
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
			value = "!" + models.CodeOf(err)
			var fault *models.Error
			if !errors.As(err, &fault) || fault.Field != "" || fault.Kind != models.Invalid ||
				len(tt.raw) > 8 && strings.Contains(fault.Detail, tt.raw) {
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

func TestSender(t *testing.T) {
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
