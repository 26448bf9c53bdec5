package canon

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"example.org/tocsin/models"
)

// testData returns the path of a file of the test data, which are not part of
// the repository.
func testData(t testing.TB, name ...string) string {
	t.Helper()
	path := filepath.Join(append([]string{dataFolder()}, name...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no test data: set TOCSIN_TEST_DATA to their folder (%v)", err)
	}
	return path
}

func dataFolder() string {
	if folder := os.Getenv("TOCSIN_TEST_DATA"); folder != "" {
		return folder
	}
	return filepath.Join("..", "..", "shared", "data")
}

// replayLine is one report of the replay.
type replayLine struct {
	Kind      any             `json:"kind"`
	Phone     any             `json:"phone"`
	URL       any             `json:"url"`
	Account   json.RawMessage `json:"account"`
	Message   json.RawMessage `json:"message"`
	Region    string          `json:"region"`
	Narrative string          `json:"narrative"`
	Amount    any             `json:"amount_lost"`
	Truth     struct {
		Class, Canon, Why string
		PII               any `json:"pii"`
	} `json:"_truth"`
}

// readReplay reads the replay once for all tests.
var readReplay = sync.OnceValues(func() ([]replayLine, error) {
	file, err := os.Open(filepath.Join(dataFolder(), "replay_reports.jsonl.gz"))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	var out []replayLine
	lines := bufio.NewScanner(unzipped)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var line replayLine
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return nil, err
		}
		out = append(out, line)
	}
	return out, lines.Err()
})

func replay(t testing.TB) []replayLine {
	t.Helper()
	if testing.Short() {
		t.Skip("the replay takes seconds")
	}
	testData(t, "replay_reports.jsonl.gz")
	lines, err := readReplay()
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// share logs how many of how many passed, and fails below a floor.
type passRate struct {
	name        string
	passed, all int
	missed      map[string]bool
}

func (s *passRate) count(ok bool, example string) {
	s.all++
	if ok {
		s.passed++
		return
	}
	if s.missed == nil {
		s.missed = map[string]bool{}
	}
	if len(s.missed) < 12 {
		s.missed[example] = true
	}
}

func (s *passRate) check(t *testing.T, floor float64) {
	t.Helper()
	got := float64(s.passed) / float64(max(1, s.all))
	t.Logf("%s: %d of %d (%.2f %%), missed for example %q", s.name, s.passed, s.all, 100*got, keys(s.missed))
	if got < floor || s.all == 0 {
		t.Errorf("%s: got %.4f, want at least %.4f", s.name, got, floor)
	}
}

func keys(m map[string]bool) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	return out
}

// samePhone compares a canonical phone with the replay's, which writes a short
// code behind the country code: CN:95588 is its +8695588.
func samePhone(got, want string) bool {
	if c, digits, ok := strings.Cut(got, ":"); ok {
		got = "+" + itoa(phonenumbers.GetCountryCodeForRegion(c)) + digits
	}
	return got == want
}

func itoa(n int) string { b, _ := json.Marshal(n); return string(b) }

// TestReplayPhones holds three figures. The replay gives national numbers of
// one country to reporters of others, and emergency numbers of any country:
// those nobody can tell, so the share of all lines has a ceiling, and the log
// says by class what is missed. Where the country can be known the recall must
// be complete.
func TestReplayPhones(t *testing.T) {
	var all, told, fast passRate
	fast.name = "phone lines of E.164 shape that the scan takes"
	all.name, told.name = "phone lines", "phone lines whose country can be known"
	missed := map[string]int{}
	for _, line := range replay(t) {
		raw, ok := line.Phone.(string)
		if !ok || line.Truth.Class == "malformed" || line.Kind != "phone" {
			continue
		}
		i, err := Indicator(models.Phone, raw, line.Region)
		same := err == nil && samePhone(i.Value, line.Truth.Canon)
		example := raw + " " + line.Region + " " + line.Truth.Canon + " " + i.Value
		all.count(same, example)
		if !same {
			missed[missClass(raw, line.Truth.Canon, i.Value)]++
		}
		if err == nil && raw[0] == '+' && allASCII(raw) && !strings.Contains(raw, "(0)") {
			_, scanned := scanPhone(raw)
			fast.count(scanned, raw)
		}
		if countryInferable(raw, line.Region, line.Truth.Canon) {
			told.count(same, example)
		}
	}
	for class, n := range missed {
		t.Logf("missed %d: %s", n, class)
	}
	all.check(t, 0.93)
	told.check(t, 1)
	fast.check(t, 0.95)
}

