package words

import (
	"regexp"
	"regexp/syntax"

	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

// What a pattern may be. Each instruction may cost a step for each rune of each
// message that holds a literal, so their number is what bounds the cost.
const (
	maxPatternBytes        = 256  // as it is written
	maxPatternInstructions = 2000 // of the compiled program
	minLiteralBytes        = 6    // of each of its literals, at least
)

// Pattern is a regular expression that is compared with normalised text.
type Pattern struct {
	Regexp   *regexp.Regexp
	Literals []string // every match in normalised text contains one of these: eight at most, of six bytes or more
	Size     int      // instructions; a search takes at most as many steps for each rune of the text
}

// ParsePattern compiles a pattern in Go's syntax (RE2: no back references, so
// that a search takes linear time). It refuses those that contain no literal,
// because every message would have to be searched for them, and those that are
// too large.
//
// The errors are those of text.Clean, pattern_malformed, pattern_too_costly and
// signature_too_broad.
func ParsePattern(value string) (Pattern, error) {
	value, err := text.Clean(value, maxPatternBytes)
	if err != nil {
		return Pattern{}, err
	}
	if len(value) > maxPatternBytes {
		return Pattern{}, models.NewInvalid("", "text_too_long", "The text is too long.")
	}
	tree, fault := syntax.Parse(value, syntax.Perl)
	if fault != nil {
		return Pattern{}, models.NewInvalid("", "pattern_malformed", "This is not a regular expression in the syntax of RE2.")
	}
	if !isNormal(tree) {
		return Pattern{}, models.NewInvalid("", "pattern_malformed",
			"Patterns are compared with normalised text: write lower case, composed letters and single spaces.")
	}
	if instructionCount(tree) > maxPatternInstructions { // before the repetitions are written out
		return Pattern{}, tooCostly()
	}
	tree = tree.Simplify()
	program, fault := syntax.Compile(tree)
	if fault != nil || len(program.Inst) > maxPatternInstructions {
		return Pattern{}, tooCostly()
	}
	literals := literalsOf(tree).required
	if minLength(literals) < minLiteralBytes {
		return Pattern{}, models.NewInvalid("", "signature_too_broad", "Every match of a pattern must contain fixed text of six bytes or more.")
	}
	compiled, fault := regexp.Compile(value)
	if fault != nil {
		return Pattern{}, tooCostly()
	}
	return Pattern{Regexp: compiled, Literals: literals, Size: len(program.Inst)}, nil
}

// CanonicalPattern returns a pattern as it was written, if it matches no
// ordinary message (else signature_too_broad). Beside that, the errors are
// those of ParsePattern.
func CanonicalPattern(value string) (string, error) {
	p, err := ParsePattern(value)
	if err != nil {
		return "", err
	}
	if matchesOrdinary(p.Regexp.MatchString) {
		return "", models.NewInvalid("", "signature_too_broad", "The pattern matches ordinary messages.")
	}
	return p.Regexp.String(), nil
}

// tooCostly is the error for a pattern with more than maxPatternInstructions.
func tooCostly() error {
	return models.NewInvalid("", "pattern_too_costly", "The pattern is too large: use fewer or smaller repetitions.")
}

// isNormal reports whether all literals of an expression can stand in
// normalised text. A literal that ignores case is folded by literalStrings.
func isNormal(re *syntax.Regexp) bool {
	if re.Op == syntax.OpLiteral && re.Flags&syntax.FoldCase == 0 {
		// Between letters that no mark joins, spaces stay as they are.
		if framed := "x" + string(re.Rune) + "x"; text.Normalise(framed) != framed {
			return false
		}
	}
	for _, sub := range re.Sub {
		if !isNormal(sub) {
			return false
		}
	}
	return true
}

// instructionCount estimates how many instructions an expression takes, with
// its repetitions written out. The parser lets none repeat more than a thousand
// times, nested ones together.
func instructionCount(re *syntax.Regexp) int {
	n := 1
	if re.Op == syntax.OpLiteral {
		n = len(re.Rune)
	}
	for _, sub := range re.Sub {
		n += instructionCount(sub)
	}
	if re.Op == syntax.OpRepeat {
		n *= max(re.Min, re.Max, 1)
	}
	return n
}
