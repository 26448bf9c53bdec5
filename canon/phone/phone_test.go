package phone

import (
	"strconv"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"example.org/tocsin/models"
)

// libraryInternational is what international must say: the library's answer.
func libraryInternational(digits string) (string, bool) {
	n, err := phonenumbers.Parse("+"+digits, "")
	if len(digits) == 0 || err != nil || len(digits) < minE164Digits || len(digits) > maxNationalDigits || digits[0] == '0' {
		return "", false
	}
	return formatValid(n)
}

// libraryNational is what national must say.
func libraryNational(digits, country string) (string, bool) {
	n, err := phonenumbers.ParseAndKeepRawInput(digits, country)
	if err != nil || len(digits) < 4 || len(digits) > maxNationalDigits || !phonenumbers.IsNationalPrefixPresentIfRequired(n) {
		return "", false
	}
	return formatValid(n)
}

// eachDialString calls with numbers of every region and type as they are
// dialled there: examples with other last digits, as they stand, behind the
// trunk prefix, carrier codes, the country code and what is dialled before it;
// and digits that mean nothing.
func eachDialString(iterations int, seed uint64, call func(region, digits string)) {
	r := random(seed)
	for region := range phonenumbers.GetSupportedRegions() {
		trunk := phonenumbers.GetNddPrefixForRegion(region, true)
		code := strconv.Itoa(phonenumbers.GetCountryCodeForRegion(region))
		fronts := []string{
			"", trunk, trunk + trunk, code, code + trunk, "00" + code, "011" + code, "0", "1", "8", "15", "0" + strconv.Itoa(r(90)+10), "00",
		}
		for kind := phonenumbers.PhoneNumberType(0); kind < 11; kind++ {
			example := phonenumbers.GetExampleNumberForType(region, kind)
			if example == nil {
				continue
			}
			plain := phonenumbers.GetNationalSignificantNumber(example)
			for i := range iterations {
				b := []byte(plain)
				for range r(6) {
					b[r(len(b))] = '0' + byte(r(10))
				}
				switch r(12) {
				case 0:
					b = append(b, '0'+byte(r(10)))
				case 1:
					b = b[:len(b)-1]
				case 2:
					b = b[min(len(b), r(5)):]
				}
				call(region, fronts[(i+r(2))%len(fronts)]+string(b))
			}
		}
		for range 4 * iterations {
			call(region, randomDigits(r))
		}
	}
}

func randomDigits(r func(int) int) string {
	b := make([]byte, 1+r(18))
	for i := range b {
		b[i] = '0' + byte(r(10))
	}
	return string(b)
}

func iterations() int {
	if testing.Short() {
		return 6
	}
	return 25
}

func TestNationalEqualsTheLibrary(t *testing.T) {
	decided, known, all := 0, 0, 0
	open := map[string]int{}
	eachDialString(iterations(), 1717, func(region, digits string) {
		all++
		got, ok, sure := nationalByPlan(digits, region)
		want, wanted := libraryNational(digits, region)
		if wanted {
			known++
		}
		if !sure {
			open[region]++
			return
		}
		decided++
		if ok != wanted || ok && got != want {
			t.Errorf("%s %s: got %q %v, the library says %q %v", region, digits, got, ok, want, wanted)
		}
	})
	t.Logf("%d of %d decided, %d are numbers; left to the library, by region: %v", decided, all, known, open)
	if decided*100 < all*95 || known*10 < all {
		t.Errorf("%d of %d decided, %d numbers: the test tries too few", decided, all, known)
	}
}

func TestInternationalEqualsTheLibrary(t *testing.T) {
	decided, known, all := 0, 0, 0
	check := func(digits string) {
		all++
		got, ok, sure := "", false, true
		if len(digits) > 0 {
			got, ok, sure = plans().international(digits)
		}
		want, wanted := libraryInternational(digits)
		if wanted {
			known++
		}
		if !sure {
			return
		}
		decided++
		if ok != wanted || ok && got != want {
			t.Errorf("+%s: got %q %v, the library says %q %v", digits, got, ok, want, wanted)
		}
	}
	eachDialString(iterations()/2, 1919, func(region, digits string) {
		check(strconv.Itoa(phonenumbers.GetCountryCodeForRegion(region)) + digits)
		check(strings.TrimLeft(digits, "0"))
	})
	for code := range phonenumbers.GetSupportedCallingCodes() {
		if example := phonenumbers.GetExampleNumberForNonGeoEntity(code); example != nil {
			check(phonenumbers.Format(example, phonenumbers.E164)[1:])
		}
	}
	t.Logf("%d of %d decided, %d are numbers", decided, all, known)
}