// missClass says why a phone line of the replay was not read as it was meant.
func missClass(raw, want, got string) string {
	d, ok := parseDialString(raw)
	n, err := phonenumbers.Parse(want, "")
	switch {
	case !ok:
		return "words in the value"
	case d.plus:
		return "a plus, but no number that the plan knows"
	case err != nil || !phonenumbers.IsValidNumber(n):
		if d.count > 6 {
			return "meant for no number that the plan knows"
		}
		if got != "" {
			return "a short code abroad that is also one of the reporter's country"
		}
		return "a short code of a country that is not the reporter's"
	case got != "":
		return "digits that are a number in the reporter's country as well"
	}
	owners := map[string]bool{}
	for region := range phonenumbers.GetSupportedRegions() {
		if value, ok := nationalOrShort(d.digits(), region); ok {
			owners[value] = true
		}
	}
	if len(owners) > 1 {
		return "national digits that several foreign countries have"
	}
	return "national digits that one foreign country has"
}

// tellable reports whether a reader who knows the reporter's country could
// tell the number that was meant.
func countryInferable(raw, region, want string) bool {
	n, err := phonenumbers.Parse(want, "")
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return false
	}
	digits := phonenumbers.NormalizeDigitsOnly(raw)
	code := itoa(int(n.GetCountryCode()))
	home := false
	for _, r := range phonenumbers.GetRegionCodesForCountryCode(int(n.GetCountryCode())) {
		home = home || r == country(region)
	}
	return home || strings.ContainsAny(raw, "+＋") || strings.HasPrefix(digits, "00"+code) || strings.HasPrefix(digits, "011"+code)
}

// TestReplayLinks compares with the true link, brought into Safe Browsing form
// and without scheme. The replay appends tracking parameters to some links,
// which may not be dropped (the query can be what tells two scams apart): such
// a line counts as found if the true link is among the expressions of ours,
// which is how a signature is looked up.
func TestReplayLinks(t *testing.T) {
	covered, equal := passRate{name: "links whose expressions hold the true one"}, passRate{name: "links equal to the true one"}
	for _, line := range replay(t) {
		raw, ok := line.URL.(string)
		if !ok || line.Truth.Class == "malformed" || line.Kind != "url" {
			continue
		}
		got, err := Indicator(models.URL, raw, line.Region)
		want := line.Truth.Canon
		if p, ok := parseLink(want); ok {
			want = p.value()
		}
		hit := false
		if err == nil {
			for _, e := range Expressions(got.Value) {
				hit = hit || e == want
			}
		}
		covered.count(hit, raw+" => "+got.Value+" want "+want)
		equal.count(got.Value == want, raw+" => "+got.Value)
	}
	covered.check(t, 0.99)
	equal.check(t, 0.95)
}

