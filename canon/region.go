package canon

import (
	"strings"

	"golang.org/x/text/language"

	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

// Region returns the canonical form of an ISO 3166-1 alpha-2 country with an
// optional ISO 3166-2 subdivision: "CN", "CN-44". Empty stays empty. The
// country must be one that is assigned (or Kosovo's XK); subdivisions are
// checked for shape only, since they change every few months. The error has the
// code region_malformed.
func Region(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	bad := models.NewInvalid("", "region_malformed", "A region is a country such as CN, or a subdivision such as CN-44.")
	if len(s) > 6 {
		return "", bad
	}
	s = strings.ToUpper(s)
	c, sub, divided := strings.Cut(s, "-")
	if len(c) != 2 || !text.IsUpperAlpha(c) || divided && (sub == "" || len(sub) > 3 || !text.IsAlphanumeric(sub)) {
		return "", bad
	}
	if r, err := language.ParseRegion(c); err != nil || r.String() != c || !r.IsCountry() {
		return "", bad
	}
	return s, nil
}
