package main

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "example.org/tocsin/"

// layers says what each package may import from this module and from outside
// the standard library. This table is the architecture; docs/architecture.md explains it.
//
// It reads from below upwards. Desks never import each other, the store or the
// handlers: they meet in interfaces that cmd/tocsin fills.
func layers() map[string][]string {
	const (
		driver     = "go.mongodb.org/mongo-driver/v2"
		prometheus = "github.com/prometheus/client_golang"
		huma       = "github.com/danielgtaylor/huma/v2"
	)
	return map[string][]string{
		"config": {"github.com/caarlos0/env/v11"},
		"models": {"github.com/google/uuid"},
		"work":   {"models", prometheus},
		"risk":   {"models"},

		// What was written, in one form.
		"canon/text":    {"models", "golang.org/x/net/idna", "golang.org/x/text"},
		"canon/phone":   {"models", "canon/text", "github.com/nyaruka/phonenumbers"},
		"canon/link":    {"models", "canon/text", "golang.org/x/net/publicsuffix", "golang.org/x/net/idna"},
		"canon/words":   {"models", "canon/text", "canon/link"},
		"canon":         {"models", "canon/text", "canon/phone", "canon/link", "canon/words", "golang.org/x/text", "golang.org/x/crypto/sha3"},
		"canon/extract": {"models", "canon/text", "canon/phone", "canon/link", "canon", "golang.org/x/net/publicsuffix"},

		// Which signatures it touches.
		"match/brands":  {"models", "canon/text", "canon/link"},
		"match/words":   {"models", "canon/text", "canon/words"},
		"match/scripts": {"models", "canon/text", "canon/words"},
		"match":         {"models", "canon/text", "canon/link", "match/brands", "match/words", "match/scripts"},

		// The desks.
		"intake":     {"models", "canon", "canon/text", "canon/link", "canon/phone", "canon/extract", "match", "risk", "work"},
		"catalogue":  {"models", "canon", "canon/text", "match"},
		"verdictlog": {"models", "match", "work", prometheus},
		"notify":     {"models", "risk", "work", "github.com/nicksnyder/go-i18n/v2", "golang.org/x/text", prometheus},
		"notify/fcm": {"models", "notify", "firebase.google.com/go/v4", "google.golang.org/api"},

		// The database.
		"store":            {"models", "work", driver},
		"store/intake":     {"models", "store", driver},
		"store/catalogue":  {"models", "store", driver},
		"store/verdictlog": {"models", "store", driver},
		"store/notify":     {"models", "store", driver},
		"store/people":     {"models", "store", driver},
		"store/access":     {"models", "store", driver},
		"store/all": {
			"models", "store", "store/intake", "store/catalogue", "store/verdictlog", "store/notify", "store/people", "store/access",
		},
		"store/embedded": {"go.etcd.io/bbolt", driver + "/x/bsonx"},

		// The REST surface, and the program.
		"handlers/edge": {
			"models", huma, "github.com/gofiber/fiber/v2", "github.com/valyala/fasthttp", "github.com/google/uuid",
			prometheus,
		},
		"handlers":   {"models", "handlers/edge", huma},
		"cmd/tocsin": {"*"},

		// For tests alone.
		"corpus":             {},
		"desktest":           {"models", "match", "intake", "catalogue", "verdictlog", "store/storetest"},
		"notify/fcm/fakefcm": {},
		"store/storetest":    {"models", "store", "store/all", "store/embedded", driver},
	}
}

func TestEveryPackageImportsOnlyWhatItsLayerMay(t *testing.T) {
	allowed, used := layers(), map[string]map[string]bool{}
	eachGoFile(t, func(path string, source []byte) {
		if strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "bench/") { // bench is a module of its own
			return
		}
		pkg := filepath.ToSlash(filepath.Dir(path))
		if _, known := allowed[pkg]; !known {
			t.Errorf("%s: the package %s is not in the table", path, pkg)
			return
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			entry, ok := permission(allowed[pkg], name)
			if !ok {
				t.Errorf("%s imports %s, which %s may not", path, name, pkg)
			}
			if used[pkg] == nil {
				used[pkg] = map[string]bool{}
			}
			used[pkg][entry] = true
		}
	})
	for pkg, entries := range allowed {
		for _, entry := range entries {
			if !used[pkg][entry] {
				t.Errorf("%s may import %s, and does not: the table is wider than the architecture", pkg, entry)
			}
		}
	}
}

// permission returns the entry by which name may be imported; "" for the standard library.
func permission(allowed []string, name string) (entry string, ok bool) {
	name, ours := strings.CutPrefix(name, module)
	first, _, _ := strings.Cut(name, "/")
	if standard := !ours && !strings.Contains(first, "."); standard {
		return "", true
	}
	for _, a := range allowed {
		if a == "*" || a == name || !ours && strings.HasPrefix(name, a+"/") {
			return a, true
		}
	}
	return "", false
}
