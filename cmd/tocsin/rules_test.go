package main

import (
	"bufio"
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// The rules of CONTRIBUTING.md that no linter holds.
const (
	maxLine = 140 // characters, a tab counted as one
	maxFile = 400 // lines
)

// eachGoFile calls do for every Go file of the repository, with its path from the root.
func eachGoFile(t *testing.T, do func(path string, source []byte)) {
	t.Helper()
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && entry.Name() != "..":
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(path, ".go"):
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		short, err := filepath.Rel(root, path)
		do(filepath.ToSlash(short), source)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNoLineAndNoFileIsTooLong(t *testing.T) {
	eachGoFile(t, func(path string, source []byte) {
		lines := 0
		scan := bufio.NewScanner(bytes.NewReader(source))
		scan.Buffer(nil, 1<<20)
		for scan.Scan() {
			if lines++; utf8.RuneCount(scan.Bytes()) > maxLine {
				t.Errorf("%s:%d has %d characters, at most %d", path, lines, utf8.RuneCount(scan.Bytes()), maxLine)
			}
		}
		if lines > maxFile {
			t.Errorf("%s has %d lines, at most %d", path, lines, maxFile)
		}
	})
}

// TestEveryDocCommentBeginsWithItsName finds comments that a rename has left
// behind, of names that are not exported too. The name of a test is a sentence.
func TestEveryDocCommentBeginsWithItsName(t *testing.T) {
	eachGoFile(t, func(path string, source []byte) {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, source, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			name, doc := documented(d)
			if name == nil || doc.Text() == "" || strings.HasPrefix(name.Name, "Test") {
				continue
			}
			first, _, _ := strings.Cut(strings.TrimSpace(doc.Text()), " ")
			if strings.TrimRight(first, ",:;.") != name.Name {
				t.Errorf("%s: the comment on %s begins with %q", set.Position(d.Pos()), name.Name, first)
			}
		}
	})
}

// documented returns the name that a declaration's comment is about, and the
// comment; nil for a group of several.
func documented(d ast.Decl) (*ast.Ident, *ast.CommentGroup) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		return d.Name, d.Doc
	case *ast.GenDecl:
		if d.Lparen.IsValid() || len(d.Specs) != 1 {
			return nil, nil
		}
		switch s := d.Specs[0].(type) {
		case *ast.TypeSpec:
			return s.Name, d.Doc
		case *ast.ValueSpec:
			if len(s.Names) == 1 {
				return s.Names[0], d.Doc
			}
		}
	}
	return nil, nil
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	documented := map[string]bool{}
	eachGoFile(t, func(path string, source []byte) {
		if strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "bench/") {
			return
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			t.Fatal(err)
		}
		room := filepath.ToSlash(filepath.Dir(path))
		documented[room] = documented[room] || file.Doc != nil
	})
	for room, ok := range documented {
		if !ok {
			t.Errorf("the package %s has no comment", room)
		}
	}
}

// TestEveryTestThatIsNamedExists: comments and documents name the tests that hold what they promise.
func TestEveryTestThatIsNamedExists(t *testing.T) {
	name := regexp.MustCompile(`\b(?:Test|Fuzz|Benchmark)[A-Z][A-Za-z0-9]+`)
	declared := map[string]bool{"TestMain": true}
	named := map[string]string{} // where
	note := func(path string, text []byte) {
		for _, found := range name.FindAllString(string(text), -1) {
			named[found] = path
		}
	}
	eachGoFile(t, func(path string, source []byte) {
		file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				declared[f.Name.Name] = true
			}
		}
		for _, comment := range file.Comments {
			note(path, []byte(comment.Text()))
		}
	})
	documents, err := filepath.Glob(filepath.Join("..", "..", "docs", "*.md"))
	if err != nil || len(documents) == 0 {
		t.Fatalf("%d documents, %v", len(documents), err)
	}
	for _, path := range documents {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		note(path, text)
	}
	for test, path := range named {
		if !declared[test] {
			t.Errorf("%s names %s, which does not exist", path, test)
		}
	}
}

// TestEveryGoroutineOfADeskIsCalledSafely holds that no goroutine beside a request or a piece of work can end the process
// by a panic: it calls work.Safely, or is one of these, which call what does.
func TestEveryGoroutineOfADeskIsCalledSafely(t *testing.T) {
	safe := map[string]string{
		"notify/outbox.go: o.loop(lane, signal).Run(ctx)": "a work.Loop",
		"store/batcher.go: b.flush":                       "writes by writeSafely",
		"store/batcher.go: b.wg.Wait(); close(done)":      "only waits",
		"verdictlog/log.go: l.watch(ctx)":                 "calls Watch safely",
		"verdictlog/log.go: f.run(ctx)":                   "applies each entry safely",
	}
	rooms := regexp.MustCompile(`^(intake|notify|verdictlog|catalogue|store)/`)
	eachGoFile(t, func(path string, source []byte) {
		if !rooms.MatchString(path) || strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "store/embedded/") {
			return
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			started := goroutine(n)
			if started == nil {
				return true
			}
			text := string(source[set.Position(started.Pos()).Offset:set.Position(started.End()).Offset])
			for known := range safe {
				if strings.HasPrefix(known, path+": ") && strings.Contains(text, strings.TrimPrefix(known, path+": ")) {
					return true
				}
			}
			if !strings.Contains(text, "work.Safely(") {
				t.Errorf("%s: a goroutine that is not called safely", set.Position(started.Pos()))
			}
			return true
		})
	})
}

// goroutine returns what a go statement or a call of a method Go starts; nil for any other node.
func goroutine(n ast.Node) ast.Node {
	switch n := n.(type) {
	case *ast.GoStmt:
		return n.Call
	case *ast.CallExpr:
		if f, ok := n.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Go" && len(n.Args) == 1 {
			return n.Args[0]
		}
	}
	return nil
}
