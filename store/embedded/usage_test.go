package embedded

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const (
	// usage names the folder in which the tests of the store note what they ask of the engine (see store/storetest).
	usage = "TOCSIN_ENGINE_USAGE"

	decision = "../../docs/decisions/0001-embedded-engine.md"

	// budget is how many lines of code the engine may have, without its tests, comments and blank lines. A second store on
	// another database would be about 0.6 of the size at which it was set: decision 1 weighs the two.
	budget = 4_200
)

// TestEveryFeatureOfTheEngineIsUsed runs after all other tests (.ci/run race), and holds what the engine accepts against
// what they have asked it for: what nobody uses goes.
func TestEveryFeatureOfTheEngineIsUsed(t *testing.T) {
	folder := os.Getenv(usage)
	if folder == "" {
		t.Skipf("%s does not name a folder with what all other tests have used", usage)
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, f := range files {
		used[f.Name()] = true
	}
	for _, feature := range Features() {
		if !used[feature] {
			t.Errorf("the engine accepts %q, and nobody uses it", feature)
		}
	}
	t.Logf("%d features", len(Features()))
}

// TestTheDecisionNamesEveryFeature holds the table of decision 1 against the tables by which the engine parses, so that
// nothing comes without a line there.
func TestTheDecisionNamesEveryFeature(t *testing.T) {
	text, err := os.ReadFile(filepath.FromSlash(decision))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string][]string{}
	for _, feature := range Features() {
		at := strings.LastIndexAny(feature, ". ")
		place := strings.TrimSuffix(feature[:at], ".")
		names[place] = append(names[place], "`"+feature[at+1:]+"`")
	}
	for place, list := range names {
		if line := fmt.Sprintf("| %s | %s |\n", place, strings.Join(list, " ")); !bytes.Contains(text, []byte(line)) {
			t.Errorf("%s does not hold the line\n%s", decision, line)
		}
	}
	rows := regexp.MustCompile("(?m)^\\| [^|]+ \\| `").FindAll(text, -1)
	if len(rows) != len(names) {
		t.Errorf("%s has %d lines of features; want %d", decision, len(rows), len(names))
	}
}

// TestTheEngineStaysWithinItsBudget counts lines of code.
func TestTheEngineStaysWithinItsBudget(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	none := regexp.MustCompile(`^\s*(//.*)?$`)
	lines := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(source)) {
			if !none.MatchString(strings.TrimSuffix(line, "\n")) {
				lines++
			}
		}
	}
	if t.Logf("%d lines of code", lines); lines > budget {
		t.Errorf("the engine has %d lines of code; at most %d", lines, budget)
	}
}
