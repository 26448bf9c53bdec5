package canon

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"example.org/tocsin/models"
)

func FuzzIndicator(f *testing.F) {
	for _, seed := range []string{
		"+12025550123", "+44 (0)20 7946 0958", "CN:95588", "https://evil.example/a?b#c", "hxxp://evil[.]example/%2525",
		"evil.example/a%2E.", "0x7f.1", "[::1]", "x@evil.example", "DE89370400440532013000", "local:CN:123456", "mpesa:abc",
		"card:4111111111111111", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "٣٣", "a\u202eb", "http://a.b/?.", "telegram:@evil_name",
		"https://t.me/evil_name", "android:com.evil.pay", "https://play.google.com/store/apps/details?id=com.evil.pay",
		"local:GB:200000:55779911",
	} {
		for k := range models.IndicatorKinds() {
			f.Add(uint8(k), seed, "CN-44")
		}
	}
	f.Fuzz(func(t *testing.T, k uint8, raw, region string) {
		kinds := models.IndicatorKinds()
		kind := kinds[int(k)%len(kinds)]
		first, err := Indicator(kind, raw, region)
		if err != nil {
			var fault *models.Error
			if !errors.As(err, &fault) || fault.Code == "" || fault.Detail == "" || first != (models.Indicator{}) {
				t.Fatalf("%s %q: %+v %+v", kind, raw, first, err)
			}
			return
		}
		for _, other := range []string{region, "", "US"} {
			again, err := Indicator(kind, first.Value, other)
			if err != nil || again != first {
				t.Fatalf("%s %q: %q becomes %q in %q (%v)", kind, raw, first.Value, again.Value, other, err)
			}
		}
		if !utf8.ValidString(first.Value) || strings.ContainsAny(first.Value, "\x00 \n") {
			t.Fatalf("%s %q: %q", kind, raw, first.Value)
		}
		if len(Recognisers(first)) == 0 {
			t.Fatalf("%v has no recogniser", first)
		}
	})
}
