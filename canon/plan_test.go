package canon

import (
	"testing"

	"github.com/nyaruka/phonenumbers"
)

// TestPlansEqualTheLibrary compares the automata with the library's own answer
// over random national numbers of every calling code.
func TestPlansEqualTheLibrary(t *testing.T) {
	r := random(11)
	known, all, states := 0, 0, 0
	for code := range phonenumbers.GetSupportedCallingCodes() {
		p := plans()[code]
		if p == nil {
			t.Errorf("calling code %d has no plan", code)
			continue
		}
		for i := range p {
			states += len(p[i].next)
		}
		for range 60 {
			digits := seedNumber(code, r)
			valid, plain := p.knows(digits)
			n, err := phonenumbers.Parse("+"+itoa(code)+string(digits), "")
			if err != nil || !plain {
				continue
			}
			all++
			if want := phonenumbers.IsValidNumber(n); valid != want {
				t.Errorf("+%d %s: plan says %v, library %v", code, digits, valid, want)
			}
			if got, want := phonenumbers.GetNationalSignificantNumber(n), string(digits); got != want {
				t.Errorf("+%d %s: plan says that nothing is stripped, library reads %s", code, want, got)
			}
			if valid {
				known++
			}
		}
	}
	t.Logf("%d numbers, %d of them valid; %d states", all, known, states)
	if known*10 < all {
		t.Errorf("got %d valid numbers of %d: the test tries too few", known, all)
	}
}

// seedNumber returns an example number of the code with some digits changed.
func seedNumber(code int, r func(int) int) []byte {
	regions := phonenumbers.GetRegionCodesForCountryCode(code)
	example := phonenumbers.GetExampleNumberForType(regions[r(len(regions))], phonenumbers.PhoneNumberType(r(10)))
	if example == nil {
		example = phonenumbers.GetExampleNumberForNonGeoEntity(code)
	}
	if example == nil {
		example = phonenumbers.GetExampleNumber(regions[0])
	}
	digits := []byte(phonenumbers.GetNationalSignificantNumber(example))
	for range r(6) {
		digits[r(len(digits))] = '0' + byte(r(10))
	}
	if r(10) == 0 {
		digits = append(digits, '0'+byte(r(10)))
	}
	return digits
}

func BenchmarkPlans(b *testing.B) {
	metadata, err := phonenumbers.MetadataCollection()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for _, m := range metadata.GetMetadata() {
			newRegionPlan(m)
		}
	}
}
