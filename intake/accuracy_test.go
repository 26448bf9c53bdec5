package intake

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.org/tocsin/canon"
	"example.org/tocsin/match"
	"example.org/tocsin/models"
)

// records reads a file of the test data, comma- or tab-separated, without its
// header, or skips the test.
func records(t *testing.T, name string) [][]string {
	t.Helper()
	folder := os.Getenv("TOCSIN_TEST_DATA")
	if folder == "" {
		folder = filepath.Join("..", "..", "shared", "data")
	}
	file, err := os.Open(filepath.Join(folder, name))
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("the test data %s is not there", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var from io.Reader = file
	if strings.HasSuffix(name, ".gz") {
		if from, err = gzip.NewReader(file); err != nil {
			t.Fatal(err)
		}
	}
	if strings.Contains(name, ".tsv") {
		return tabbed(t, from)
	}
	rows, err := csv.NewReader(from).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

func tabbed(t *testing.T, from io.Reader) [][]string {
	t.Helper()
	var rows [][]string
	scan := bufio.NewScanner(from)
	for scan.Scan() {
		rows = append(rows, strings.Split(scan.Text(), "\t"))
	}
	if err := scan.Err(); err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

// listing fills an index as an import of lists would.
type listing struct {
	index   *match.Index
	refused map[string]int
}

// add lists one value at the given level, unless it is refused, as the import refuses it.
func (l *listing) add(rule models.Rule, kind models.IndicatorKind, raw, region string, level models.Level) {
	value, fault := canon.Signature(rule, kind, raw, region)
	if fault != nil {
		l.refused[fault.Code]++
		return
	}
	l.index.Apply([]models.Change{{
		Signature: models.SignatureID(rule, kind, value), Rule: rule, Kind: kind, Value: value,
		To: level, Category: models.CategoryPhishing, Reason: reasonList, Rev: 1,
	}})
}

// scamLists lists every scam domain, link, number and wallet of the test data
// as dangerous, and protects what the shipped register protects.
func scamLists(t *testing.T) *Desk {
	t.Helper()
	if testing.Short() {
		t.Skip("the lists take seconds")
	}
	l := listing{index: match.New(), refused: map[string]int{}}
	for _, r := range records(t, "domains_scam.tsv.gz") {
		l.add(models.Exact, models.Domain, r[0], "", models.Danger)
	}
	for _, r := range records(t, "urls_scam.tsv.gz") {
		l.add(models.Exact, models.URL, r[0], "", models.Danger)
	}
	for _, r := range records(t, "phones_scam.csv.gz") {
		l.add(models.Exact, models.Phone, r[0], r[1], models.Danger)
	}
	for _, r := range records(t, "crypto_scam.csv.gz") {
		l.add(models.Exact, models.Wallet, r[0], "", models.Danger)
	}
	t.Logf("%d signatures, refused %v", l.index.Stats().Signatures, l.refused)
	return &Desk{Index: l.index, Clock: time.Now}
}

// tally counts verdicts by level and keeps some of each that accuse.
type tally struct {
	asked, refused int
	levels         map[models.Level]int
	shown          map[models.Level][]string
}

func (c *tally) add(v models.Verdict, err error, what string) {
	c.asked++
	if err != nil {
		c.refused++
		return
	}
	c.levels[v.Level]++
	if v.Level.Rank() > 0 && len(c.shown[v.Level]) < 12 {
		c.shown[v.Level] = append(c.shown[v.Level], what+" ("+string(v.Reasons[0].How)+")")
	}
}

func (c *tally) share(l models.Level) float64 { return float64(c.levels[l]) / float64(c.asked) }

func newTally() *tally {
	return &tally{levels: map[models.Level]int{}, shown: map[models.Level][]string{}}
}

// TestHonestDomainsAndLinksAreNotAccused asks for every benign domain and link
// against all scam lists at once. The lists hold some of these themselves, so
// that not every hit is ours; the figures are in docs/benchmarks.md.
func TestHonestDomainsAndLinksAreNotAccused(t *testing.T) {
	desk := scamLists(t)
	for _, tt := range []struct {
		file     string
		kind     models.IndicatorKind
		atDanger float64 // the most that may be called dangerous
	}{{"domains_benign.tsv.gz", models.Domain, 0.0001}, {"urls_benign.tsv.gz", models.URL, 0.002}} {
		got := newTally()
		for _, r := range records(t, tt.file) {
			v, err := desk.CheckOne(tt.kind, r[0], "")
			got.add(v, err, r[0])
		}
		t.Logf("%s: %d asked, %d refused, %v", tt.file, got.asked, got.refused, got.levels)
		for level, some := range got.shown {
			t.Logf("  %s: %s", level, strings.Join(some, ", "))
		}
		if share := got.share(models.Danger) + got.share(models.Confirmed); share > tt.atDanger {
			t.Errorf("%s: %.4f %% are called dangerous, want %.4f %% at most", tt.file, 100*share, 100*tt.atDanger)
		}
	}
}
