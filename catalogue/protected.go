package catalogue

import (
	"strings"
	"time"

	"example.org/tocsin/canon"
	"example.org/tocsin/models"
)

// accusesProtected reports whether a signature accuses what another one, at the
// level imitated, says is genuine. Of a range only the two ends are looked up; a
// protected number inside it stays protected, since in risk.Judge imitated
// outweighs every accusation.
func (c *Catalogue) accusesProtected(s models.Signature, now time.Time) bool {
	if s.Level.Rank() == 0 {
		return false
	}
	for _, i := range sampleIndicators(s) {
		if hit, covered := c.Index.Covered(i, now); covered && hit.Signature != s.ID {
			return true
		}
	}
	return false
}

// checkBreadth returns why a signature may not accuse, or nil. A signature of the
// protected register may be broader than an accusation may be, so it is checked
// again when it is amended to accuse (TestAHubOfTheRegisterCannotBeAccused).
func checkBreadth(s models.Signature) error {
	if s.Level.Rank() == 0 {
		return nil
	}
	_, fault := canon.Signature(s.Rule, s.Kind, s.Value, "")
	return fault
}

// sampleIndicators returns indicators that a signature recognises, to look up in
// the protected register. A rule for text has none: the register holds no texts.
func sampleIndicators(s models.Signature) []models.Indicator {
	switch s.Rule {
	case models.Exact, models.Expression:
		return []models.Indicator{{Kind: s.Kind, Value: s.Value}}
	case models.Range:
		first, last, _ := strings.Cut(s.Value, "-")
		return []models.Indicator{{Kind: s.Kind, Value: first}, {Kind: s.Kind, Value: last}}
	case models.Phrase, models.PhraseSet, models.Pattern, models.Script:
	}
	return nil
}
