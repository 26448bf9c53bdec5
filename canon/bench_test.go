package canon

import (
	"testing"

	"example.org/tocsin/models"
)

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
