package phone

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// A number without a plus is read as the reporter's country reads it. What
// follows is for the others: calls from abroad are often shown without the
// plus. No rule here is only that some country has such a number, since
// most digits are a number somewhere: each needs a sign in the way that the
// number is written.

// asNANP reads a number that is written as only North America (the North
// American Numbering Plan) writes it, 202-555-0123 or 1-202-555-0123, in a
// country that knows the digits but would never write them so: as a fixed line
// whose trunk prefix is missing, or a mobile number split behind its first
// digit.
func (d *dialString) asNANP(country string) (string, bool) {
	digits := d.digits()
	long := digits[0] == '1' && (d.hasShape(1, 3, 3, 4) || d.hasShape(1, 3, 7))
	if d.plus || !long && !d.hasShape(3, 3, 4) {
		return "", false
	}
	a, _ := plans().area(country)
	if a == nil || a.plan.code == "1" || !long && !a.lacksTrunk(digits) {
		return "", false
	}
	value, ok := national(digits, "US")
	home, known := national(digits, country)
	if !ok || !known {
		return "", false
	}
	n, err := phonenumbers.Parse(home, "")
	if err != nil {
		return "", false
	}
	kind := phonenumbers.GetNumberType(n)
	return value, long && kind == phonenumbers.MOBILE || !long && kind == phonenumbers.FIXED_LINE
}

// asForeign reads a number that the reporter's country does not know. In this
// order: one with the calling code set apart, "65 6123 4567"; an international
// number, if it is long enough not to be a national one; a number of the North
// American plan; a mobile number of China. Those two plans write no trunk
// prefix, so their national numbers are told by shape.
func (d *dialString) asForeign() (string, bool) {
	digits := d.digits()
	if d.plus || digits[0] == '0' {
		return "", false
	}
	whole := d.hasShape(len(digits))
	if d.hasSeparateCode(digits) || len(digits) >= 12 || len(digits) == 11 && digits[0] == '1' && whole {
		if value, ok := International(digits); ok {
			return value, true
		}
	}
	switch {
	case whole && len(digits) == 10, d.hasShape(3, 3, 4), d.hasShape(3, 7):
		return national(digits, "US")
	case digits[0] == '1' && (whole && len(digits) == 11 || d.hasShape(3, 4, 4) || d.hasShape(3, 8)):
		return national(digits, "CN")
	}
	return "", false
}

// hasSeparateCode reports whether the first group of digits is a calling code.
func (d *dialString) hasSeparateCode(digits string) bool {
	p := plans().plan(digits)
	return p != nil && d.groupCount > 1 && int(d.groupSizes[0]) == len(p.code) && !d.hasShape(3, 3, 4)
}

// hasShape reports whether the digits are written in groups of these sizes.
func (d *dialString) hasShape(sizes ...int) bool {
	if d.groupCount != len(sizes) {
		return false
	}
	for i, n := range sizes {
		if int(d.groupSizes[i]) != n {
			return false
		}
	}
	return true
}

// lacksTrunk reports whether the digits are a number that the area writes with
// a trunk prefix, without it.
func (a *area) lacksTrunk(digits string) bool {
	_, stripped, decided := a.stripPrefix(digits)
	return decided && !stripped && !strings.HasPrefix(digits, a.plan.code) && a.plan.areas[0].formats.match(digits)&markTrunkUsual != 0
}
