package handlers_test

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
	errorsFile   = "../docs/errors.md"
	errorsHeader = `# Error codes

Every error reply is a problem document (RFC 9457) with a stable ` + "`code`" + `. Where fields are wrong, ` + "`errors[]`" + ` holds a JSON
pointer (RFC 6901) and a code for each. In streams the result of a refused line holds the same code. A reply never
repeats a submitted value. Status 400: the request cannot be read; 422: it breaks a rule; 409: it conflicts with what
is stored; 429 and 503: try again after the time in ` + "`Retry-After`" + `.

This page is generated from the source: ` + "`go test ./handlers -run ErrorCodes -update`" + `.

| code | status | detail |
|---|---|---|
`
)

// errorCode is the status and the details that the source gives to one code.
type errorCode struct {
	status  int
	details map[string]bool
}

// errorCodes collects the codes of the source tree.
type errorCodes map[string]*errorCode

func (c errorCodes) add(code string, status int, detail string) {
	if !regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(code) {
		return
	}
	if c[code] == nil {
		c[code] = &errorCode{details: map[string]bool{}}
	}
	c[code].status = max(c[code].status, status)
	if detail != "" {
		c[code].details[detail] = true
	}
}

// visit looks at one node of the syntax tree: an Error literal, an entry of the table
// of Huma's messages, or a call that makes an error of a code and a detail.
// caseStatus is the status of the switch case that it stands in.
func (c errorCodes) visit(n ast.Node, caseStatus int) {
	switch n := n.(type) {
	case *ast.CompositeLit:
		c.literal(n)
	case *ast.CallExpr:
		c.call(n, caseStatus)
	}
}

func (c errorCodes) literal(n *ast.CompositeLit) {
	fields := map[string]ast.Expr{}
	for _, e := range n.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			fields[identName(kv.Key)] = kv.Value
		}
	}
	if prefix := stringLit(fields["prefix"]); prefix != "" {
		shown := strings.ToUpper(prefix[:1]) + strings.TrimRight(prefix[1:], " <>") + " ..."
		c.add(stringLit(fields["code"]), http.StatusUnprocessableEntity, cmp.Or(stringLit(fields["detail"]), shown))
	}
	if identName(n.Type) != "Error" {
		return
	}
	if status := statuses[identName(fields["Kind"])]; status != 0 { // an internal error's code stays inside
		c.add(stringLit(fields["Code"]), status, stringLit(fields["Detail"]))
	}
}

func (c errorCodes) call(n *ast.CallExpr, caseStatus int) {
	switch callee := identName(n.Fun); {
	case callee == "NewInvalid" && len(n.Args) == 3:
		c.add(stringLit(n.Args[1]), http.StatusUnprocessableEntity, stringLit(n.Args[2]))
	case callee == "malformed" && len(n.Args) == 2:
		c.add(stringLit(n.Args[0]), http.StatusBadRequest, stringLit(n.Args[1]))
	case (callee == "newProblem" || callee == "fault") && len(n.Args) == 3:
		kind := identName(n.Args[0])
		c.add(stringLit(n.Args[1]), cmp.Or(statusByName(kind), statuses[kind], caseStatus), stringLit(n.Args[2]))
	}
}

// statuses maps the kinds of error to their status. Internal is not among them: its code stays inside.
var statuses = map[string]int{
	"Malformed": 400, "Invalid": 422, "Unauthenticated": 401, "Forbidden": 403, "NotFound": 404, "Conflict": 409,
	"Stale": 412, "PreconditionRequired": 428, "TooLarge": 413, "Unsupported": 415, "RateLimited": 429, "Unavailable": 503,
}

// statusByName returns the status of a constant of net/http; 0 for any other name.
func statusByName(constant string) int {
	for status := 400; status < 600; status++ {
		name := strings.NewReplacer(" ", "", "-", "", "'", "").Replace(http.StatusText(status))
		if name != "" && "Status"+name == constant {
			return status
		}
	}
	return 0
}

// stringLit returns the string of a literal or of a concatenation of literals; "" for anything else.
func stringLit(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, _ := strconv.Unquote(e.Value)
		return s
	case *ast.BinaryExpr:
		if left, right := stringLit(e.X), stringLit(e.Y); left != "" && right != "" {
			return left + right
		}
	}
	return ""
}

func identName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

// collect visits every Go file below root that is not a test.
func (c errorCodes) collect(t *testing.T, root string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		caseStatus := 0
		ast.Inspect(file, func(n ast.Node) bool {
			if clause, ok := n.(*ast.CaseClause); ok && len(clause.List) > 0 {
				caseStatus = statusByName(identName(clause.List[0]))
			}
			c.visit(n, caseStatus)
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (c errorCodes) table() string {
	var b strings.Builder
	for _, code := range slices.Sorted(maps.Keys(c)) {
		fmt.Fprintf(&b, "| %s | %d | %s |\n", code, c[code].status, strings.Join(slices.Sorted(maps.Keys(c[code].details)), " / "))
	}
	return b.String()
}

func TestErrorCodesAreThoseOfTheSource(t *testing.T) {
	found := errorCodes{}
	found.collect(t, "..")
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
	got := errorsHeader + found.table()
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
