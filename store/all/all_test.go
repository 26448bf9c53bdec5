package all_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"example.org/tocsin/store/all"
	"example.org/tocsin/store/storetest"
)

// parseDir returns the files of a package, without its tests.
func parseDir(t *testing.T, dir string) []*ast.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// calls returns what the files call in other packages, such as "intake.New".
func calls(files []*ast.File) map[string]bool {
	out := map[string]bool{}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
				if pkg, ok := sel.X.(*ast.Ident); ok {
					out[pkg.Name+"."+sel.Sel.Name] = true
				}
			}
			return true
		})
	}
	return out
}

// declaresStore reports whether a package has a type Store.
func declaresStore(files []*ast.File) bool {
	for _, file := range files {
		for _, decl := range file.Decls {
			types, ok := decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range types.Specs {
				if s, ok := spec.(*ast.TypeSpec); ok && s.Name.Name == "Store" {
					return true
				}
			}
		}
	}
	return false
}

func TestEveryStoreIsOpenedWithItsIndexes(t *testing.T) {
	dirs, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	called, found := calls(parseDir(t, ".")), 0
	for _, dir := range dirs {
		if !dir.IsDir() || !declaresStore(parseDir(t, filepath.Join("..", dir.Name()))) {
			continue
		}
		found++
		for _, fn := range []string{".New", ".Indexes"} {
			if !called[dir.Name()+fn] {
				t.Errorf("package all does not call %s%s", dir.Name(), fn)
			}
		}
	}
	if found < 6 {
		t.Errorf("%d stores are found, so others may be missed", found)
	}
}

// TestTheDatabaseIsOpenedHereAlone holds that the program and storetest open the
// same stores with the same indexes.
func TestTheDatabaseIsOpenedHereAlone(t *testing.T) {
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() || path == "../../store/all" {
			return err
		}
		if called := calls(parseDir(t, path)); called["store.Open"] {
			t.Errorf("%s calls store.Open: the stores are opened by all.Open", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"../storetest", "../../cmd/tocsin"} {
		if !calls(parseDir(t, dir))["all.Open"] {
			t.Errorf("%s does not call all.Open", dir)
		}
	}
}

func TestAFreshDatabaseHasEveryIndex(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		for _, want := range all.Indexes() {
			specs, err := s.Database().Collection(want.Collection).Indexes().ListSpecifications(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !hasIndex(specs, want.Name) {
				t.Errorf("the collection %s has no index %s", want.Collection, want.Name)
			}
		}
	})
}

func hasIndex(specs []mongo.IndexSpecification, name string) bool {
	for _, spec := range specs {
		if spec.Name == name {
			return true
		}
	}
	return false
}
