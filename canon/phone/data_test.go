package phone

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
	"pgregory.net/rapid"

	"example.org/tocsin/canon/text"
	"example.org/tocsin/corpus"
)

// e164Shaped reports whether a raw value is an international number in ASCII.
func e164Shaped(raw string) bool {
	return text.AllASCII(raw) && (strings.HasPrefix(raw, "+") || strings.HasPrefix(raw, "00") || strings.HasPrefix(raw, "tel:+"))
}

// TestListedPhones reads the raw values of the public lists.
func TestListedPhones(t *testing.T) {
	for _, name := range []string{"phones_scam.csv.gz", "phones_benign.csv"} {
		known := corpus.PassRate{Name: name + ": valid numbers read as the list reads them"}
		shaped := corpus.PassRate{Name: name + ": numbers of international shape that the scan takes"}
		all := corpus.PassRate{Name: name + ": numbers that the scan takes"}
		planned := corpus.PassRate{Name: name + ": the rest that is read without the library"}
		for n, row := range corpus.Records(t, name) {
			if testing.Short() && n > 20_000 {
				break
			}
			raw, region := row["raw"], row["default_region"]
			got, err := indicatorIn(raw, region)
			if row["validity"] == "valid" {
				known.Count(err == nil && got.Value == row["e164"], raw+" "+region+" => "+got.Value+" want "+row["e164"])
			}
			if err != nil {
				continue
			}
			_, scanned := Scan(raw)
			if all.Count(scanned, raw); scanned {
				shaped.Count(true, raw)
				continue
			}
			if e164Shaped(raw) {
				shaped.Count(false, raw)
			}
			d, _ := parseDialString(raw)
			_, _, national := nationalByPlan(d.digits(), region)
			_, _, international := plans().international(d.digits())
			planned.Count(national && international, raw)
		}
		known.Check(t, 0.9)
		if shaped.All > 0 {
			shaped.Check(t, 0.9)
		}
		all.Check(t, 0)
		planned.Check(t, 0.99)
	}
}

// TestPhoneExampleExceptions: an example of the library that is not read, the
// library does not take for a number either, or it has fewer digits than an
// international number.
func TestPhoneExampleExceptions(t *testing.T) {
	read, all := 0, 0
	exceptions := map[string]int{}
	for _, row := range corpus.Records(t, "vectors", "phone", "phone_examples.csv") {
		if row["type"] == "noInternationalDialling" {
			continue
		}
		want := "+" + row["country_code"] + row["national_example"]
		if n, err := phonenumbers.Parse(row["national_example"], row["region"]); err == nil {
			want = phonenumbers.Format(n, phonenumbers.E164)
		}
		all++
		if got, err := indicatorIn(want, ""); err == nil && got.Value == want {
			read++
		} else if len(want) <= minE164Digits {
			exceptions[want+": an international number has seven digits or more"]++
		} else {
			t.Errorf("%s: got %q, %v", want, got.Value, err)
		}
	}
	t.Logf("%d of %d example numbers; the others: %v", read, all, exceptions)
	read, all = 0, 0
	exceptions = map[string]int{}
	examples := map[string][]string{}
	for _, row := range corpus.Records(t, "vectors", "phone", "short_numbers.csv") {
		all++
		digits, region := row["national_example"], row["region"]
		if got, err := indicatorIn(digits, region); err == nil && got.Value == region+":"+digits {
			read++
			continue
		}
		if libraryShort(digits, region) {
			t.Errorf("%s:%s is not read, and the library knows it", region, digits)
		}
		exceptions[row["type"]]++
		examples[row["type"]] = append(examples[row["type"]], region+":"+digits)
	}
	t.Logf("%d of %d short codes", read, all)
	t.Logf("by type, those that stand for a pattern (40400 for 404xx) and that the library itself knows for no short code: %v %v",
		exceptions, examples)
}

// libraryShort is what the library says of the digits as they are dialled: its parser
// would read a short code of Jersey as a local number.
func libraryShort(digits, region string) bool {
	code := int32(phonenumbers.GetCountryCodeForRegion(region))
	national, err := strconv.ParseUint(digits, 10, 64)
	n := &phonenumbers.PhoneNumber{CountryCode: &code, NationalNumber: &national}
	return err == nil && phonenumbers.IsValidShortNumberForRegion(n, region)
}

