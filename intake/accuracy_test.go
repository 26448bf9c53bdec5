package intake_test

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/tocsin/canon"
	"example.org/tocsin/corpus"
	"example.org/tocsin/intake"
	"example.org/tocsin/match"
	"example.org/tocsin/models"
	"example.org/tocsin/risk"
)

// listing is an index, and what of the lists was not taken into it, by error code.
type listing struct {
	index   *match.Index
	refused map[string]int
}

// add puts one value into the index at the given level, unless an import would refuse it.
func (l *listing) add(rule models.Rule, kind models.IndicatorKind, raw, region string, level models.Level) {
	canonical := canon.Signature
	if level == models.Imitated && rule == models.Exact {
		canonical = func(_ models.Rule, kind models.IndicatorKind, raw, region string) (string, error) {
			return canon.ProtectedSignature(kind, raw, region)
		}
	}
	value, fault := canonical(rule, kind, raw, region)
	if fault != nil {
		l.refused[models.CodeOf(fault)]++
		return
	}
	l.index.Apply([]models.Change{{
		Signature: models.SignatureID(rule, kind, value), Rule: rule, Kind: kind, Value: value,
		To: level, Category: models.CategoryPhishing, Reason: models.ReasonList, Rev: 1,
	}})
}

// scamLists returns a desk whose index holds every scam domain, link, number and wallet of
// the test data as dangerous, and the lists that ship with Tocsin.
func scamLists(t *testing.T) *intake.Desk {
	t.Helper()
	if testing.Short() {
		t.Skip("the lists take seconds")
	}
	l := listing{index: match.New(), refused: map[string]int{}}
	for _, r := range corpus.Rows(t, "domains_scam.tsv.gz") {
		l.add(models.Exact, models.Domain, r[0], "", models.Danger)
	}
	for _, r := range corpus.Rows(t, "urls_scam.tsv.gz") {
		l.add(models.Exact, models.URL, r[0], "", models.Danger)
	}
	for _, r := range corpus.Rows(t, "phones_scam.csv.gz") {
		l.add(models.Exact, models.Phone, r[0], r[1], models.Danger)
	}
	for _, r := range corpus.Rows(t, "crypto_scam.csv.gz") {
		l.add(models.Exact, models.Wallet, r[0], "", models.Danger)
	}
	t.Logf("%d signatures, refused %v", l.index.Stats().Signatures, l.refused)
	l.addShipped(t)
	return &intake.Desk{Index: l.index, Clock: time.Now}
}

// addShipped adds the lists that ship with Tocsin: the protected register and the rules for messages.
func (l *listing) addShipped(t *testing.T) {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "lists", "protected.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows[1:] {
		l.add(models.Exact, models.IndicatorKind(r[1]), r[0], "", models.Imitated)
	}
	l.addRules(t)
}

// tally counts verdicts by level and keeps some of each that accuse.
type tally struct {
	checked, refused int
	levels           map[models.Level]int
	shown            map[models.Level][]string
}

func (c *tally) add(v models.Verdict, err error, what string) {
	c.checked++
	if err != nil {
		c.refused++
		return
	}
	c.levels[v.Level]++
	if v.Level.Rank() > 0 && len(c.shown[v.Level]) < 12 {
		c.shown[v.Level] = append(c.shown[v.Level], what+" ("+string(v.Reasons[0].MatchType)+")")
	}
}

func (c *tally) share(l models.Level) float64 { return float64(c.levels[l]) / float64(c.checked) }

func newTally() *tally {
	return &tally{levels: map[models.Level]int{}, shown: map[models.Level][]string{}}
}

