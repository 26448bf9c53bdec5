package canon

import (
	"strconv"
	"strings"

	"example.org/tocsin/canon/link"
	"example.org/tocsin/canon/phone"
	"example.org/tocsin/canon/text"
	"example.org/tocsin/canon/words"
	"example.org/tocsin/models"
)

// minRangePrefixDigits is the fewest digits of a number that the prefixes of a
// range may have; see Recognisers. A shorter prefix would mean a whole area.
const minRangePrefixDigits = 5

// maxRangeNumbers is the most numbers of a range.
const maxRangeNumbers = 10_000_000

// Signature returns the canonical value of a signature. Region completes
// national values, as in Indicator. It refuses values that would list people
// who have nothing to do with each other (signature_too_broad): public
// suffixes, hubs, more than ten million numbers, phrases of a letter or two,
// and words that honest messages hold too. It refuses the lines that people must be
// able to call (helpline; see phone.IsHelpline). A rule that does not go with the
// kind is rule_malformed; the other errors are those of Indicator and of
// package words.
func Signature(rule models.Rule, kind models.IndicatorKind, value, region string) (string, error) {
	switch {
	case rule == models.Range && kind == models.Phone:
		return numberRange(value)
	case rule == models.Phrase && kind == models.Text:
		return words.CanonicalPhrase(value)
	case rule == models.PhraseSet && kind == models.Text:
		return words.CanonicalPhraseSet(value)
	case rule == models.Pattern && kind == models.Text:
		return words.CanonicalPattern(value)
	case rule == models.Script && kind == models.Text:
		return words.CanonicalScript(value)
	case rule == models.Exact && kind != models.Text, rule == models.Expression && kind == models.URL:
		return unsharedValue(kind, value, region)
	}
	return "", models.NewInvalid("", "rule_malformed", "This rule cannot be used with this kind of indicator.")
}

// ProtectedSignature returns the canonical value of an exact signature of the
// protected register. What would be too broad to accuse may be protected: a hub
// whose name scammers imitate. A public suffix is nobody's. The errors are
// those of Signature.
func ProtectedSignature(kind models.IndicatorKind, value, region string) (string, error) {
	switch kind {
	case models.Domain:
	case models.Phone: // a helpline too
		return canonical(kind, value, region)
	default:
		return Signature(models.Exact, kind, value, region)
	}
	host, err := canonical(kind, value, region)
	if err != nil {
		return "", err
	}
	if link.IsPublicSuffix(host) {
		return "", models.NewInvalid("", "signature_too_broad",
			"Anybody can register a name under this one: protect the domains that are registered there.")
	}
	return host, nil
}

// unsharedValue canonicalises an exact value or a link expression, and refuses
// what stands for a whole hub or public suffix.
func unsharedValue(kind models.IndicatorKind, value, region string) (string, error) {
	value, err := canonical(kind, value, region)
	if err != nil {
		return "", err
	}
	host := ""
	switch kind {
	case models.Phone:
		if phone.IsHelpline(value) {
			return "", models.NewInvalid("", "helpline", "This is an emergency, police, crisis or fraud reporting line: nobody may list it.")
		}
	case models.Domain:
		host = value
	case models.URL:
		if h, rest, _ := strings.Cut(value, "/"); rest == "" {
			host = h
		}
	case models.Email, models.Account, models.Wallet, models.Handle, models.App, models.Text:
	}
	if host != "" && !link.IsIPAddress(host) && (link.IsPublicSuffix(host) || link.IsHub(host)) {
		return "", models.NewInvalid("", "signature_too_broad",
			"Many people who have nothing to do with each other share this host: list the full link.")
	}
	return value, nil
}

// numberRange returns "first-last", two international numbers (ITU-T E.164) of
// one length.
func numberRange(value string) (string, error) {
	value = text.StripSeparators(strings.Map(text.Visible, value), "")
	first, last, ok := strings.Cut(value, "-+")
	last = "+" + last
	if !ok || len(first) != len(last) || first > last || !phone.IsE164(first) || !phone.IsE164(last) {
		return "", models.NewInvalid("", "phone_malformed",
			"A range is written +12025550100-+12025550199: two numbers of the same length, the lower one first.")
	}
	value = first + "-" + last
	if rangeSize(first, last) > maxRangeNumbers {
		return "", models.NewInvalid("", "signature_too_broad", "A range may cover at most ten million numbers.")
	}
	// A range is looked for by its prefixes: an exposure has none shorter than that.
	for _, r := range models.Recognisers(models.Range, models.Phone, value) {
		if len(strings.TrimPrefix(r, models.RangeRecogniser(models.Phone, "+", len(first)))) < minRangePrefixDigits {
			return "", models.NewInvalid("", "signature_too_broad", "A range must stay within numbers that share their first five digits.")
		}
	}
	return value, nil
}

// rangeSize returns how many numbers there are from first to last.
func rangeSize(first, last string) uint64 {
	a, _ := strconv.ParseUint(first[1:], 10, 64) // IsE164 holds: at most 15 digits
	b, _ := strconv.ParseUint(last[1:], 10, 64)
	return b - a + 1
}
