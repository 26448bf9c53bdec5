package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "example.org/tocsin/"

// layers says what each package may import from this module and from outside
// the standard library. This table is the architecture; docs/architecture.md explains it.
func layers() map[string][]string {
	return map[string][]string{
		"corpus":     {},
		"config":     {"github.com/caarlos0/env/v11"},
		"models":     {"github.com/google/uuid"},
		"canon/text": {"models", "golang.org/x/net/idna", "golang.org/x/text"},
		"canon": {
			"models", "canon/text", "canon/phone", "canon/link", "canon/words", "golang.org/x/text", "golang.org/x/crypto/sha3",
		},
		"match":  {"match/brands", "match/words", "match/scripts", "models", "canon", "canon/text", "canon/link", "canon/words"},
		"risk":   {"models"},
		"intake": {"models", "canon", "canon/text", "canon/link", "canon/extract", "match", "risk", "work"},
		"notify": {
			"models", "risk", "work", "github.com/nicksnyder/go-i18n/v2", "golang.org/x/text", "github.com/prometheus/client_golang",
		},
		"notify/fcm":         {"models", "notify", "firebase.google.com/go/v4", "google.golang.org/api", "golang.org/x/net/http2"},
		"notify/fcm/fakefcm": {},
		"store":              {"models", "go.mongodb.org/mongo-driver/v2"},
		"store/intake":       {"models", "store", "go.mongodb.org/mongo-driver/v2"},
		"store/catalogue":    {"models", "store", "go.mongodb.org/mongo-driver/v2"},
		"store/verdictlog":   {"models", "store", "go.mongodb.org/mongo-driver/v2"},
		"store/notify":       {"models", "store", "go.mongodb.org/mongo-driver/v2"},
		"store/people":       {"models", "store", "go.mongodb.org/mongo-driver/v2"},
		"store/access":       {"models", "store", "go.mongodb.org/mongo-driver/v2"},
		"store/all":          {"store", "store/access", "store/catalogue", "store/intake", "store/notify", "store/people", "store/verdictlog"},
		"store/embedded":     {"go.etcd.io/bbolt", "go.mongodb.org/mongo-driver/v2/bson", "go.mongodb.org/mongo-driver/v2/x/bsonx"},
		"store/storetest":    {"models", "store", "store/all", "store/embedded", "go.mongodb.org/mongo-driver/v2"},
		"handlers/edge": {
			"models", "github.com/gofiber/fiber/v2", "github.com/valyala/fasthttp", "github.com/danielgtaylor/huma/v2",
			"github.com/google/uuid", "github.com/prometheus/client_golang", "golang.org/x/time",
		},
		"handlers":      {"models", "handlers/edge", "github.com/danielgtaylor/huma/v2"},
		"canon/phone":   {"models", "canon/text", "github.com/nyaruka/phonenumbers"},
		"canon/link":    {"models", "canon/text", "golang.org/x/net/publicsuffix", "golang.org/x/net/idna"},
		"canon/words":   {"models", "canon/text", "canon/link"},
		"canon/extract": {"models", "canon", "canon/text", "canon/phone", "canon/link", "golang.org/x/net/publicsuffix"},
		"match/brands":  {"models", "canon", "canon/text", "canon/link"},
		"match/words":   {"models", "canon/text", "canon/words"},
		"match/scripts": {"models", "canon/text", "canon/words"},
		"work":          {"models"},
		"verdictlog":    {"models", "match", "work", "github.com/prometheus/client_golang"},
		"catalogue":     {"models", "canon", "canon/text", "match"},
		"desktest":      {"catalogue", "intake", "verdictlog", "match", "models", "store", "store/storetest"},
		"cmd/tocsin":    {"*"},
	}
}

func TestEveryPackageImportsOnlyWhatItsLayerMay(t *testing.T) {
	allowedImports := layers()
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && entry.Name() == "bench" {
			return fs.SkipDir // a module of its own
		}
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		pkg := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), "../../")
		allowed, known := allowedImports[pkg]
		if !known {
			t.Errorf("%s: the package %s is not in the table", path, pkg)
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if !mayImport(allowed, name) {
				t.Errorf("%s imports %s, which %s may not", path, name, pkg)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// mayImport reports whether a package with these allowed imports may import name.
func mayImport(allowed []string, name string) bool {
	name, ours := strings.CutPrefix(name, module)
	first, _, _ := strings.Cut(name, "/")
	if standard := !ours && !strings.Contains(first, "."); standard {
		return true
	}
	return slices.ContainsFunc(allowed, func(a string) bool {
		return a == "*" || a == name || !ours && strings.HasPrefix(name, a+"/")
	})
}
