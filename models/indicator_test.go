package models

import "testing"

func TestAHintShowsTheHostOrTheLastFour(t *testing.T) {
	tested := map[IndicatorKind]bool{}
	for _, tt := range []struct {
		kind        IndicatorKind
		value, want string
	}{
		{Phone, "+12025550123", "0123"},
		{Phone, "CN:95588", "5588"},
		{URL, "evil.example/login?x=1", "evil.example"},
		{URL, "evil.example", "evil.example"},
		{URL, "evil.example:8080/a/b", "evil.example:8080"},
		{Domain, "mail.evil.example", "mail.evil.example"},
		{Email, "mule@evil.example", "evil.example"},
		{Account, "iban:DE89370400440532013000", "3000"},
		{Account, "card:6222021234567890", "7890"},
		{Wallet, "eth:0x00000000000000000000000000000000000abcde", "bcde"},
		{Handle, "telegram:evil_name", "name"},
		{App, "android:com.example.pay", ".pay"},
		{Text, "your parcel", "rcel"},
		{Phone, "12", "12"},
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

func TestAHintNeverHoldsANumberOrAccountThatCanBeUsed(t *testing.T) {
	for _, i := range []Indicator{
		{Phone, "+12025550123"},
		{Account, "local:CN:36488573"},
		{Wallet, "btc:1BoatSLRHtKNngkdXEeobR76b53LETtpyT"},
		{Email, "mule@evil.example"},
		{Handle, "telegram:evil_name"},
	} {
		if got := i.Hint(); len(got) > 4 && i.Kind != Email || got == i.Value {
			t.Errorf("hint %q of a %s shows too much", got, i.Kind)
		}
	}
	if got := (Indicator{Email, "mule@evil.example"}).Hint(); got != "evil.example" {
		t.Errorf("hint %q tells whose mail it is", got)
	}
}
