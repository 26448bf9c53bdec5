package models

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAHintShowsTheHostOrAtMostHalf(t *testing.T) {
	tested := map[IndicatorKind]bool{}
	for _, tt := range []struct {
		kind        IndicatorKind
		value, want string
	}{
		{Phone, "+12025550123", "0123"},
		{Phone, "CN:95588", "88"},
		{Phone, "US:911", "1"},
		{Phone, "+2907123", "123"},
		{URL, "evil.example/login?x=1", "evil.example"},
		{URL, "evil.example", "evil.example"},
		{URL, "evil.example:8080/a/b", "evil.example:8080"},
		{Domain, "mail.evil.example", "mail.evil.example"},
		{Email, "mule@evil.example", "evil.example"},
		{Account, "iban:DE89370400440532013000", "3000"},
		{Account, "card:6222021234567890", "7890"},
		{Account, "local:GB:200000:1234", "34"},
		{Wallet, "eth:0x00000000000000000000000000000000000abcde", "bcde"},
		{Handle, "telegram:evil_name", "name"},
		{Handle, "telegram:evil", "il"},
		{Handle, "telegram:ab", "b"},
		{Handle, "@ab", "b"},
		{Handle, "wechat:骗子号码", "号码"},
		{Handle, "x:a", ""},
		{App, "android:com.example.pay", ".pay"},
		{App, "android:a.b", "b"},
		{Text, "your parcel", "rcel"},
		{Phone, "12", "2"},
		{Phone, "", ""},
		{Email, "mule", ""},
	} {
		tested[tt.kind] = true
		if got := (Indicator{Kind: tt.kind, Value: tt.value}).Hint(); got != tt.want {
			t.Errorf("hint of %s %q is %q, want %q", tt.kind, tt.value, got, tt.want)
		}
	}
	for _, k := range append(IndicatorKinds(), Text) {
		if !tested[k] {
			t.Errorf("no hint of kind %s is tested", k)
		}
	}
}

func TestAHintNeverShowsMoreThanHalf(t *testing.T) {
	for _, i := range []Indicator{
		{Phone, "+12025550123"},
		{Phone, "US:911"},
		{Account, "local:CN:36488573"},
		{Wallet, "btc:1BoatSLRHtKNngkdXEeobR76b53LETtpyT"},
		{Handle, "telegram:evil_name"},
		{Handle, "telegram:ab"},
		{Handle, "telegram:\u00e9\u00e8"},
		{App, "ios:a"},
	} {
		_, own, ok := strings.Cut(i.Value, ":")
		if !ok {
			own = i.Value
		}
		got := i.Hint()
		n, all := utf8.RuneCountInString(got), utf8.RuneCountInString(own)
		if n > 4 || 2*n > all || !strings.HasSuffix(own, got) || !utf8.ValidString(got) {
			t.Errorf("hint %q of the %s %q shows too much", got, i.Kind, i.Value)
		}
	}
	if got := (Indicator{Email, "mule@evil.example"}).Hint(); got != "evil.example" {
		t.Errorf("hint %q tells whose mail it is", got)
	}
}
