package handlers_test

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.org/tocsin/models"
	"example.org/tocsin/risk"
)

// guide is one of the guides in docs.
type guide struct {
	name string
	text string
}

func readGuide(t *testing.T, name string) guide {
	t.Helper()
	b, err := os.ReadFile("../docs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return guide{name, string(b)}
}

// table returns the rows, cell by cell, of the table whose first column has the title.
func (g guide) table(t *testing.T, title string) [][]string {
	t.Helper()
	_, rest, found := strings.Cut(g.text, "\n| "+title+" |")
	if !found {
		t.Fatalf("%s has no table %q", g.name, title)
	}
	var rows [][]string
	for line := range strings.SplitSeq(rest, "\n") {
		switch {
		case strings.HasPrefix(line, "|---"):
		case strings.HasPrefix(line, "| "):
			cells := strings.Split(strings.Trim(line, "| "), " | ")
			rows = append(rows, cells)
		case len(rows) > 0:
			return rows
		}
	}
	return rows
}

// words returns the code words in one column of a table, sorted, each once.
func words(rows [][]string, column int) []string {
	seen := map[string]bool{}
	for _, row := range rows {
		for _, word := range regexp.MustCompile(`[a-z_]+`).FindAllString(row[column], -1) {
			seen[word] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

func sorted[T ~string](values ...T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	slices.Sort(out)
	return out
}

// TestGuidesListWhatTheCodeHas compares each list in a guide with the code, both ways.
func TestGuidesListWhatTheCodeHas(t *testing.T) {
	app, signatures := readGuide(t, "guide-app.md"), readGuide(t, "guide-signatures.md")
	for _, tt := range []struct {
		guide  guide
		title  string
		column int
		want   []string
	}{
		{app, "kind", 0, sorted(models.IndicatorKinds()...)},
		{app, "level", 0, sorted(models.Levels()...)},
		{app, "category", 0, sorted(models.Categories()...)},
		{app, "advice", 0, sorted(risk.AdviceCodes()...)},
		{signatures, "rule", 0, sorted(models.Rules()...)},
		{signatures, "rule", 1, sorted(append(models.IndicatorKinds(), models.Text)...)},
		{signatures, "how", 0, sorted(models.MatchTypes()...)},
	} {
		if got := words(tt.guide.table(t, tt.title), tt.column); !slices.Equal(got, tt.want) {
			t.Errorf("%s lists under %q\n%q, the code has\n%q", tt.guide.name, tt.title, got, tt.want)
		}
	}
	leads := map[string]bool{}
	for _, row := range signatures.table(t, "how") {
		for _, word := range words([][]string{row}, 0) {
			leads[word] = strings.HasPrefix(row[1], "lead:")
		}
	}
	for _, match := range models.MatchTypes() {
		if leads[string(match)] != match.Lead() {
			t.Errorf("%s calls %s a lead: %v, the code: %v", signatures.name, match, leads[string(match)], match.Lead())
		}
	}
}

// apiDocument is what the guides quote of the OpenAPI document.
type apiDocument struct {
	Paths map[string]map[string]struct {
		RequestBody struct {
			Limits struct {
				Lines     int `json:"lines"`
				LineBytes int `json:"line_bytes"`
				BodyBytes int `json:"body_bytes"`
			} `json:"x-limits"`
		} `json:"requestBody"`
		Parameters []struct {
			Name   string
			Schema apiField
		}
	}
	Components struct {
		Schemas map[string]struct{ Properties map[string]apiField }
	}
}

type apiField struct {
	MaxItems, MaxLength, Maximum int
	Pattern                      string
}

func (d apiDocument) field(schema, name string) apiField {
	return d.Components.Schemas[schema].Properties[name]
}

func (d apiDocument) parameter(path, method, name string) apiField {
	for _, p := range d.Paths[path][method].Parameters {
		if p.Name == name {
			return p.Schema
		}
	}
	return apiField{}
}

func readDocument(t *testing.T) apiDocument {
	t.Helper()
	var doc apiDocument
	if err := json.Unmarshal(document(t), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// repetition returns the most characters that a pattern such as ^[a-z]{1,128}$ allows.
func repetition(t *testing.T, pattern string) int {
	t.Helper()
	found := regexp.MustCompile(`\{\d+,(\d+)\}\$$`).FindStringSubmatch(pattern)
	if found == nil {
		t.Fatalf("the pattern %q has no limit", pattern)
	}
	n, err := strconv.Atoi(found[1])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestGuidesNameTheLimitsOfTheContract compares the table of limits in each guide with the document, both ways.
func TestGuidesNameTheLimitsOfTheContract(t *testing.T) {
	doc := readDocument(t)
	batch, list := doc.Paths["/v1/reports:batch"]["post"].RequestBody.Limits, doc.Paths["/v1/signatures:import"]["post"].RequestBody.Limits
	indicators := doc.field("ReportRequest", "indicators").MaxItems
	for _, same := range [][2]int{
		{indicators, doc.field("CheckRequest", "indicators").MaxItems},
		{doc.field("Message", "text").MaxLength, doc.field("CheckRequest", "text").MaxLength},
		{doc.field("Indicator", "value").MaxLength, doc.field("ExposureEntry", "value").MaxLength},
		{doc.field("Indicator", "value").MaxLength, doc.parameter("/v1/checks/{kind}/{value}", "get", "value").MaxLength},
	} {
		if same[0] != same[1] {
			t.Errorf("the guides name one limit for two fields that have %d and %d", same[0], same[1])
		}
	}
	for name, want := range map[string]map[string]int{
		"guide-app.md": {
			"indicators in a report or check":    indicators,
			"characters of an indicator's value": doc.field("Indicator", "value").MaxLength,
			"characters of a message":            doc.field("Message", "text").MaxLength,
			"characters of a story":              doc.field("ReportRequest", "story").MaxLength,
			"characters of an idempotency key":   repetition(t, doc.field("BatchReport", "idempotency_key").Pattern),
			"exposures in a request":             doc.field("ExposureRequest", "exposures").MaxItems,
			"warnings on a page":                 doc.parameter("/v1/devices/me/warnings", "get", "limit").Maximum,
		},
		"guide-call-centre.md": {
			"indicators in a report or check": indicators,
			"characters of the agent's name":  doc.parameter("/v1/reports", "post", "Tocsin-Agent").MaxLength,
			"characters of `on_behalf_of`":    doc.field("ReportRequest", "on_behalf_of").MaxLength,
			"lines of a batch":                batch.Lines,
			"bytes of a line":                 batch.LineBytes,
			"bytes of a batch":                batch.BodyBytes,
		},
		"guide-signatures.md": {
			"characters of a value":  doc.field("SignatureRequest", "value").MaxLength,
			"characters of a source": doc.field("SignatureRequest", "source").MaxLength,
			"characters of a note":   doc.field("SignatureRequest", "note").MaxLength,
			"signatures on a page":   doc.parameter("/v1/signatures", "get", "limit").Maximum,
			"lines of an import":     list.Lines,
			"bytes of a line":        list.LineBytes,
			"bytes of an import":     list.BodyBytes,
		},
	} {
		got := map[string]int{}
		for _, row := range readGuide(t, name).table(t, "limit") {
			n, err := strconv.Atoi(strings.ReplaceAll(row[1], ",", ""))
			if err != nil {
				t.Errorf("%s: the limit of %s is %q, want a number", name, row[0], row[1])
			}
			got[row[0]] = n
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s has the limits\n%v, the contract has\n%v", name, got, want)
		}
	}
}

// knownWords returns every word that a guide can quote: error codes, codes of
// advice, and the fields, parameters, headers and enumerated values of the document.
func knownWords(t *testing.T) map[string]bool {
	t.Helper()
	known := map[string]bool{}
	for _, code := range risk.AdviceCodes() {
		known[code] = true
	}
	for line := range strings.SplitSeq(readGuide(t, "errors.md").text, "\n") {
		if cells := strings.Split(line, "|"); len(cells) > 3 {
			known[strings.TrimSpace(cells[1])] = true
		}
	}
	doc := readDocument(t)
	for _, schema := range doc.Components.Schemas {
		for name := range schema.Properties {
			known[name] = true
		}
	}
	for _, methods := range doc.Paths {
		for _, operation := range methods {
			for _, parameter := range operation.Parameters {
				known[parameter.Name] = true
			}
		}
	}
	return known
}

// TestGuidesQuoteOnlyWhatExists looks at what the guides quote in running text:
// codes and fields with an underscore, paths of the API, and files.
func TestGuidesQuoteOnlyWhatExists(t *testing.T) {
	known, doc := knownWords(t), readDocument(t)
	known["default_region"] = true // a column of an imported list
	known["all_clear"] = true      // a class of warnings
	code := regexp.MustCompile(`^[a-z]+(_[a-z0-9]+)+$`)
	operation := regexp.MustCompile(`^([A-Z]+) (/v1/[^ ?]+)$`)
	file := regexp.MustCompile(`^[a-z]+(/[A-Za-z0-9_.-]+)+\.[a-z]+$`)
	for _, name := range []string{"guide-app.md", "guide-call-centre.md", "guide-signatures.md"} {
		prose := regexp.MustCompile("(?ms)^```.*?^```$").ReplaceAllString(readGuide(t, name).text, "")
		quotes := regexp.MustCompile("`([^`\n]+)`").FindAllStringSubmatch(prose, -1)
		if len(quotes) < 10 {
			t.Errorf("%s: only %d quotes are found", name, len(quotes))
		}
		for _, quote := range quotes {
			word := quote[1]
			switch found := operation.FindStringSubmatch(word); {
			case found != nil:
				if _, exists := doc.Paths[found[2]][strings.ToLower(found[1])]; !exists {
					t.Errorf("%s: there is no operation %s", name, word)
				}
			case code.MatchString(word) && !known[word]:
				t.Errorf("%s: %s is neither a code nor a field", name, word)
			case file.MatchString(word):
				if _, err := os.Stat("../" + word); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	}
}
