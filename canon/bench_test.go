package canon

import (
	"testing"

	"github.com/nyaruka/phonenumbers"

	"example.org/tocsin/models"
)

func BenchmarkPhoneScan(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Indicator(models.Phone, "+442079460958", ""); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPhoneNational(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Indicator(models.Phone, "020 7946 0958", "GB"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPhoneLibrary(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		n, err := phonenumbers.Parse("+442079460958", "")
		if err != nil || !phonenumbers.IsValidNumber(n) || phonenumbers.Format(n, phonenumbers.E164) == "" {
			b.Fatal(err)
		}
	}
}

func BenchmarkLink(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Indicator(models.URL, "https://login.evil-bank4711.example.co.uk/secure/verify?id=8812", ""); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkExpressions(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Expressions("login.evil-bank4711.example.co.uk/secure/verify?id=8812")
	}
}

func BenchmarkExtract(b *testing.B) {
	text := "Your parcel could not be delivered. Please confirm at https://post-track4711.example.com/x1 within 12 hours or call +1 202 555 0123."
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Extract(text, "US")
	}
}
