package phone

import (
	"strconv"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

// TestScanPhoneEqualsTheLibrary tries example numbers of every region with
// random last digits, also behind a trunk prefix, and random digits.
func TestScanPhoneEqualsTheLibrary(t *testing.T) {
	r := random(7)
	accepted, shaped := 0, 0
	check := func(raw string) {
		got, ok := Scan(raw)
		n, err := phonenumbers.Parse(raw, "")
		want, sure := "", false
		if err == nil {
			want, sure = formatValid(n)
		}
		if sure {
			shaped++
		}
		if !ok {
			return
		}
		accepted++
		if !sure || got != want || !phonenumbers.IsValidNumber(n) {
			t.Errorf("%s: scan says %s, the library %s %v", raw, got, want, err)
		}
	}
	for region := range phonenumbers.GetSupportedRegions() {
		for kind := phonenumbers.PhoneNumberType(0); kind < 11; kind++ {
			example := phonenumbers.GetExampleNumberForType(region, kind)
			if example == nil {
				continue
			}
			check(phonenumbers.Format(example, phonenumbers.INTERNATIONAL))
			plain := phonenumbers.Format(example, phonenumbers.E164)
			code := "+" + strconv.Itoa(int(example.GetCountryCode()))
			trunk := phonenumbers.GetNddPrefixForRegion(region, true)
			for range 4 {
				b := []byte(plain)
				for k := max(4, len(b)-5); k < len(b); k++ {
					b[k] = '0' + byte(r(10))
				}
				check(string(b))
				check(code + trunk + strings.TrimPrefix(string(b), code))
			}
		}
	}
	t.Logf("the scan took %d of %d valid numbers", accepted, shaped)
	for range 5000 {
		b := []byte{'+', '1' + byte(r(9))}
		for range 7 + r(7) {
			b = append(b, '0'+byte(r(10)))
		}
		check(string(b))
	}
}
