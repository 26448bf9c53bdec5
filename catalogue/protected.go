package catalogue

import (
	"strings"
	"time"

	"example.org/tocsin/canon"
	"example.org/tocsin/models"
)

// shields reports whether the protected register forbids the signature: one
// that accuses, while another one says that what it recognises is genuine. For
// a range only its ends are asked; a protected number inside it stays protected,
// since risk.Judge lets no accusation stand beside imitated.
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

// tooBroad says why a signature may not accuse at the level that it was given: it
// stands in the protected register, which takes broader ones.
func checkBreadth(s models.Signature) error {
	if s.Level.Rank() == 0 {
		return nil
	}
	_, fault := canon.Signature(s.Rule, s.Kind, s.Value, "")
	return fault
}

// examples returns indicators that a signature recognises, by which the
// protected register is asked.
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
