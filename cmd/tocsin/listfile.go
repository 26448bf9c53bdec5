package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"example.org/tocsin/models"
)

// listed is one signature as a list holds it: what POST /v1/signatures:import takes a line.
type listEntry struct {
	Kind     string `json:"kind,omitempty"`
	Rule     string `json:"rule,omitempty"`
	Value    string `json:"value"`
	Level    string `json:"level,omitempty"`
	Category string `json:"category,omitempty"`
	Source   string `json:"source,omitempty"`
	Note     string `json:"note,omitempty"`
	Region   string `json:"region,omitempty"`
	EndsAt   string `json:"ends_at,omitempty"`

	line int // in the file, from 1
}

// listFile reads signatures from a file: CSV or TSV with a header line, JSON
// Lines, or a plain list with one value a line and # for comments.
type listFile struct {
	*inputFile

	next func() (listEntry, error)
}

// openList opens path. The format is told by the name (.csv, .tsv, .jsonl, .ndjson); anything else is a plain list.
func openList(path, format string) (*listFile, error) {
	file, err := openInput(path)
	if err != nil {
		return nil, err
	}
	l := &listFile{inputFile: file}
	if format == "auto" {
		format = map[string]string{".csv": "csv", ".tsv": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl"}[filepath.Ext(file.name)]
	}
	switch format {
	case "csv":
		l.next, err = tableReader(file, ',')
	case "tsv":
		l.next, err = tableReader(file, '\t')
	case "jsonl":
		l.next = jsonReader(file)
	default:
		l.next = plainReader(file)
	}
	if err != nil {
		file.close()
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return l, nil
}

// malformedLine is a line that could not be read; the lines after it can.
type malformedLine struct {
	line  int
	cause error
}

func (e malformedLine) Error() string { return fmt.Sprintf("line %d: %v", e.line, e.cause) }

func plainReader(r io.Reader) func() (listEntry, error) {
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, 1<<20)
	line := 0
	return func() (listEntry, error) {
		for scanner.Scan() {
			line++
			value := strings.TrimSpace(scanner.Text())
			if value != "" && !strings.HasPrefix(value, "#") {
				return listEntry{Value: value, line: line}, nil
			}
		}
		if err := scanner.Err(); err != nil {
			return listEntry{}, err
		}
		return listEntry{}, io.EOF
	}
}

func jsonReader(r io.Reader) func() (listEntry, error) {
	plain := plainReader(r)
	return func() (listEntry, error) {
		raw, err := plain()
		if err != nil {
			return listEntry{}, err
		}
		out := listEntry{line: raw.line}
		d := json.NewDecoder(strings.NewReader(raw.Value))
		d.DisallowUnknownFields()
		if err := d.Decode(&out); err != nil {
			return listEntry{}, malformedLine{raw.line, errors.New("not a JSON object of a signature")}
		}
		return out, nil
	}
}

// valueColumns are the names under which lists keep their value, and the kind each implies. The first that a header has is taken.
func valueColumns() [][2]string {
	return [][2]string{
		{"value", ""},
		{"domain", "domain"},
		{"host", "domain"},
		{"url", "url"},
		{"link", "url"},
		{"raw", "phone"},
		{"phone", "phone"},
		{"number", "phone"},
		{"e164", "phone"},
		{"email", "email"},
		{"iban", "account"},
		{"account", "account"},
		{"address", "wallet"},
		{"wallet", "wallet"},
	}
}

// table reads one line of CSV or TSV after the other.
type table struct {
	*csv.Reader

	columns map[string]int // by name
	value   string         // name of the column with the value
	kind    string         // that the name implies
	record  []string
}

func tableReader(r io.Reader, comma rune) (func() (listEntry, error), error) {
	t := &table{Reader: csv.NewReader(r), columns: map[string]int{}}
	t.Comma, t.LazyQuotes, t.ReuseRecord, t.FieldsPerRecord = comma, comma == '\t', true, -1
	header, err := t.Read()
	if err != nil {
		return nil, fmt.Errorf("header line: %w", err)
	}
	for i, name := range header {
		t.columns[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))] = i
	}
	chosen := slices.IndexFunc(valueColumns(), func(c [2]string) bool { _, has := t.columns[c[0]]; return has })
	if chosen < 0 {
		return nil, errors.New("the header names no column with a value, such as value, domain, url, phone or address")
	}
	t.value, t.kind = valueColumns()[chosen][0], valueColumns()[chosen][1]
	return t.next, nil
}

func (t *table) next() (listEntry, error) {
	record, err := t.Read()
	var parseErr *csv.ParseError
	switch {
	case errors.As(err, &parseErr):
		return listEntry{}, malformedLine{parseErr.Line, parseErr.Err}
	case err != nil:
		return listEntry{}, err
	}
	t.record = record
	out := listEntry{
		Kind: t.kind, Rule: t.field("rule"), Value: t.field(t.value), Level: t.field("level"), Category: t.field("category"),
		Source: t.field("source"), Note: t.field("note"), Region: t.field("region"), EndsAt: t.field("ends_at"),
	}
	out.line, _ = t.FieldPos(0)
	if t.value == "value" {
		out.Kind = t.field("kind")
	}
	if _, has := t.columns["default_region"]; has {
		out.Region = t.field("default_region") // the region of the raw number, not of its owner
	}
	if !slices.Contains(models.Categories(), models.Category(out.Category)) {
		out.Category = "" // a list's own word: the default stands in
	}
	return out, nil
}

// field returns what stands in the named column of the present line, if there is one.
func (t *table) field(name string) string {
	if i, has := t.columns[name]; has && i < len(t.record) {
		return t.record[i]
	}
	return ""
}
