package canon

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"example.org/tocsin/corpus"
	"example.org/tocsin/models"
)

// samePhone compares a canonical phone with the replay's, which writes a short
// code behind the country code: CN:95588 is its +8695588.
func samePhone(got, want string) bool {
	if c, digits, ok := strings.Cut(got, ":"); ok {
		got = "+" + strconv.Itoa(phonenumbers.GetCountryCodeForRegion(c)) + digits
	}
	return got == want
}

// TestReplayPhones holds three figures. The replay gives national numbers of
// one country to reporters of others, and emergency numbers of any country:
// those nobody can tell, so the share of all lines has a ceiling, and the log
// says by class what is missed. Where the country can be known the recall must
// be complete.
func TestReplayPhones(t *testing.T) {
	var all, told, fast corpus.PassRate
	fast.Name = "phone lines of E.164 shape that the scan takes"
	all.Name, told.Name = "phone lines", "phone lines whose country can be known"
	missed := map[string]int{}
	for _, line := range corpus.Reports(t) {
		raw, ok := line.Phone.(string)
		if !ok || line.Truth.Class == "malformed" || line.Kind != "phone" {
			continue
		}
		i, err := Indicator(models.Phone, raw, line.Region)
		same := err == nil && samePhone(i.Value, line.Truth.Canon)
		example := raw + " " + line.Region + " " + line.Truth.Canon + " " + i.Value
		all.Count(same, example)
		if !same {
			missed[missClass(raw, line.Truth.Canon, i.Value)]++
		}
		if err == nil && raw[0] == '+' && allASCII(raw) && !strings.Contains(raw, "(0)") {
			_, scanned := scanPhone(raw)
			fast.Count(scanned, raw)
		}
		if countryInferable(raw, line.Region, line.Truth.Canon) {
			told.Count(same, example)
		}
	}
	for class, n := range missed {
		t.Logf("missed %d: %s", n, class)
	}
	all.Check(t, 0.93)
	told.Check(t, 1)
	fast.Check(t, 0.95)
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
	code := strconv.Itoa(int(n.GetCountryCode()))
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
	covered, equal := corpus.PassRate{Name: "links whose expressions hold the true one"}, corpus.PassRate{Name: "links equal to the true one"}
	for _, line := range corpus.Reports(t) {
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
		covered.Count(hit, raw+" => "+got.Value+" want "+want)
		equal.Count(got.Value == want, raw+" => "+got.Value)
	}
	covered.Check(t, 0.99)
	equal.Check(t, 0.95)
}

func TestReplayAccounts(t *testing.T) {
	byType := map[string]*corpus.PassRate{}
	for _, line := range corpus.Reports(t) {
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
			s = &corpus.PassRate{Name: a.Type}
			byType[a.Type] = s
		}
		s.Count(err == nil && value == want, a.Value+" => "+got.Value+" want "+want)
	}
	for _, s := range byType {
		s.Check(t, 0.99)
	}
}

func TestReplayMalformedLinesAreRefused(t *testing.T) {
	// The junk in "dirty_phone" is real: some of it happens to be a number that
	// the reporter's numbering plan knows, and then no rule can tell it from one.
	refused, junk := corpus.PassRate{Name: "malformed lines refused"}, corpus.PassRate{Name: "junk numbers refused"}
	for _, line := range corpus.Reports(t) {
		if line.Truth.Class != "malformed" {
			continue
		}
		example := ""
		ok := refusedLine(line, &example)
		if line.Truth.Why == "dirty_phone" {
			junk.Count(ok, example)
			continue
		}
		refused.Count(ok, line.Truth.Why+": "+example)
	}
	refused.Check(t, 1)
	junk.Check(t, 0.95)
}

func refusedLine(line corpus.Report, example *string) bool {
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
	kept := corpus.PassRate{Name: "senders kept"}
	texts := corpus.PassRate{Name: "messages kept"}
	for _, line := range corpus.Reports(t) {
		var m struct{ Text, Sender string }
		if line.Truth.Class == "malformed" || json.Unmarshal(line.Message, &m) != nil {
			continue
		}
		_, err := Sender(m.Sender, line.Region)
		kept.Count(err == nil, m.Sender)
		_, err = Clean(m.Text, 10_000)
		texts.Count(err == nil, m.Text)
		_, err = Clean(line.Narrative, 10_000)
		texts.Count(err == nil, line.Narrative)
	}
	kept.Check(t, 0.99)
	texts.Check(t, 1)
}

// TestReplayStoriesAreMasked: no planted card or identity number comes out, and
// nothing else is hidden.
func TestReplayStoriesAreMasked(t *testing.T) {
	planted := regexp.MustCompile(`(?:id|card|卡号) ([0-9]{16,19}X?)`)
	masked, kept := corpus.PassRate{Name: "planted numbers masked"}, corpus.PassRate{Name: "other stories left alone"}
	for _, line := range corpus.Reports(t) {
		got := Mask(line.Narrative)
		if line.Truth.PII == nil {
			kept.Count(got == line.Narrative, line.Narrative+" => "+got)
			continue
		}
		want := planted.ReplaceAllStringFunc(line.Narrative, func(found string) string {
			word, _, _ := strings.Cut(found, " ")
			if word == "id" {
				return word + " " + maskedIdentity
			}
			return word + " " + maskedCard
		})
		masked.Count(got == want && want != line.Narrative, line.Narrative+" => "+got)
	}
	masked.Check(t, 1)
	kept.Check(t, 1)
}
