package models

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// constants returns the constants of each type of this package, in the order
// of the source: the values of strings, and the names of others.
func constants(t *testing.T) map[string][]string {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), entry.Name(), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			if group, ok := decl.(*ast.GenDecl); ok && group.Tok == token.CONST {
				appendConstants(t, found, group)
			}
		}
	}
	return found
}

// appendConstants adds the constants of one group by their types. A constant
// without a type and a value of its own repeats those of the one before it, as iota does.
func appendConstants(t *testing.T, found map[string][]string, group *ast.GenDecl) {
	t.Helper()
	typeName := ""
	for _, spec := range group.Specs {
		value, ok := spec.(*ast.ValueSpec)
		if !ok {
			continue
		}
		switch name := value.Type.(type) {
		case *ast.Ident:
			typeName = name.Name
		default:
			if len(value.Values) > 0 {
				typeName = ""
			}
		}
		for i, name := range value.Names {
			constant := name.Name
			if i < len(value.Values) {
				if literal, ok := value.Values[i].(*ast.BasicLit); ok && literal.Kind == token.STRING {
					text, err := strconv.Unquote(literal.Value)
					if err != nil {
						t.Fatal(err)
					}
					constant = text
				}
			}
			found[typeName] = append(found[typeName], constant)
		}
	}
}

func words[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = string(w)
	}
	return out
}

func TestEveryConstantIsInTheListOfItsType(t *testing.T) {
	listed := map[string][]string{
		"Scope":         words(Scopes()),
		"IndicatorKind": append(words(IndicatorKinds()), string(Text)),
		"Level":         words(Levels()),
		"Category":      words(Categories()),
		"Rule":          words(Rules()),
		"MatchType":     words(MatchTypes()),
	}
	unlisted := []string{
		"ErrorKind", "PushKind", "Witness", "WarningState", "WarningClass", "Lane", "Channel", "Stage", "ReportState",
		"Progress",
	}
	for name, declared := range constants(t) {
		list, ok := listed[name]
		switch {
		case ok:
			if diff := cmp.Diff(declared, list); diff != "" {
				t.Errorf("%s as declared (-) and as listed (+): %s", name, diff)
			}
			delete(listed, name)
		case name != "" && !slices.Contains(unlisted, name):
			t.Errorf("%s has constants and no list: say here that it needs none, or give it one", name)
		}
	}
	for name := range listed {
		t.Errorf("no constant of type %s is declared", name)
	}
}

func TestNoTwoConstantsOfATypeAreTheSame(t *testing.T) {
	for name, declared := range constants(t) {
		slices.Sort(declared)
		if n := len(declared); len(slices.Compact(declared)) != n && name != "" {
			t.Errorf("two constants of type %s are the same", name)
		}
	}
}

func TestAListBelongsToItsCaller(t *testing.T) {
	for name, change := range map[string]func() bool{
		"Scopes":         func() bool { Scopes()[0] = "x"; return Scopes()[0] == "x" },
		"IndicatorKinds": func() bool { IndicatorKinds()[0] = "x"; return IndicatorKinds()[0] == "x" },
		"Levels":         func() bool { Levels()[0] = "x"; return Levels()[0] == "x" },
		"Categories":     func() bool { Categories()[0] = "x"; return Categories()[0] == "x" },
		"Rules":          func() bool { Rules()[0] = "x"; return Rules()[0] == "x" },
		"MatchTypes":     func() bool { MatchTypes()[0] = "x"; return MatchTypes()[0] == "x" },
	} {
		if change() {
			t.Errorf("a change of what %s returns changes what it returns next", name)
		}
	}
}
