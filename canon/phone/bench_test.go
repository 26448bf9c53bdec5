package phone

import (
	"testing"

	"github.com/nyaruka/phonenumbers"
)

// BenchmarkPhone reads one number in each of the ways that it is written, and
// has the library beside it.
func BenchmarkPhone(b *testing.B) {
	for _, one := range []struct{ name, raw, region string }{
		{"canonical", "+442079460958", ""},
		{"spaced", "+44 20 7946 0958", ""},
		{"brackets", "+1 (202) 555-0123", ""},
		{"zeros", "0044 20 7946 0958", ""},
		{"tel", "tel:+1-202-555-0123", ""},
		{"trunk", "+44 (0)20 7946 0958", ""},
		{"hidden", "+1\u202d2025550123\u202c", ""},
		{"national", "020 7946 0958", "GB"},
		{"area", "(202) 555-0123", "US-CA"},
		{"short", "95588", "CN"},
		{"unassigned", "020 1234", "GB"},
	} {
		b.Run(one.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := Scan(one.raw); !ok {
					_, _ = Canonical(one.raw, one.region)
				}
			}
		})
		b.Run(one.name+"/library", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				n, err := phonenumbers.Parse(one.raw, Country(one.region))
				if err == nil && phonenumbers.IsValidNumber(n) {
					phonenumbers.Format(n, phonenumbers.E164)
				}
			}
		})
	}
}

// BenchmarkNational is what the search in texts pays for digits that may be a
// number, and for those that are none.
func BenchmarkNational(b *testing.B) {
	for _, one := range []struct{ country, digits string }{
		{"US", "2025550123"},
		{"CN", "13800138000"},
		{"GB", "02079460958"},
		{"IN", "09812345678"},
		{"DE", "03012345678"},
		{"FR", "0199001234"},
		{"BR", "11961234567"},
		{"NG", "08021234567"},
		{"SG", "81234567"},
		{"AU", "0491570156"},
		{"TR", "05012345678"},
		{"ID", "0812345678"},
		{"KE", "0712123456"},
		{"JP", "09012345678"},
		{"KR", "01020000000"},
		{"MX", "5512345678"},
		{"CN", "20260131"},
	} {
		if _, _, decided := nationalByPlan(one.digits, one.country); !decided {
			b.Errorf("%s %s is left to the library", one.country, one.digits)
		}
		b.Run(one.country+one.digits, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _, _ = nationalByPlan(one.digits, one.country)
			}
		})
	}
}
