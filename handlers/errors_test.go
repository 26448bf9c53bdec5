package handlers

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.org/tocsin/models"
)

const (
	errorsFile = "../docs/errors.md"
	errorsHead = `# Error codes

Every refusal is a problem document (RFC 9457) with a stable ` + "`code`" + `; where a field is at fault, ` + "`errors[]`" + ` holds a
JSON pointer to it and a code of its own. In streams a refused line carries the same code. Submitted values are never
repeated. Statuses: 400 cannot be read, 422 breaks a rule, 409 collides with what is there, 429 and 503 say in
` + "`Retry-After`" + ` when to try again.

This page is written from the source: ` + "`go test ./handlers -run ErrorCodes -update`" + `.

| code | status | what it says |
|---|---|---|
`
)

// coded is a code with all that the source says about it.
type coded struct {
	status  int
	details map[string]bool
}

// catalogue collects the codes of the source tree.
type catalogue map[string]*coded

func (c catalogue) add(code string, status int, detail string) {
	if !regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(code) {
		return
	}
	if c[code] == nil {
		c[code] = &coded{details: map[string]bool{}}
	}
	c[code].status = max(c[code].status, status)
	if detail != "" {
		c[code].details[detail] = true
	}
}

// node looks at one piece of source: an Error literal, a call that makes an
// error of a code and a sentence, or a line of the table of Huma's messages.
// inCase is the status of the switch case that it stands in.
func (c catalogue) node(n ast.Node, inCase int) {
	switch n := n.(type) {
	case *ast.CompositeLit:
		c.literal(n)
	case *ast.CallExpr:
		c.call(n, inCase)
	}
}

func (c catalogue) literal(n *ast.CompositeLit) {
	if len(n.Elts) == 3 && (name(n.Elts[2]) == "true" || name(n.Elts[2]) == "false") {
		c.add(text(n.Elts[1]), http.StatusUnprocessableEntity, strings.TrimRight(text(n.Elts[0]), " <>"))
	}
	if name(n.Type) != "Error" {
		return
	}
	fields := map[string]ast.Expr{}
	for _, e := range n.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			fields[name(kv.Key)] = kv.Value
		}
	}
	if status := statuses[name(fields["Kind"])]; status != 0 { // an internal error's code stays inside
		c.add(text(fields["Code"]), status, text(fields["Detail"]))
	}
}

func (c catalogue) call(n *ast.CallExpr, inCase int) {
	switch made := name(n.Fun); {
	case made == "Bad" && len(n.Args) == 3:
		c.add(text(n.Args[1]), http.StatusUnprocessableEntity, text(n.Args[2]))
	case made == "malformed" && len(n.Args) == 2: // edge's takes a code, canon's a kind
		c.add(text(n.Args[0]), http.StatusBadRequest, text(n.Args[1]))
		if kind := name(n.Args[0]); kind != "" && kind != "kind" {
			c.add(strings.ToLower(kind)+"_malformed", http.StatusUnprocessableEntity, text(n.Args[1]))
		}
	case made == "broad" && len(n.Args) == 1:
		c.add("signature_too_broad", http.StatusUnprocessableEntity, text(n.Args[0]))
	case (made == "newProblem" || made == "fault") && len(n.Args) == 3:
		kind := name(n.Args[0])
		c.add(text(n.Args[1]), cmp.Or(named(kind), statuses[kind], inCase), text(n.Args[2]))
	}
}

// statuses is which status a kind of error becomes; Internal becomes "internal".
var statuses = map[string]int{
	"Malformed": 400, "Invalid": 422, "Unauthenticated": 401, "Forbidden": 403, "NotFound": 404, "Conflict": 409,
	"Stale": 412, "Unconditional": 428, "TooLarge": 413, "Unsupported": 415, "Exhausted": 429, "Unavailable": 503,
}

// named returns the status that net/http calls so.
func named(constant string) int {
	for status := 400; status < 600; status++ {
		if said := http.StatusText(status); said != "" && "Status"+strings.NewReplacer(" ", "", "-", "", "'", "").Replace(said) == constant {
			return status
		}
	}
	return 0
}

// text returns the string that a literal, or a sum of literals, holds.
func text(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, _ := strconv.Unquote(e.Value)
		return s
	case *ast.BinaryExpr:
		if left, right := text(e.X), text(e.Y); left != "" && right != "" {
			return left + right
		}
	}
	return ""
}

func name(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

// read looks through every Go file below root that is not a test.
func (c catalogue) read(t *testing.T, root string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		inCase := 0
		ast.Inspect(file, func(n ast.Node) bool {
			if clause, ok := n.(*ast.CaseClause); ok && len(clause.List) > 0 {
				inCase = named(name(clause.List[0]))
			}
			c.node(n, inCase)
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (c catalogue) table() string {
	var b strings.Builder
	for _, code := range slices.Sorted(maps.Keys(c)) {
		fmt.Fprintf(&b, "| %s | %d | %s |\n", code, c[code].status, strings.Join(slices.Sorted(maps.Keys(c[code].details)), " / "))
	}
	return b.String()
}

func TestErrorCodesAreThoseOfTheSource(t *testing.T) {
	found := catalogue{}
	found.read(t, "..")
	found.add("internal", http.StatusInternalServerError, "") // the status of whatever has no kind
	for _, kind := range models.IndicatorKinds() {
		if code := string(kind) + "_malformed"; found[code] == nil {
			t.Errorf("the source's %s is not found", code)
		}
	}
	for _, code := range []string{"phone_malformed", "cursor_unknown", "json_malformed", "value_out_of_range", "not_found", "agent_missing"} {
		if found[code] == nil {
			t.Errorf("the source's %s is not found, so others may be missed", code)
		}
	}
	for code, c := range found {
		if c.status == 0 || len(c.details) == 0 {
			t.Errorf("%s has the status %d and %d details", code, c.status, len(c.details))
		}
	}
	got := errorsHead + found.table()
	if *update {
		if err := os.WriteFile(errorsFile, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(errorsFile)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("docs/errors.md is not what the source says; go test ./handlers -run ErrorCodes -update writes it")
	}
}