// TestPhoneAsItIsWritten has the library beside it: where that knows a number,
// ours is the same.
func TestPhoneAsItIsWritten(t *testing.T) {
	for _, test := range []struct{ raw, region, want string }{
		// A trunk zero in brackets is dropped, not in Italy and San Marino.
		{"+44 (0)20 7946 0958", "", "+442079460958"},
		{"0044 (0)20 7946 0958", "FR", "+442079460958"},
		{"+49 (0)30 12345678", "", "+493012345678"},
		{"+39 (0)6 6982 1234", "", "+390669821234"},
		{"+39 06 6982 1234", "", "+390669821234"},
		{"+378 (0)549 886 377", "", "+3780549886377"},
		{"+225 (0)1 23 45 67 89", "", "+2250123456789"},
		{"+44 020 7946 0958", "", "+442079460958"},
		{"+7 8 495 123 45 67", "", "+74951234567"},
		// Digits and signs of any script, and what shows nothing.
		{"+٤٤ ٢٠ ٧٩٤٦ ٠٩٥٨", "", "+442079460958"},
		{"+४४ २० ७९४६ ०९५८", "", "+442079460958"},
		{"\u202a+44 20 7946 0958\u202c", "", "+442079460958"},
		{"+44\u200b20\u200d79460958", "", "+442079460958"},
		{"＋４４　２０　７９４６　０９５８", "", "+442079460958"},
		{"+44–20—7946‑0958", "", "+442079460958"},
		{"+44\u00a020\u202f7946 0958", "", "+442079460958"},
		// Extensions.
		{"020 7946 0958 ext. 12", "GB", "+442079460958"},
		{"+44 20 7946 0958;ext=5", "", "+442079460958"},
		{"+442079460958x12", "", "+442079460958"},
		{"+44 20 7946 0958 #34", "", "+442079460958"},
		{"+7 495 123-45-67 доб. 89", "", "+74951234567"},
		{"010-12345678转8001", "CN", "+861012345678"},
		{"tel:+44-20-7946-0958;ext=5", "", "+442079460958"},
		// Short codes are of a country.
		{"95588", "CN", "CN:95588"},
		{"96110", "CN", "CN:96110"},
		{"12381", "CN-44", "CN:12381"},
		{"CN:12381", "US", "CN:12381"},
		{"+86 96110", "", "CN:96110"},
		{"110", "CN", "CN:110"},
		{"911", "US", "US:911"},
		{"999", "GB", "GB:999"},
		{"12381", "", ""},
		// Premium rate, shared cost and toll-free numbers.
		{"0900 123 4567", "DE", "+499001234567"},
		{"0899 12 34 56", "FR", "+33899123456"},
		{"1-900-555-1234", "US", "+19005551234"},
		{"0800 123 4567", "GB", "+448001234567"},
		{"400-821-1215", "CN", "+864008211215"},
		{"800-810-1117", "CN", "+868008101117"},
		{"+800 1234 5678", "", "+80012345678"},
		{"+979 123 456 789", "", "+979123456789"},
		// Argentina's mobile numbers are dialled with 15 at home and 9 from abroad.
		{"011 15 2345-6789", "AR", "+5491123456789"},
		{"0291 15 412-3456", "AR", "+5492914123456"},
		{"+54 9 11 2345 6789", "", "+5491123456789"},
		{"+54 11 15 2345 6789", "", "+5491123456789"},
		{"011 2345-6789", "AR", "+541123456789"},
		// Mexico's had 1 from abroad, and 01, 044 and 045 at home, until 2019.
		{"+52 55 1234 5678", "", "+525512345678"},
		{"+52 1 55 1234 5678", "", "+525512345678"},
		{"0052 1 55 1234 5678", "US", "+525512345678"},
		{"044 55 1234 5678", "MX", "+525512345678"},
		{"01 55 1234 5678", "MX", "+525512345678"},
		{"044 55 1234 567", "MX", ""},
		// Carrier codes.
		{"0 15 21 2345-6789", "BR", "+552123456789"},
		{"0 31 11 96123-4567", "BR", "+5511961234567"},
		{"011 96123-4567", "BR", "+5511961234567"},
		{"90 11 96123-4567", "BR", "+5511961234567"},
		{"+55 0 15 11 96123 4567", "", "+5511961234567"},
		{"17911 010 12345678", "CN", "+861012345678"},
		{"1831 02 5550 1234", "AU", "+61255501234"},
		// What is dialled before a country code.
		{"8 (495) 123-45-67", "RU", "+74951234567"},
		{"0011 44 20 7946 0958", "AU", "+442079460958"},
		{"010 44 20 7946 0958", "JP", "+442079460958"},
		{"001 800 555 0199", "HK", "+18005550199"},
	} {
		got, err := indicatorIn(test.raw, test.region)
		if got.Value != test.want {
			t.Errorf("%q from %q: got %q, want %q (%v)", test.raw, test.region, got.Value, test.want, err)
		}
		n, unread := phonenumbers.Parse(test.raw, Country(test.region))
		if unread != nil || strings.Contains(test.want, ":") {
			continue
		}
		if library, ok := formatValid(n); ok && got.Value != library && !strings.HasPrefix(test.raw, "001") {
			t.Errorf("%q from %q: got %q, the library says %q", test.raw, test.region, got.Value, library)
		}
	}
}