// TestShortCodesEqualTheLibrary tries random codes in every region.
func TestShortCodesEqualTheLibrary(t *testing.T) {
	r := random(23)
	codes := 0
	for region := range phonenumbers.GetSupportedRegions() {
		for range 20 * iterations() {
			digits := randomDigits(r)
			digits = digits[:min(len(digits), 2+r(7))]
			if region == "CN" || strings.HasPrefix(digits, "0") { // ours has more of China, and the library strips zeros
				continue
			}
			_, got := shortCode(digits, region)
			want := libraryShort(digits, region)
			if got != want && len(digits) > 1 {
				t.Errorf("%s:%s: got %v, the library says %v", region, digits, got, want)
			}
			if got {
				codes++
			}
		}
	}
	t.Logf("%d short codes", codes)
	if codes < 30*iterations() {
		t.Errorf("%d short codes: the test tries too few", codes)
	}
}

// TestReservedPatterns counts how many numbers of the published fictional and
// reserved ranges are taken.
func TestReservedPatterns(t *testing.T) {
	raw := corpus.Bytes(t, "vectors", "phone", "misp_reserved_phone_patterns.json")
	var file struct{ List []string }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	form := regexp.MustCompile(`^/\(\(\?:\\\+\|00\)([0-9]+)(?:\)\?|\?\|0\?\))(.*)/g$`)
	whole, none, taken, all := 0, 0, 0, 0
	for _, pattern := range file.List {
		parts := form.FindStringSubmatch(pattern)
		if parts == nil {
			t.Errorf("%s: of another form", pattern)
			continue
		}
		code, body := parts[1], parts[2]
		n := 0
		const tries = 40
		for i := range tries {
			digits := rapid.StringMatching(body).Example(i)
			if _, err := indicatorIn("+"+code+digits, ""); err == nil {
				n++
			}
		}
		t.Logf("+%s %s: %d of %d", code, body, n, tries)
		taken, all = taken+n, all+tries
		switch n {
		case tries:
			whole++
		case 0:
			none++
		}
	}
	t.Logf("%d of %d patterns are taken whole, %d not at all; %d of %d numbers", whole, len(file.List), none, taken, all)
	if whole < 30 {
		t.Errorf("%d patterns are taken whole, want 30", whole)
	}
}

func TestPhoneExamples(t *testing.T) {
	long, short := corpus.PassRate{Name: "example numbers"}, corpus.PassRate{Name: "example short numbers"}
	for _, row := range corpus.Records(t, "vectors", "phone", "phone_examples.csv") {
		if row["region"] == "001" || row["type"] == "noInternationalDialling" {
			continue
		}
		n, err := phonenumbers.Parse(row["national_example"], row["region"])
		if err != nil {
			continue
		}
		want := phonenumbers.Format(n, phonenumbers.E164)
		for _, raw := range []string{
			want, phonenumbers.Format(n, phonenumbers.INTERNATIONAL), "00" + want[1:], phonenumbers.Format(n, phonenumbers.RFC3966),
		} {
			got, err := indicatorIn(raw, row["region"])
			long.Count(err == nil && got.Value == want, row["region"]+" "+raw+" => "+got.Value)
		}
	}
	for _, row := range corpus.Records(t, "vectors", "phone", "short_numbers.csv") {
		digits, region := row["national_example"], row["region"]
		got, err := indicatorIn(digits, region)
		short.Count(err == nil && got.Value == region+":"+digits, region+" "+digits+" => "+got.Value)
	}
	long.Check(t, 0.999)
	short.Check(t, 0.92)
}

func TestReservedRangesAreAccepted(t *testing.T) {
	// The examples are numbers of the ranges that regulators keep for fiction.
	for _, raw := range []string{
		"+12025550123", "+442079460123", "+447700900123", "+441632960123", "+61491570156", "+33199001234", "+33639981234",
	} {
		got, err := indicatorIn(raw, "")
		if err != nil || got.Value != raw {
			t.Errorf("%s: got %q, %v", raw, got.Value, err)
		}
	}
}
