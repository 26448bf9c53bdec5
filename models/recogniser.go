package models

import "strings"

// Recognisers returns the strings under which exposures to a signature are
// found: an exposure is kept under the keyed hash of every recogniser that
// could ever touch it (see canon.Recognisers), and a signature looks for its own. One
// string for an exact value or expression; for a range of numbers the prefixes
// that together cover it, at most 18 a digit; none for words, which no exposure holds.
func Recognisers(rule Rule, kind IndicatorKind, value string) []string {
	switch rule {
	case Exact, Expression:
		return []string{Recogniser(rule, kind, value)}
	case Range:
		first, last, ok := strings.Cut(value, "-")
		if !ok || len(first) != len(last) || first > last {
			return nil
		}
		var out []string
		for _, p := range prefixes(first, last) {
			out = append(out, Recogniser(Range, kind, p))
		}
		return out
	case Phrase, PhraseSet, Pattern, Script:
	}
	return nil
}

// Recogniser returns the string for one rule, kind and value.
func Recogniser(rule Rule, kind IndicatorKind, value string) string {
	return string(rule) + " " + string(kind) + " " + value
}

// prefixes returns the fewest prefixes that cover exactly first to last, two
// strings of one length that differ in digits only.
func prefixes(first, last string) []string {
	n := 0
	for n < len(first) && first[n] == last[n] {
		n++
	}
	if n == len(first) || strings.Trim(first[n:], "0") == "" && strings.Trim(last[n:], "9") == "" {
		return []string{first[:n]}
	}
	head, nines, zeros := first[:n], strings.Repeat("9", len(first)-n-1), strings.Repeat("0", len(first)-n-1)
	out := prefixes(first, head+first[n:n+1]+nines)
	for d := first[n] + 1; d < last[n]; d++ {
		out = append(out, head+string(d))
	}
	return append(out, prefixes(head+last[n:n+1]+zeros, last)...)
}