func TestPhonesFromAbroad(t *testing.T) {
	for _, test := range []struct{ raw, region, want string }{
		{"65 6123 4567", "DE", "+6561234567"}, // the calling code stands apart
		{"(40)770-225522", "FR", "+40770225522"},
		{"6561234567", "DE", ""}, // where it does not, nobody knows
		{"442079460958", "US", "+442079460958"},
		{"202-555-0123", "DE", "+12025550123"},
		{"2025550123", "DE", "+12025550123"},
		{"20 25 55 01 23", "DE", ""}, // nobody in North America writes so
		{"138 0013 8000", "US", "+8613800138000"},
		{"13 80 01 38 000", "DE", ""},
		// China and India know these digits, without the zero that is dialled there, and would not write them so.
		{"931-828-9655", "CN", "+19318289655"},
		{"9318289655", "CN", "+869318289655"},
		{"931-8289655", "CN", "+869318289655"},
		{"400-821-1215", "CN", "+864008211215"},
		{"987-654-3210", "IN", "+919876543210"}, // a mobile number, with no zero to miss
		{"1-800-356-9377", "CN", "+18003569377"},
		{"180 0356 9377", "CN", "+8618003569377"},
		{"18003569377", "CN", "+8618003569377"},
		{"1-800-425-3800", "IN", "+9118004253800"}, // India has toll-free numbers of this form
		{"555-123-4567", "MX", "+525551234567"},    // and Mexico writes its numbers so
		{"300-123-4567", "CO", "+573001234567"},
		{"1800 777 5555", "TR", ""}, // of Singapore, Ireland, India or America
	} {
		got, err := indicatorIn(test.raw, test.region)
		if got.Value != test.want {
			t.Errorf("%q from %q: got %q, want %q (%v)", test.raw, test.region, got.Value, test.want, err)
		}
		if value, _ := Parse(test.raw, test.region, false); value != "" && value != libraryHome(test.raw, test.region) {
			t.Errorf("%q from %q in a text: got %q, the library says %q", test.raw, test.region, value, libraryHome(test.raw, test.region))
		}
	}
}

func libraryHome(raw, region string) string {
	value, _ := libraryNational(phonenumbers.NormalizeDigitsOnly(raw), region)
	return value
}

// FuzzPhone: a value is a fixed point, wherever it is read; and what the plans
// decide about digits, the library decides as well.
func FuzzPhone(f *testing.F) {
	for _, seed := range []string{
		"+442079460958", "+44 (0)20 7946 0958", "020 7946 0958", "0011 44 20 7946 0958", "+52 1 55 1234 5678", "CN:95588",
		"+1 202 555 0123 x12", "tel:00442079460958",
		"+١٢٠٢٥٥٥٠١٢٣", "(0)(0)+1(0)", "011 15 2345-6789", "1-800-356-9377", "65 6123 4567", "+3780549886377", "+8613800138000",
	} {
		for _, region := range []string{"GB", "CN", "AR", "GG", ""} {
			f.Add(seed, region)
		}
	}
	f.Fuzz(func(t *testing.T, raw, region string) {
		if got, err := indicatorIn(raw, region); err == nil {
			for _, other := range []string{region, "", "US", "IT"} {
				if again, err := indicatorIn(got.Value, other); err != nil || again != got {
					t.Fatalf("%q in %q: %q becomes %q in %q (%v)", raw, region, got.Value, again.Value, other, err)
				}
			}
		}
		if scanned, ok := Scan(raw); ok {
			if slow, err := Parse(raw, Country(region), true); err != nil || slow != scanned {
				t.Fatalf("%q: the scan says %q, phone %q (%v)", raw, scanned, slow, err)
			}
		}
		d, ok := parseDialString(raw)
		if !ok {
			return
		}
		if got, ok, decided := plans().international(d.digits()); decided {
			if want, wanted := libraryInternational(d.digits()); ok != wanted || got != want && ok {
				t.Fatalf("+%s: got %q %v, the library says %q %v", d.digits(), got, ok, want, wanted)
			}
		}
		if got, ok, decided := nationalByPlan(d.digits(), Country(region)); decided {
			if want, wanted := libraryNational(d.digits(), Country(region)); ok != wanted || got != want && ok {
				t.Fatalf("%s in %s: got %q %v, the library says %q %v", d.digits(), region, got, ok, want, wanted)
			}
		}
	})
}

// random returns a small generator, the same on each run.
func random(seed uint64) func(n int) int {
	return func(n int) int {
		seed ^= seed << 13
		seed ^= seed >> 7
		seed ^= seed << 17
		return int(seed>>1) % n
	}
}

// indicatorIn is a number as somebody in the region wrote it, read as canon
// does.
func indicatorIn(raw, region string) (models.Indicator, error) {
	if value, ok := Scan(raw); ok {
		return models.Indicator{Kind: models.Phone, Value: value}, nil
	}
	value, err := Canonical(raw, region)
	if err != nil {
		return models.Indicator{}, err
	}
	return models.Indicator{Kind: models.Phone, Value: value}, nil
}

// keypadIn is the second reading of a number with letters.
func keypadIn(raw, region string) (models.Indicator, bool) {
	value, ok := Keypad(raw, region)
	if !ok {
		return models.Indicator{}, false
	}
	return models.Indicator{Kind: models.Phone, Value: value}, true
}
