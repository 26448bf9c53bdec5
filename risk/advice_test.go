package risk

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/models"
)

// The constants are read from the source, so that a code that AdviceCodes forgets shows.
func TestAdviceCodesListsEveryCode(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "advice.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var declared []string
	for _, decl := range file.Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
			continue
		}
		for _, spec := range group.Specs {
			literal, ok := spec.(*ast.ValueSpec).Values[0].(*ast.BasicLit)
			if !ok {
				t.Fatalf("%v is no literal", spec)
			}
			code, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			declared = append(declared, code)
		}
	}
	if diff := cmp.Diff(declared, AdviceCodes()); diff != "" {
		t.Errorf("codes as declared (-) and as listed (+): %s", diff)
	}
}

func TestEveryCodeOfAdviceHasATextOfItsOwn(t *testing.T) {
	texts := map[string]string{}
	for _, code := range AdviceCodes() {
		text := adviceText(code)
		if other, ok := texts[text]; ok {
			t.Errorf("%s and %s share a text", code, other)
		}
		texts[text] = code
	}
}

func TestAdviceGoesByLevelKindAndHowItMatched(t *testing.T) {
	for _, tt := range []struct {
		level     models.Level
		kind      models.IndicatorKind
		matchType models.MatchType
		want      string
	}{
		{models.Unknown, models.Phone, models.MatchSame, NoneKnown},
		{models.Watch, models.Phone, models.MatchSame, BeCareful},
		{models.Caution, models.Domain, models.MatchSame, BeCareful},
		{models.Danger, models.Phone, models.MatchRange, HangUp},
		{models.Confirmed, models.URL, models.MatchPrefix, DoNotOpen},
		{models.Danger, models.Domain, models.MatchUnderDomain, DoNotOpen},
		{models.Danger, models.Email, models.MatchSame, DoNotReply},
		{models.Danger, models.Handle, models.MatchSame, DoNotReply},
		{models.Danger, models.App, models.MatchSame, DoNotInstall},
		{models.Danger, models.Account, models.MatchSame, DoNotTransfer},
		{models.Danger, models.Wallet, models.MatchSame, DoNotTransfer},
		{models.Danger, models.Text, models.MatchWords, DoNotPay},
		{models.Imitated, models.Phone, models.MatchSame, ImitatedNumber},
		{models.Imitated, models.App, models.MatchSame, ImitatedAddress},
		{models.Imitated, models.Account, models.MatchSame, ImitatedAccount},
		{models.Imitated, models.Wallet, models.MatchSame, ImitatedAccount},
		{models.Cleared, models.Phone, models.MatchSame, ClearedByAnalyst},
		{models.Watch, models.Phone, models.MatchBlock, Resembles},
		{models.Watch, models.Domain, models.MatchSeries, Resembles},
		{models.Caution, models.Domain, models.MatchSkeleton, LooksAlike},
		{models.Imitated, models.Phone, models.MatchGuess, ImitatedNumber},
		{"dreadful", models.Phone, models.MatchSame, NoneKnown},
	} {
		if got := adviceCode(tt.level, tt.kind, tt.matchType); got != tt.want {
			t.Errorf("%s %s by %s: advice %s, want %s", tt.level, tt.kind, tt.matchType, got, tt.want)
		}
	}
}
