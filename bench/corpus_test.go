package bench

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.org/tocsin/match"
	"example.org/tocsin/models"
)

// noon is the time at which everything is asked.
var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// asked is how many values a benchmark asks in turn: enough that neither the
// branch predictor nor the cache knows them by heart.
const queryCount = 1 << 14

func random() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

// entries is how many signatures the index is asked among.
func indexSize(tb testing.TB) int {
	tb.Helper()
	text := os.Getenv("TOCSIN_BENCH_SIGNATURES")
	if text == "" {
		return 1_000_000
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < queryCount {
		tb.Fatalf("TOCSIN_BENCH_SIGNATURES is not a number from %d on", queryCount)
	}
	return n
}

// number is the n-th of many scattered numbers that nobody has.
func phoneAt(n int) string { return fmt.Sprintf("+999%010d", uint64(n)*2654435761%10_000_000_000) }

// page is the n-th of many made-up links, canonical.
func linkAt(n int) string {
	words := [...]string{"login", "secure", "account", "verify", "update", "bank", "post", "parcel", "track", "cdn", "www", "m", "app"}
	r := rand.New(rand.NewPCG(7, uint64(n)))
	word := func() string { return words[r.IntN(len(words))] }
	name := strconv.FormatUint(uint64(n)*2654435761%(1<<31), 26) // digits and letters: no two of one series
	link := word() + "." + word() + "-" + name + ".example"
	for range 1 + r.IntN(3) {
		link += "/" + word() + name
	}
	if r.IntN(2) == 0 {
		link += "/?id=" + strconv.FormatUint(r.Uint64(), 10)
	}
	return link
}

// change says that a value is dangerous.
func change(rule models.Rule, kind models.IndicatorKind, value string) models.Change {
	return models.Change{
		Signature: models.SignatureID(rule, kind, value), Rule: rule, Kind: kind, Value: value,
		To: models.Danger, Category: models.CategoryPhishing, Reason: "list", Rev: 1,
	}
}

// listed is an index in which the first n values of a kind are dangerous.
func newIndex(n int, kind models.IndicatorKind, value func(int) string) *match.Index {
	x := match.New()
	for at := 0; at < n; at += models.MaxEntryChanges {
		batch := make([]models.Change, min(models.MaxEntryChanges, n-at))
		for i := range batch {
			batch[i] = change(models.Exact, kind, value(at+i))
		}
		x.Apply(batch)
	}
	return x
}

// data opens a file of the test data and returns its lines without the first, or skips.
func readLines(tb testing.TB, name string) []string {
	tb.Helper()
	folder := os.Getenv("TOCSIN_TEST_DATA")
	if folder == "" {
		folder = filepath.Join("..", "..", "shared", "data")
	}
	file, err := os.Open(filepath.Join(folder, name))
	if errors.Is(err, os.ErrNotExist) {
		tb.Skipf("the test data %s is not there", name)
	}
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close()
	var from io.Reader = file
	if strings.HasSuffix(name, ".gz") {
		if from, err = gzip.NewReader(file); err != nil {
			tb.Fatal(err)
		}
	}
	var lines []string
	for scan := bufio.NewScanner(from); scan.Scan(); {
		lines = append(lines, scan.Text())
	}
	return lines[1:]
}

// messages returns real short messages.
func messages(tb testing.TB) []string {
	tb.Helper()
	rows := csv.NewReader(strings.NewReader(strings.Join(readLines(tb, "sms_labelled.csv.gz"), "\n")))
	rows.FieldsPerRecord = -1
	var out []string
	for len(out) < queryCount {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			tb.Fatal(err)
		}
		if len(row) > 2 && len(row[2]) > 20 && len(row[2]) < 400 {
			out = append(out, row[2])
		}
	}
	return out
}
