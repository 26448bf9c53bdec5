package models

import "strings"

// Recognisers returns the strings under which exposures to a signature are found: an exposure is stored under the keyed
// hash of every recogniser that could touch it (see canon.Recognisers), and a signature looks for its own.
//
//	exact, expression ... one, the value itself
//	range ............... the prefixes that together cover exactly the numbers of the range, each with their length
//	words ............... none: no exposure holds a text
//
// The prefixes are at most 18 for each digit in which the ends of the range differ: up to nine on the side of each end.
// TestPrefixesCoverExactlyTheRange holds both. A value that is no range has none; package canon lets none in.
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
			out = append(out, RangeRecogniser(kind, p, len(first)))
		}
		return out
	case Phrase, PhraseSet, Pattern, Script:
	}
	return nil
}

// Recogniser returns the string for one rule, kind and value. Its keyed hashes are stored with exposures, so its form can
// never change. A range has RangeRecogniser.
func Recogniser(rule Rule, kind IndicatorKind, value string) string {
	return string(rule) + " " + string(kind) + " " + value
}

// RangeRecogniser returns the string for the numbers of a kind that have a prefix and a length in bytes. Without the
// length a range would take in longer numbers that begin alike, which are those of strangers
// (TestARangeHoldsNumbersOfItsOwnLengthAlone).
func RangeRecogniser(kind IndicatorKind, prefix string, length int) string {
	return Recogniser(Range, kind, itoa(int64(length))+" "+prefix)
}

// prefixes returns the fewest prefixes that cover exactly first to last, two strings of the same length that differ in
// digits only, in ascending order. It is the decimal form of cutting a range of addresses into CIDR blocks (RFC 4632): the
// common head is one prefix where the range is all of it, else the part under the first next digit, the whole tens
// between, and the part under the last.
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
