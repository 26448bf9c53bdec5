package phone

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

func TestNoEmergencyNumberOfAnyCountryIsMissed(t *testing.T) {
	countries := 0
	for country := range phonenumbers.GetSupportedRegions() {
		found := false
		for n := range 1000 {
			for _, digits := range []string{fmt.Sprintf("%02d", n), fmt.Sprintf("%03d", n)} {
				if phonenumbers.IsEmergencyNumber(digits, country) {
					if found = true; !IsHelpline(country + ":" + digits) {
						t.Errorf("%s:%s is an emergency number", country, digits)
					}
				}
			}
		}
		if found {
			countries++
		}
	}
	if countries < 230 {
		t.Errorf("the library knows emergency numbers of %d countries", countries)
	}
}

func TestHelplinesInEveryFormThatIsANumber(t *testing.T) {
	for _, tt := range []struct{ written, country string }{
		{"911", "US"},
		{"+1 911", ""},
		{"112", "US"},
		{"988", "CA"},
		{"999", "GB"},
		{"159", "GB"},
		{"101", "GB"},
		{"+44 101", ""},
		{"110", "DE"},
		{"112", "FR"},
		{"17", "FR"},
		{"3018", "FR"},
		{"33700", "FR"},
		{"110", "CN"},
		{"96110", "CN"},
		{"+86 96110", ""},
		{"000", "AU"},
		{"1930", "IN"},
		{"116117", "DE"},
		{"116 123", "GB"},
		{"7726", "US"},
		{"165", "TW"},
		{"1332", "KR"},
		{"1799", "SG"},
		{"997", "PL"},
		{"10111", "ZA"},
		{"190", "BR"},
		{"017", "ES"},
		{"9110", "JP"},
	} {
		value, err := Parse(tt.written, tt.country, false)
		if err != nil {
			continue // no number in the plan: nobody can list it
		}
		if !IsHelpline(value) {
			t.Errorf("%s in %q is %s, and no helpline", tt.written, tt.country, value)
		}
	}
	for _, other := range []string{"+12025550911", "+4915123456112", "US:24273", "CN:95588", "CN:95533", "GB:118118", "DE:22000", "", ":"} {
		if IsHelpline(other) {
			t.Errorf("%s is a helpline", other)
		}
	}
}

func TestTheTableOfHelplinesHoldsShortCodesOnly(t *testing.T) {
	if len(helplines()) < 200 {
		t.Errorf("%d lines", len(helplines()))
	}
	for line := range helplines() {
		country, digits, _ := strings.Cut(line, ":")
		if a, _ := plans().area(country); a == nil || strings.Trim(digits, "0123456789") != "" || len(digits) > 6 {
			t.Errorf("%q", line)
		}
	}
}
