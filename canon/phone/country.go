package phone

import (
	"strings"

	"example.org/tocsin/canon/text"
)

// Country returns the country of a region in capitals, or "" where there is
// none. Unlike canon.Region it checks the shape alone: the plans and the lists of
// countries know what is assigned.
func Country(region string) string {
	if len(region) < 2 || len(region) > 2 && region[2] != '-' {
		return ""
	}
	if a, b := region[0]-'A', region[1]-'A'; a < 26 && b < 26 { // as every check by an app has it
		return region[:2]
	}
	if c := strings.ToUpper(region[:2]); text.IsUpperAlpha(c) {
		return c
	}
	return ""
}
