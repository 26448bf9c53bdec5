package canon

import (
	"encoding/json"
	"strings"
	"testing"

	"example.org/tocsin/canon/text"
	"example.org/tocsin/corpus"
	"example.org/tocsin/models"
)

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
		message, err := text.Clean(m.Text, 10_000)
		_, sender := Sender(m.Sender, line.Region)
		return err != nil || message == "" || sender != nil
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
		_, err = text.Clean(m.Text, 10_000)
		texts.Count(err == nil, m.Text)
		_, err = text.Clean(line.Narrative, 10_000)
		texts.Count(err == nil, line.Narrative)
	}
	kept.Check(t, 0.99)
	texts.Check(t, 1)
}