func TestReplayAccounts(t *testing.T) {
	byType := map[string]*passRate{}
	for _, line := range replay(t) {
		var a struct{ Type, Value string }
		if json.Unmarshal(line.Account, &a) != nil || a.Value == "" || line.Truth.Class == "malformed" {
			continue
		}
		kind := models.Account
		if a.Type == "crypto" {
			kind = models.Wallet
		}
		got, err := Indicator(kind, a.Value, line.Region)
		value := got.Value
		want := line.Truth.Canon
		if strings.HasPrefix(want, "0x") {
			want = strings.ToLower(want) // the capitals are a check sum only
		}
		if a.Type != "wallet" {
			value = value[strings.LastIndexByte(value, ':')+1:]
		}
		s := byType[a.Type]
		if s == nil {
			s = &passRate{name: a.Type}
			byType[a.Type] = s
		}
		s.count(err == nil && value == want, a.Value+" => "+got.Value+" want "+want)
	}
	for _, s := range byType {
		s.check(t, 0.99)
	}
}

func TestReplayMalformedLinesAreRefused(t *testing.T) {
	// The junk in "dirty_phone" is real: some of it happens to be a number that
	// the reporter's numbering plan knows, and then no rule can tell it from one.
	refused, junk := passRate{name: "malformed lines refused"}, passRate{name: "junk numbers refused"}
	for _, line := range replay(t) {
		if line.Truth.Class != "malformed" {
			continue
		}
		example := ""
		ok := refusedLine(line, &example)
		if line.Truth.Why == "dirty_phone" {
			junk.count(ok, example)
			continue
		}
		refused.count(ok, line.Truth.Why+": "+example)
	}
	refused.check(t, 1)
	junk.check(t, 0.95)
}

func refusedLine(line replayLine, example *string) bool {
	if _, err := Region(line.Region); err != nil {
		return true
	}
	kind, _ := line.Kind.(string)
	switch kind {
	case "phone", "url":
		value := line.Phone
		if kind == "url" {
			value = line.URL
		}
		raw, ok := value.(string)
		if !ok {
			return true
		}
		*example = raw + " " + line.Region
		_, err := Indicator(models.IndicatorKind(kind), raw, line.Region)
		return err != nil
	case "message":
		var m struct{ Text, Sender string }
		if json.Unmarshal(line.Message, &m) != nil {
			return true
		}
		*example = m.Text[:min(60, len(m.Text))]
		text, err := Clean(m.Text, 10_000)
		_, sender := Sender(m.Sender, line.Region)
		return err != nil || text == "" || sender != nil
	}
	_, err := Indicator(models.IndicatorKind(kind), "x", line.Region)
	return err != nil
}

func TestReplaySendersAreKept(t *testing.T) {
	kept := passRate{name: "senders kept"}
	texts := passRate{name: "messages kept"}
	for _, line := range replay(t) {
		var m struct{ Text, Sender string }
		if line.Truth.Class == "malformed" || json.Unmarshal(line.Message, &m) != nil {
			continue
		}
		_, err := Sender(m.Sender, line.Region)
		kept.count(err == nil, m.Sender)
		_, err = Clean(m.Text, 10_000)
		texts.count(err == nil, m.Text)
		_, err = Clean(line.Narrative, 10_000)
		texts.count(err == nil, line.Narrative)
	}
	kept.check(t, 0.99)
	texts.check(t, 1)
}

// TestReplayStoriesAreMasked: no planted card or identity number comes out, and
// nothing else is hidden.
func TestReplayStoriesAreMasked(t *testing.T) {
	planted := regexp.MustCompile(`(?:id|card|卡号) ([0-9]{16,19}X?)`)
	masked, kept := passRate{name: "planted numbers masked"}, passRate{name: "other stories left alone"}
	for _, line := range replay(t) {
		got := Mask(line.Narrative)
		if line.Truth.PII == nil {
			kept.count(got == line.Narrative, line.Narrative+" => "+got)
			continue
		}
		want := planted.ReplaceAllStringFunc(line.Narrative, func(found string) string {
			word, _, _ := strings.Cut(found, " ")
			if word == "id" {
				return word + " " + maskedIdentity
			}
			return word + " " + maskedCard
		})
		masked.count(got == want && want != line.Narrative, line.Narrative+" => "+got)
	}
	masked.check(t, 1)
	kept.check(t, 1)
}
