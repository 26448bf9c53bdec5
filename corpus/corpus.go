// Package corpus opens the test data: real reports, messages, numbers, links
// and published vectors. They are not part of the repository, since they are
// others' and name innocent people. A test that needs a file is skipped, with a
// note that says so, where it is not there.
//
// It is for tests and benchmarks only, and so takes a testing.TB and ends the
// test on every fault: there are no errors to handle. Names are folders and a
// file, as for filepath.Join; a file whose name ends in ".gz" is unpacked.
package corpus

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// variable names the environment variable with the folder of the test data.
// Without it, shared/data in a folder above is taken.
const variable = "TOCSIN_TEST_DATA"

// Folder returns the folder of the test data, and whether it is there.
func Folder() (string, bool) {
	folder := os.Getenv(variable)
	// A test runs in the folder of its package, at most some levels down.
	for dir := "."; folder == "" && len(dir) < 32; dir = filepath.Join("..", dir) {
		if _, err := os.Stat(filepath.Join(dir, "shared", "data")); err == nil {
			folder = filepath.Join(dir, "shared", "data")
		}
	}
	_, err := os.Stat(folder) //nolint:gosec // whoever runs the tests says where their data are
	return folder, err == nil
}

// Path returns the path of a file of the test data, by its folders and name. It
// skips the test where there is no such file.
func Path(t testing.TB, name ...string) string {
	t.Helper()
	folder, _ := Folder()
	path := filepath.Join(append([]string{folder}, name...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no test data: set %s to their folder (%v)", variable, err)
	}
	return path
}

// Open opens a file of the test data, unpacked if it is packed. It is closed
// when the test ends.
func Open(t testing.TB, name ...string) io.Reader {
	t.Helper()
	path := Path(t, name...)
	file, err := os.Open(path) //nolint:gosec // tests name their files
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() }) // nothing was written
	if !strings.HasSuffix(path, ".gz") {
		return file
	}
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	return unpacked
}

// Bytes returns a whole file of the test data, unpacked if it is packed.
func Bytes(t testing.TB, name ...string) []byte {
	t.Helper()
	all, err := io.ReadAll(Open(t, name...))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Lines returns the lines of a file of the test data, without their ends.
func Lines(t testing.TB, name ...string) []string {
	t.Helper()
	var lines []string
	scan := bufio.NewScanner(Open(t, name...))
	scan.Buffer(nil, 4<<20) // a line of the replay can hold a long story
	for scan.Scan() {
		lines = append(lines, scan.Text())
	}
	if err := scan.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

// Rows returns the rows of a table of the test data, without its header: of
// tab-separated values where its name says so, else of comma-separated ones.
func Rows(t testing.TB, name ...string) [][]string {
	t.Helper()
	_, rows := table(t, name...)
	return rows
}

// Column returns the first column of a table, without its header.
func Column(t testing.TB, name ...string) []string {
	t.Helper()
	rows := Rows(t, name...)
	column := make([]string, len(rows))
	for i, row := range rows {
		column[i] = row[0]
	}
	return column
}

// Records returns the rows of a table, each by the names in its header.
func Records(t testing.TB, name ...string) []map[string]string {
	t.Helper()
	header, rows := table(t, name...)
	records := make([]map[string]string, len(rows))
	for i, row := range rows {
		records[i] = make(map[string]string, len(header))
		for k, field := range header {
			records[i][field] = row[k]
		}
	}
	return records
}

// table returns the header and the rows of a table. Tabs separate values that
// hold none, so those need no quotes.
func table(t testing.TB, name ...string) (header []string, rows [][]string) {
	t.Helper()
	if strings.Contains(name[len(name)-1], ".tsv") {
		for _, line := range Lines(t, name...) {
			rows = append(rows, strings.Split(line, "\t"))
		}
		return rows[0], rows[1:]
	}
	rows, err := csv.NewReader(Open(t, name...)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[0], rows[1:]
}
