package words

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
)

func TestPattern(t *testing.T) {
	for _, tt := range []struct{ name, value, want string }{
		{"stays as it was written", ` safe account [0-9]{4} `, `safe account [0-9]{4}`},
		{"may ignore case", `(?i)Safe Account`, `(?i)Safe Account`},
		{"may be Chinese", `安全账户.{0,9}转账`, `安全账户.{0,9}转账`},
		{"is a regular expression", `safe account(`, "!pattern_malformed"},
		{"has no back reference", `(safe account)\1`, "!pattern_malformed"},
		{"is written in lower case", `Safe account [0-9]`, "!pattern_malformed"},
		{"has single spaces", `safe  account [0-9]`, "!pattern_malformed"},
		{"has composed letters", "cafe\u0301 gratuit", "!pattern_malformed"},
		{"has no line ends", `safe\naccount`, "!pattern_malformed"},
		{"has no line ends as they are", "safe\naccount", "!pattern_malformed"},
		{"has a literal", `[a-z]+ [0-9]+`, "!signature_too_broad"},
		{"has a literal in every alternative", `safe account|[0-9]{10}`, "!signature_too_broad"},
		{"has a literal that is not optional", `(?:safe account)? pay`, "!signature_too_broad"},
		{"has a literal of six bytes", `pay .* fee`, "!signature_too_broad"},
		{"does not match everything", `.*`, "!signature_too_broad"},
		{"does not match the empty text", ``, "!signature_too_broad"},
		{"matches no ordinary message", `\d{6} is your verification code`, "!signature_too_broad"},
		{"matches no ordinary message in any language", `验证码是 \d+`, "!signature_too_broad"},
		{"is small", `safe account(?:[a-z ]{20}[0-9]{20}){50}`, "!pattern_too_costly"},
		{"is small, repetitions within repetitions", `safe account(?:(?:abcdefgh){30}){30}`, "!pattern_too_costly"},
		{"is short", `safe account` + strings.Repeat("a", 250), "!text_too_long"},
		{"is short in bytes", `safe account` + strings.Repeat("账", 90), "!text_too_long"},
		{"is text", "safe account\x01", "!text_malformed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := CanonicalPattern(tt.value)
			if err != nil {
				got = "!" + models.CodeOf(err)
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestLiteralsOfAPattern(t *testing.T) {
	for _, tt := range []struct {
		value string
		want  []string
	}{
		{`safe account`, []string{"safe account"}},
		{`account [0-9]{4} blocked`, []string{"account "}},
		{`safe (?:account|wallet)`, []string{"safe account", "safe wallet"}},
		{`(?:safe account|secret wallet).*`, []string{"safe account", "secret wallet"}},
		{`pay (?:now|off)`, []string{"pay now", "pay off"}},
		{`(?:one|two|red) (?:fish|bird|frog) of course`, []string{"fish of course", "bird of course", "frog of course"}},
		{`gr[ae]y market`, []string{"gray market", "grey market"}},
		{`safe ?account`, []string{"safeaccount", "safe account"}},
		{`(?:transfer)+`, []string{"transfer"}},
		{`(?:transfer){2,3}`, []string{"transfertransfer", "transfertransfertransfer"}},
		{`\btransfer\b`, []string{"transfer"}},
		{`^(transfer)$`, []string{"transfer"}},
		{`(?i)TRANSFER`, []string{"transfer"}},
		{`(?i)kiosk st?`, []string{"kiosk s", "kiosk st"}},
		{`transfer.*another account`, []string{"another account"}},
	} {
		p, err := ParsePattern(tt.value)
		if err != nil {
			t.Errorf("%s: %s", tt.value, models.CodeOf(err))
			continue
		}
		if diff := cmp.Diff(tt.want, p.Literals, cmp.Transformer("set", func(list []string) map[string]bool {
			set := map[string]bool{}
			for _, s := range list {
				set[s] = true
			}
			return set
		})); diff != "" {
			t.Errorf("%s: %s", tt.value, diff)
		}
	}
}

// TestEveryMatchContainsALiteral is what makes it right to search only the
// messages that hold a literal.
func TestEveryMatchContainsALiteral(t *testing.T) {
	atom := rapid.SampledFrom([]string{"abcdef", "abc", "def", "a", "k", "[ab]", "[a-z]", ".", "é", "ß", `\b`, "ab c", "(?i:ſAFE)", "(?i:K)"})
	var expression func(depth int) *rapid.Generator[string]
	expression = func(depth int) *rapid.Generator[string] {
		if depth == 0 {
			return atom
		}
		return rapid.Custom(func(t *rapid.T) string {
			sub := expression(depth - 1)
			switch a := sub.Draw(t, "a"); rapid.IntRange(0, 5).Draw(t, "form") {
			case 0:
				return a + sub.Draw(t, "b")
			case 1:
				return "(?:" + a + "|" + sub.Draw(t, "b") + ")"
			case 2:
				return "(?:" + a + ")" + rapid.SampledFrom([]string{"?", "*", "+", "{2}", "{0,2}", "{1,3}"}).Draw(t, "repeat")
			case 3:
				return "(" + a + ")"
			default:
				return a + sub.Draw(t, "b") + sub.Draw(t, "c")
			}
		})
	}
	pieces := rapid.SampledFrom([]string{
		"abcdef", "abcdef", "abc", "def", "def", "a", "b", "K", "k", "é", "ß", " ", "ab c", "safe", "SAFE", "x",
	})
	matched := 0
	rapid.Check(t, func(t *rapid.T) {
		first, last := expression(2).Draw(t, "first"), expression(2).Draw(t, "last")
		p, err := ParsePattern("(?:" + first + "|abc)(?:def" + last + "|def abc)")
		if err != nil {
			return
		}
		for range 100 {
			message := text.Normalise(strings.Join(rapid.SliceOfN(pieces, 0, 12).Draw(t, "text"), ""))
			match := p.Regexp.FindString(message)
			if match == "" {
				continue
			}
			matched++
			if !slices.ContainsFunc(p.Literals, func(literal string) bool { return strings.Contains(match, literal) }) {
				t.Fatalf("%s matches %q, which contains none of %q", p.Regexp, match, p.Literals)
			}
		}
	})

	if matched < 20 {
		t.Errorf("%d matches: the test shows little", matched)
	}
}

func FuzzPattern(f *testing.F) {
	for _, s := range []string{
		`safe account [0-9]{4}`, `(?i)ſafe K account`, `(?:safe account|wallet.*){2,9}`, `[^\x00-\x{10FFFF}]abcdef`,
		`(?:)abcdef|ghijkl`, `a{1000}{1000}`, `\pL{6}`, `(?s-i:abcdef)`,
		`((((((((abcdef)*)+)?){3}))))`, `\Qsafe account\E`, `x\C`,
	} {
		f.Add(s, "your safe account 1234")
	}
	f.Fuzz(func(t *testing.T, value, message string) {
		p, err := ParsePattern(value)
		if err != nil {
			if models.CodeOf(err) == "" || p.Regexp != nil {
				t.Fatalf("%q: %+v with %+v", value, p, err)
			}
			return
		}
		canonical := p.Regexp.String()
		again, err := ParsePattern(canonical)
		if err != nil || again.Regexp.String() != canonical || cmp.Diff(p.Literals, again.Literals) != "" {
			t.Fatalf("%q becomes %q, then %+v (%v)", value, canonical, again, err)
		}
		if p.Size > maxPatternInstructions || len(p.Literals) == 0 || len(p.Literals) > maxLiterals || p.Regexp.MatchString("") {
			t.Fatalf("%q: %+v", value, p)
		}
		for _, literal := range p.Literals {
			if len(literal) < minLiteralBytes {
				t.Fatalf("%q: literal %q", value, literal)
			}
		}
		for _, message := range []string{text.Normalise(message), text.Normalise(value)} {
			if match := p.Regexp.FindString(message); match != "" && !regexp.MustCompile(alternatives(p.Literals)).MatchString(match) {
				t.Fatalf("%q matches %q, which contains none of %q", value, match, p.Literals)
			}
		}
	})
}

func alternatives(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = regexp.QuoteMeta(s)
	}
	return strings.Join(quoted, "|")
}
