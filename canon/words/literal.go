package words

import (
	"regexp/syntax"
	"slices"

	"example.org/tocsin/canon/text"
)

// maxLiterals is the most strings in a set that literalsOf returns. More would
// cost the index more than they save.
const maxLiterals = 8

// literals is what is known of everything that an expression matches in
// normalised text. The method is that of literal prefilters, as in Russ Cox,
// "Regular Expression Matching with a Trigram Index".
type literals struct {
	exact    []string // it is one of these; nil: unknown
	required []string // it contains one of these, the best that are known; nil: unknown
}

// literalsOf returns what is known of the matches of a simplified expression.
// What is unknown only makes the pattern refused, so any operation may be left
// out.
func literalsOf(re *syntax.Regexp) literals {
	switch re.Op {
	case syntax.OpLiteral:
		return exactLiterals(literalStrings(re))
	case syntax.OpCharClass:
		return exactLiterals(classMembers(re.Rune))
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return exactLiterals([]string{""})
	case syntax.OpCapture:
		return literalsOf(re.Sub[0])
	case syntax.OpPlus:
		return literals{required: literalsOf(re.Sub[0]).required}
	case syntax.OpQuest:
		return alternate(literalsOf(re.Sub[0]), exactLiterals([]string{""}))
	case syntax.OpConcat:
		return concatenate(re.Sub)
	case syntax.OpAlternate:
		all := literalsOf(re.Sub[0])
		for _, sub := range re.Sub[1:] {
			all = alternate(all, literalsOf(sub))
		}
		return all
	case syntax.OpNoMatch, syntax.OpAnyChar, syntax.OpAnyCharNotNL, syntax.OpStar, syntax.OpRepeat:
	}
	return literals{}
}

// exactLiterals returns what is known of an expression that matches these
// strings alone.
func exactLiterals(set []string) literals { return literals{exact: set, required: set} }

// literalStrings returns what a literal matches. Without regard to case that
// is, in normalised text, the normalised runes alone. It is nil if one of them
// becomes several.
func literalStrings(re *syntax.Regexp) []string {
	if re.Flags&syntax.FoldCase == 0 {
		return []string{string(re.Rune)}
	}
	var s []rune
	for _, r := range re.Rune {
		folded := []rune(text.Normalise(string(r)))
		if r == ' ' {
			folded = []rune{r}
		}
		if len(folded) != 1 {
			return nil
		}
		s = append(s, folded[0])
	}
	return []string{string(s)}
}

// classMembers returns those runes of a class, which is pairs of first and
// last, that can stand in normalised text, or nil if there are many.
func classMembers(class []rune) (set []string) {
	for i := 0; i < len(class); i += 2 {
		if class[i+1]-class[i] >= 4*maxLiterals {
			return nil
		}
		for r := class[i]; r <= class[i+1]; r++ {
			if s := string(r); r == ' ' || text.Normalise(s) == s {
				set = append(set, s)
			}
		}
		if len(set) > maxLiterals {
			return nil
		}
	}
	return set
}

// alternate returns what is known of the matches of two alternatives.
func alternate(a, b literals) literals {
	return literals{exact: union(a.exact, b.exact), required: union(a.required, b.required)}
}

// concatenate returns what is known of the matches of successive expressions.
func concatenate(subs []*syntax.Regexp) literals {
	run, whole := []string{""}, true // the ends of what has been read so far
	var required []string
	for _, sub := range subs {
		next := literalsOf(sub)
		if joined := crossProduct(run, next.exact); joined != nil {
			run = joined
			continue
		}
		// What came so far has an end here: either it, or what the next
		// expression needs by itself, or what was best before is required.
		whole = false
		required = moreSelective(moreSelective(required, run), next.required)
		run = []string{""}
		if next.exact != nil {
			run = next.exact
		}
	}
	required = moreSelective(required, run)
	if !whole {
		run = nil
	}
	return literals{exact: run, required: required}
}

// union returns the strings of both sets, or nil if either is unknown or they
// are too many.
func union(a, b []string) []string {
	if a == nil || b == nil {
		return nil
	}
	all := slices.Concat(a, b)
	slices.Sort(all)
	if all = slices.Compact(all); len(all) > maxLiterals {
		return nil
	}
	return all
}

// crossProduct returns every string of a followed by every string of b, or nil
// as union does.
func crossProduct(a, b []string) (all []string) {
	if len(a)*len(b) > maxLiterals {
		return nil
	}
	for _, first := range a {
		for _, second := range b {
			all = append(all, first+second)
		}
	}
	return all
}

// moreSelective returns the set whose shortest string is longer: it is found by
// chance in fewer messages.
func moreSelective(a, b []string) []string {
	if minLength(b) > minLength(a) {
		return b
	}
	return a
}

// minLength returns the length of the shortest string in bytes, or 0 if there
// is none.
func minLength(set []string) int {
	if len(set) == 0 {
		return 0
	}
	n := len(set[0])
	for _, s := range set {
		n = min(n, len(s))
	}
	return n
}