// TestHonestDomainsAndLinksAreNotAccused checks every benign domain and link
// against all scam lists and the shipped ones at once. The scam lists hold some of
// the benign ones themselves, so not every hit is an error of the engine; the
// figures are in docs/benchmarks.md.
func TestHonestDomainsAndLinksAreNotAccused(t *testing.T) {
	desk := scamLists(t)
	for _, tt := range []struct {
		file     string
		kind     models.IndicatorKind
		atDanger float64 // the most that may be at danger or confirmed
		atLead   float64 // the most that may be at watch or caution
	}{{"domains_benign.tsv.gz", models.Domain, 0.0001, 0.003}, {"urls_benign.tsv.gz", models.URL, 0.002, 0.01}} {
		got := newTally()
		for _, r := range corpus.Rows(t, tt.file) {
			v, err := desk.CheckOne(tt.kind, r[0], "")
			got.add(v, err, r[0])
		}
		t.Logf("%s: %d checked, %d refused, %v", tt.file, got.checked, got.refused, got.levels)
		for level, some := range got.shown {
			t.Logf("  %s: %s", level, strings.Join(some, ", "))
		}
		if share := got.share(models.Danger) + got.share(models.Confirmed); share > tt.atDanger {
			t.Errorf("%s: %.4f %% are at danger or confirmed, want %.4f %% at most", tt.file, 100*share, 100*tt.atDanger)
		}
		if share := got.share(models.Caution) + got.share(models.Watch); share > tt.atLead {
			t.Errorf("%s: %.4f %% are at watch or caution, want %.4f %% at most", tt.file, 100*share, 100*tt.atLead)
		}
	}
}

// addRules adds the rules for messages that ship with Tocsin, and returns how many.
func (l *listing) addRules(t *testing.T) int {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "lists", "messages.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	n := 0
	for lines := bufio.NewScanner(file); lines.Scan(); n++ {
		var rule models.SignatureDraft
		if err := json.Unmarshal(lines.Bytes(), &rule); err != nil {
			t.Fatal(err)
		}
		l.add(rule.Rule, rule.Kind, rule.Value, "", rule.Level)
	}
	return n
}

func TestEveryShippedRuleIsTaken(t *testing.T) {
	l := listing{index: match.New(), refused: map[string]int{}}
	if n := l.addRules(t); n == 0 || l.index.Stats().Signatures != n {
		t.Errorf("%d of %d rules are in the index, refused %v", l.index.Stats().Signatures, n, l.refused)
	}
}

// labelCounts counts messages by their true label: all of them, and those that the
// rules put at each level or a worse one.
type labelCounts struct{ total, atWatch, atCaution, atDanger map[string]int }

func newLabelCounts() *labelCounts {
	return &labelCounts{map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}}
}

func (f *labelCounts) add(label string, l models.Level) {
	f.total[label]++
	for rank, count := range []map[string]int{f.atWatch, f.atCaution, f.atDanger} {
		if l.Rank() > rank {
			count[label]++
		}
	}
}

// TestShippedRulesRecogniseScamMessages matches every labelled message with the
// shipped rules alone, without any list of numbers or links. It prints precision
// and recall by language and level, and bounds the share of honest messages that
// are accused.
func TestShippedRulesRecogniseScamMessages(t *testing.T) {
	if testing.Short() {
		t.Skip("the messages take seconds")
	}
	rules := listing{index: match.New(), refused: map[string]int{}}
	rules.addRules(t)
	languages := map[string]*labelCounts{}
	all := newLabelCounts()
	for _, r := range corpus.Rows(t, "sms_labelled.csv.gz") {
		label, language, text := r[0], r[1], r[2]
		if languages[language] == nil {
			languages[language] = newLabelCounts()
		}
		level := risk.Judge(rules.index.Match(models.MatchQuery{Text: text}, time.Now())).Level
		languages[language].add(label, level)
		all.add(label, level)
	}
	languages["all"] = all
	for _, language := range slices.Sorted(maps.Keys(languages)) {
		f := languages[language]
		for _, at := range []struct {
			name  string
			count map[string]int
		}{{"watch", f.atWatch}, {"caution", f.atCaution}, {"danger", f.atDanger}} {
			scam, honest, spam := at.count["scam"], at.count["benign"], at.count["spam"]
			t.Logf("%-8s from %-7s on: scam %4d of %4d (%.1f %%), honest %3d of %5d (%.3f %%), spam %4d of %4d, precision %.1f %%",
				language, at.name, scam, f.total["scam"], percent(scam, f.total["scam"]),
				honest, f.total["benign"], percent(honest, f.total["benign"]), spam, f.total["spam"], percent(scam, scam+honest))
		}
	}
	for name, bound := range map[string]struct {
		count map[string]int
		most  float64
	}{"caution": {all.atCaution, 0.1}, "danger": {all.atDanger, 0.02}} {
		if share := percent(bound.count["benign"], all.total["benign"]); share > bound.most {
			t.Errorf("%.3f %% of honest messages are at %s or worse, want %.2f %% at most", share, name, bound.most)
		}
	}
}

func percent(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return 100 * float64(part) / float64(whole)
}
