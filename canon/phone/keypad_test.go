package phone

import (
	"testing"

	"github.com/nyaruka/phonenumbers"

	"example.org/tocsin/models"
)

func TestKeypadReadsLetters(t *testing.T) {
	for _, test := range []struct{ raw, region, want string }{
		{"1-800-FLOWERS", "US", "+18003569377"},
		{"1-800-FLOWERS", "CN-44", "+18003569377"}, // and not the Chinese mobile number of these digits
		{"1-800-flowers ext. 12", "US", "+18003569377"},
		{"+1 800 MY-APPLE", "", "+18006927753"},
		{"+1 800 MY-APPLE;ext=5", "", "+18006927753"},
		{"tel:+1-800-MY-APPLE", "", "+18006927753"},
		{"1-800-MATTRESS", "US", "+18006288737"}, // the last letter is dialled in vain
		{"(202) 555-0A1E", "US", ""},             // two letters are slips
		{"13 CABS", "AU", "+61132227"},
		{"1300 FOR TAX", "AU", "+611300367829"},
		{"+86 138 0013 8OOO", "", "+8613800138000"},
		{"+86 l38 OOI3 8ooo", "US", "+8613800138000"},
		{"+86 138 0013 8\u041e\u041eO", "", "+8613800138000"}, // Cyrillic
		{"\uff2f20 7946 O958", "GB", "+442079460958"},
		{"1-800-OIL-LOOO", "US", "+18006455666"}, // a capital L is no digit, so all are keys
		{"+1 202 555 0123 ext 12", "", ""},
		{"+1 202 555 0123 x12", "", ""},
		{"+1 202 555 0123", "", ""},
		{"call +1 202 555 0123", "", ""},
		{"+1 202 555 0123 soon", "", ""},
		{"CN:95588", "", ""},
		{"95S88", "CN", ""},
		{"FLOWERS", "US", ""},
		{"OOOOOOO", "US", ""},
		{"", "US", ""},
		{"+1 800 \x00FLOWERS", "", ""},
	} {
		got, ok := keypadIn(test.raw, test.region)
		if got.Value != test.want || ok != (test.want != "") || ok && got.Kind != models.Phone {
			t.Errorf("%q from %q: got %v %v, want %q", test.raw, test.region, got, ok, test.want)
		}
		if _, err := indicatorIn(test.raw, test.region); ok && (err == nil || models.CodeOf(err) != "phone_malformed") {
			t.Errorf("%q from %q: Indicator says %v, want phone_malformed", test.raw, test.region, err)
		}
	}
}

func TestKeypadEqualsTheLibrary(t *testing.T) {
	for _, raw := range []string{"1-800-FLOWERS", "+1 800 MY-APPLE", "(800) GOT-MILK", "+44 800 CALL NOW", "+61 1300 FOR TAX"} {
		n, err := phonenumbers.Parse(raw, "US")
		if err != nil {
			t.Fatal(err)
		}
		want, sure := formatValid(n)
		got, ok := keypadIn(raw, "US")
		if ok != sure || ok && got.Value != want {
			t.Errorf("%q: got %v %v, the library says %q %v", raw, got, ok, want, sure)
		}
	}
}

// FuzzKeypad: what is read is canonical and stays, and Indicator reads no
// value that Keypad reads.
func FuzzKeypad(f *testing.F) {
	for _, seed := range []string{
		"1-800-FLOWERS", "+86 138 0013 8OOO", "1-800-MATTRESS", "+1 202 555 0123 x12", "x", "оОΟ", "1-800-x12", "+l",
	} {
		f.Add(seed, "US")
	}
	f.Fuzz(func(t *testing.T, raw, region string) {
		got, ok := keypadIn(raw, region)
		if !ok {
			if got != (models.Indicator{}) {
				t.Fatalf("%q: %v without ok", raw, got)
			}
			return
		}
		if again, err := indicatorIn(got.Value, region); err != nil || again != got {
			t.Fatalf("%q: %v becomes %v, %v", raw, got, again, err)
		}
		if first, err := indicatorIn(raw, region); err == nil {
			t.Fatalf("%q in %q: Keypad reads %v, Indicator %v", raw, region, got, first)
		}
	})
}
