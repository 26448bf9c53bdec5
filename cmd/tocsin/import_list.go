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

// listEntry is one signature of a list, as a line of POST /v1/signatures:import.
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

	line int // of the file, from 1
}

// listFile reads signatures from a file in one of these formats:
//
//	CSV, TSV     a header line that names the columns, such as domain,category;
//	             the column with the value may imply its kind: see valueColumns
//	JSON Lines   one listEntry a line
//	plain list   one value a line; # begins a comment line
//
// A list may hold columns that mean nothing to us, and categories of its own.
type listFile struct {
	*inputFile

	next func() (listEntry, error) // the next entry, io.EOF at the end, or malformedLine
}

// openList opens the list at path. With format "auto" the name decides: .csv, .tsv,
// .jsonl or .ndjson, before a .gz; anything else is a plain list.
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

// malformedLine is the error for a line that cannot be read; the reader goes on behind it.
type malformedLine struct {
	line  int
	cause error
}

// Error names the line.
func (e malformedLine) Error() string { return fmt.Sprintf("line %d: %v", e.line, e.cause) }

// plainReader reads one value a line, without empty lines and lines that begin with #.
func plainReader(r io.Reader) func() (listEntry, error) {
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, 1<<20) // the longest line, in bytes: a longer one ends the import
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

// jsonReader reads one JSON object a line. A field that an import does not have
// makes the line malformed: to leave it out would change what the list says.
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

// valueColumns returns pairs of a column's name and the kind that it implies, for
// the columns in which known lists keep their value. The first that a header has is used.
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

// table reads the lines of a CSV (RFC 4180) or TSV file.
type table struct {
	*csv.Reader

	columns map[string]int // index of each column by its name in lower case
	value   string         // name of the column with the value
	kind    string         // kind that this name implies; empty for "value"
	record  []string       // the current line
}

// tableReader reads the header line and returns a function for the lines behind
// it. Lines may have fewer or more fields than the header: public lists do.
func tableReader(r io.Reader, comma rune) (func() (listEntry, error), error) {
	t := &table{Reader: csv.NewReader(r), columns: map[string]int{}}
	// Quotes have no meaning in TSV, and its values hold them.
	t.Comma, t.LazyQuotes, t.ReuseRecord, t.FieldsPerRecord = comma, comma == '\t', true, -1
	header, err := t.Read()
	if err != nil {
		return nil, fmt.Errorf("header line: %w", err)
	}
	for i, name := range header { // which may begin with a byte order mark
		t.columns[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))] = i
	}
	chosen := slices.IndexFunc(valueColumns(), func(c [2]string) bool { _, has := t.columns[c[0]]; return has })
	if chosen < 0 {
		return nil, errors.New("the header names no column with a value, such as value, domain, url, phone or address")
	}
	t.value, t.kind = valueColumns()[chosen][0], valueColumns()[chosen][1]
	return t.next, nil
}

// next returns the entry of the next line.
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
		out.Category = "" // a category of the list's own: the command's default is used
	}
	return out, nil
}

// field returns the current line's value in the named column; empty when it has none.
func (t *table) field(name string) string {
	if i, has := t.columns[name]; has && i < len(t.record) {
		return t.record[i]
	}
	return ""
}
