package match

import (
	"strings"
	"testing"

	"example.org/tocsin/models"
)

func TestPhonesArePackedOneToOne(t *testing.T) {
	for _, number := range []string{"+1", "+12", "+1234567", "+12345678", "+123456789", "+999999999999999", "+100000000000000"} {
		packed := packPhone(number)
		if got := string(appendPhone(nil, packed)); got != number {
			t.Errorf("%s comes back as %s", number, got)
		}
	}
	for _, other := range []string{
		"", "+", "1", "CN:95588", "+1234567890123456", "+1234567x", "+x2345678", "+1234567890:", "+12345678/", "+12a", "-12345678901",
	} {
		if got := packPhone(other); got != 0 {
			t.Errorf("%q is packed: %x", other, got)
		}
	}
}

func FuzzPhonesArePackedOneToOne(f *testing.F) {
	for _, s := range []string{"+12025550123", "+1", "CN:95588", "+999999999999999", "+1202555012a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		plain := len(s) >= 2 && len(s) <= 16 && s[0] == '+' && strings.Trim(s[1:], "0123456789") == ""
		packed := packPhone(s)
		if plain != (packed != 0) || plain && string(appendPhone(nil, packed)) != s {
			t.Errorf("%q: packed %x, back %q", s, packed, appendPhone(nil, packed))
		}
	})
}

func TestDerivedIDIsThatOfModels(t *testing.T) {
	for _, value := range []string{"", "+12025550123", "evil.example/in/", strings.Repeat("long", 100)} {
		for _, rule := range models.Rules() {
			for _, kind := range append(models.IndicatorKinds(), models.Text) {
				head, tail := value[:len(value)/2], value[len(value)/2:]
				if got, want := derivedID(rule, kind, head, tail), models.SignatureID(rule, kind, value); got != want {
					t.Errorf("%s %s %q: %s, want %s", rule, kind, value, got, want)
				}
				if !isDerivedID(models.SignatureID(rule, kind, value)) || isDerivedID(models.Recogniser(rule, kind, value)) {
					t.Errorf("%s %s %q: its id is not told from another", rule, kind, value)
				}
			}
		}
	}
}
