package canon

import (
	"testing"

	"example.org/tocsin/models"
)

// BenchmarkIndicator is the canonical form of one value of each kind, as a check asks for it.
func BenchmarkIndicator(b *testing.B) {
	for _, one := range []struct {
		name   string
		kind   models.IndicatorKind
		raw    string
		region string
	}{
		{"phone", models.Phone, "+442079460958", ""},
		{"phone in a region", models.Phone, "+442079460958", "GB"},
		{"national phone", models.Phone, "020 7946 0958", "GB"},
		{"link", models.URL, "https://login.evil-bank4711.example.co.uk/secure/verify?id=8812", ""},
		{"domain", models.Domain, "login.evil-bank4711.example.co.uk", ""},
		{"email", models.Email, "mule.one@evil-bank4711.example", ""},
		{"account", models.Account, "DE89370400440532013000", ""},
		{"wallet", models.Wallet, "0x52908400098527886E0F7030069857D2E4169EE7", ""},
	} {
		b.Run(one.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Indicator(one.kind, one.raw, one.region); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
