package phone

import (
	"strconv"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"example.org/tocsin/canon/text"
	"example.org/tocsin/corpus"
)

// samePhone compares a canonical phone with the replay's, which writes a short
// code behind the country code: CN:95588 is its +8695588.
func samePhone(got, want string) bool {
	if c, digits, ok := strings.Cut(got, ":"); ok {
		got = "+" + strconv.Itoa(phonenumbers.GetCountryCodeForRegion(c)) + digits
	}
	return got == want
}

// TestReplayPhones holds three figures. The replay gives national numbers of
// one country to reporters of others, and emergency numbers of any country:
// those nobody can tell, so the share of all lines has a ceiling, and the log
// says by class what is missed. Where the country can be known the recall must
// be complete.
func TestReplayPhones(t *testing.T) {
	var all, told, fast corpus.PassRate
	fast.Name = "phone lines of E.164 shape that the scan takes"
	all.Name, told.Name = "phone lines", "phone lines whose country can be known"
	missed := map[string]int{}
	for _, line := range corpus.Reports(t) {
		raw, ok := line.Phone.(string)
		if !ok || line.Truth.Class == "malformed" || line.Kind != "phone" {
			continue
		}
		i, err := indicatorIn(raw, line.Region)
		same := err == nil && samePhone(i.Value, line.Truth.Canon)
		example := raw + " " + line.Region + " " + line.Truth.Canon + " " + i.Value
		all.Count(same, example)
		if !same {
			missed[missClass(raw, line.Truth.Canon, i.Value)]++
		}
		if err == nil && raw[0] == '+' && text.AllASCII(raw) && !strings.Contains(raw, "(0)") {
			_, scanned := Scan(raw)
			fast.Count(scanned, raw)
		}
		if countryInferable(raw, line.Region, line.Truth.Canon) {
			told.Count(same, example)
		}
	}
	for class, n := range missed {
		t.Logf("missed %d: %s", n, class)
	}
	all.Check(t, 0.93)
	told.Check(t, 1)
	fast.Check(t, 0.95)
}

// missClass says why a phone line of the replay was not read as it was meant.
func missClass(raw, want, got string) string {
	d, ok := parseDialString(raw)
	n, err := phonenumbers.Parse(want, "")
	switch {
	case !ok:
		return "words in the value"
	case d.plus:
		return "a plus, but no number that the plan knows"
	case err != nil || !phonenumbers.IsValidNumber(n):
		if d.count > 6 {
			return "meant for no number that the plan knows"
		}
		if got != "" {
			return "a short code abroad that is also one of the reporter's country"
		}
		return "a short code of a country that is not the reporter's"
	case got != "":
		return "digits that are a number in the reporter's country as well"
	}
	owners := map[string]bool{}
	for region := range phonenumbers.GetSupportedRegions() {
		if value, ok := nationalOrShort(d.digits(), region); ok {
			owners[value] = true
		}
	}
	if len(owners) > 1 {
		return "national digits that several foreign countries have"
	}
	return "national digits that one foreign country has"
}

// countryInferable reports whether a reader who knows the reporter's country
// could tell the number that was meant.
func countryInferable(raw, region, want string) bool {
	n, err := phonenumbers.Parse(want, "")
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return false
	}
	digits := phonenumbers.NormalizeDigitsOnly(raw)
	code := strconv.Itoa(int(n.GetCountryCode()))
	home := false
	for _, r := range phonenumbers.GetRegionCodesForCountryCode(int(n.GetCountryCode())) {
		home = home || r == Country(region)
	}
	return home || strings.ContainsAny(raw, "+＋") || strings.HasPrefix(digits, "00"+code) || strings.HasPrefix(digits, "011"+code)
}
