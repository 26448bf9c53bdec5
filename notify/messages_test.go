package notify

import (
	"encoding/json"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/tocsin/models"
)

func newMessages(t *testing.T) *Messages {
	t.Helper()
	m, err := NewMessages()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// files returns the messages of each file by its name.
func files(t *testing.T) map[string]map[string]string {
	t.Helper()
	names, err := fs.Glob(messageFiles, "messages/*.json")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]string{}
	for _, name := range names {
		text, err := fs.ReadFile(messageFiles, name)
		if err != nil {
			t.Fatal(err)
		}
		var messages map[string]string
		if err := json.Unmarshal(text, &messages); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all[name] = messages
	}
	return all
}

func TestEveryLanguageHasEveryMessageWithTheSamePlaceholders(t *testing.T) {
	all := files(t)
	english := all["messages/active.en.json"]
	if len(all) != 5 || len(english) == 0 {
		t.Fatalf("%d files, %d messages in English", len(all), len(english))
	}
	placeholders := regexp.MustCompile(`{{\.\w+}}`)
	placeholdersIn := func(text string) string {
		found := placeholders.FindAllString(text, -1)
		slices.Sort(found)
		return strings.Join(found, "")
	}
	for name, messages := range all {
		for id, text := range english {
			if messages[id] == "" {
				t.Errorf("%s lacks %s", name, id)
			} else if placeholdersIn(messages[id]) != placeholdersIn(text) {
				t.Errorf("%s: %s holds %s, want %s", name, id, placeholdersIn(messages[id]), placeholdersIn(text))
			}
		}
		for id := range messages {
			if english[id] == "" {
				t.Errorf("%s has %s, which English lacks", name, id)
			}
		}
	}
}

func TestNoMessageHoldsALinkOrANumberToCall(t *testing.T) {
	digits := regexp.MustCompile(`\d[\d\s().-]{3,}\d`)
	for name, messages := range files(t) {
		for id, text := range messages {
			if strings.Contains(text, "://") || strings.Contains(strings.ToLower(text), "www.") {
				t.Errorf("%s: %s holds a link", name, id)
			}
			if id != "months" && digits.MatchString(text) {
				t.Errorf("%s: %s holds a number", name, id)
			}
		}
	}
}

// What a gang chooses stands in no warning in a form that a phone makes a link or a number to call: every text of every
// language is rendered with hosts that were made for it.
func TestNoWarningHoldsALinkOrANumberWhateverWasMet(t *testing.T) {
	m := newMessages(t)
	link := regexp.MustCompile(`(?i)://|@|www\.|[\p{L}\p{N}-]\.[\p{L}\p{N}-]`)
	number := regexp.MustCompile(`\+?\d(?:[\s().-]*\d){5,}`) // six digits or more, as they are written
	hosts := []string{
		"parcel-fee-pay.example", "call-18005550100-now.example", "1-800-555-0100.example", "18005550100.example", "www.tel-0800.555010.example",
		"a.b.c.d.e.f.example", strings.Repeat("a1.", 80) + "example", "xn--pypal-4ve.example", "bücher.example",
		"٠١٢٣٤٥٦٧٨.example", "203.0.113.7",
	}
	hints := map[models.IndicatorKind][]string{
		models.URL: hosts, models.Domain: hosts, models.Email: hosts, models.Phone: {"4321"}, models.Account: {"4321"},
		models.Text: {""}, models.Wallet: {"4Xy1"}, models.Handle: {".com"}, models.App: {".com"},
	}
	for _, locale := range []string{"en", "es", "fr", "hi", "zh"} {
		for _, channel := range []string{"call", "sms", "chat", "email", "web", "payment", "other"} {
			for _, level := range []models.Level{models.Danger, models.Confirmed, models.Caution, models.Cleared} {
				for _, class := range []models.WarningClass{models.WarningAccuse, models.WarningAllClear} {
					for kind, list := range hints {
						for _, hint := range list {
							at := time.Date(2026, 11, 29, 23, 59, 0, 0, time.UTC)
							title, body := m.Warning(models.Warning{
								Kind: kind, Channel: channel, Level: level, Class: class, Met: at, Warned: at, Created: at,
							}, hint, locale, "Europe/Berlin")
							for _, text := range []string{title, body} {
								if found := link.FindString(text) + number.FindString(text); found != "" {
									t.Fatalf("%s: %q in %q", locale, found, text)
								}
							}
						}
					}
				}
			}
		}
	}
}

func TestAWarningSaysHowWhenWhatAndWhatToDo(t *testing.T) {
	m := newMessages(t)
	met := time.Date(2026, 3, 3, 4, 5, 0, 0, time.UTC)
	call := models.Warning{Kind: models.Phone, Channel: "call", Met: met, Level: models.Danger}
	page := models.Warning{Kind: models.URL, Channel: "web", Met: met, Level: models.Confirmed}
	odd := models.Warning{Kind: models.Wallet, Channel: "pigeon", Met: met, Level: models.Danger}
	for _, c := range []struct {
		name         string
		w            models.Warning
		locale, zone string
		title        string
		body         []string
	}{
		{
			"English", call, "en-GB", "Europe/London", "a call",
			[]string{"a call on 3 March at 04:05 (ending in 4321)", "strong evidence", "Do not call back"},
		},
		{"in the person's own time", call, "en", "Asia/Shanghai", "a call", []string{"3 March at 12:05 ("}},
		{"a zone that is none", call, "en", "Middle/Earth", "a call", []string{"3 March at 04:05 UTC"}},
		{"no zone", call, "en", "", "a call", []string{"3 March at 04:05 UTC"}},
		{"the server's zone is nobody's", call, "en", "Local", "a call", []string{"3 March at 04:05 UTC"}},
		{
			"a website, confirmed", page, "en-US", "UTC", "a website",
			[]string{"visited a website", "(bank-login[.]example)", "confirmed", "Do not enter anything"},
		},
		{"a channel that is none", odd, "en", "UTC", "a contact", []string{"ending in x9Qz"}},
		{"Chinese", call, "zh-CN", "Asia/Shanghai", "电话", []string{"3月3日 12:05", "尾号 4321", "不要回拨"}},
		{"Chinese of Taiwan", call, "zh-TW", "Asia/Taipei", "电话", []string{"尾号 4321"}},
		{"Spanish", page, "es-419", "America/Lima", "página web", []string{"el 2 de marzo a las 23:05", "(bank-login[.]example)", "confirmado"}},
		{"French", call, "fr-CA", "America/Toronto", "un appel", []string{"le 2 mars à 23:05", "se terminant par 4321", "Ne rappelez pas"}},
		{"Hindi", call, "hi-IN", "Asia/Kolkata", "कॉल", []string{"3 मार्च को 09:35 बजे", "4321"}},
		{"a language that we lack", call, "de-DE", "Europe/Berlin", "a call", []string{"5:05", "Do not call back"}},
		{"no language", call, "", "UTC", "a call", []string{"Do not call back"}},
		{"a locale that is none", call, "???", "UTC", "a call", []string{"Do not call back"}},
	} {
		hint := map[string]string{"phone": "4321", "url": "bank-login.example", "wallet": "x9Qz"}[string(c.w.Kind)]
		title, body := m.Warning(c.w, hint, c.locale, c.zone)
		if !strings.Contains(title, c.title) {
			t.Errorf("%s: title %q lacks %q", c.name, title, c.title)
		}
		for _, want := range c.body {
			if !strings.Contains(body, want) {
				t.Errorf("%s: body %q lacks %q", c.name, body, want)
			}
		}
	}
}

func TestAWarningWithoutAHintIsAWholeSentence(t *testing.T) {
	m := newMessages(t)
	for _, locale := range []string{"en", "zh", "es", "fr", "hi"} {
		for _, channel := range channels() {
			w := models.Warning{Kind: models.Phone, Channel: channel, Level: models.Danger}
			_, with := m.Warning(w, "4321", locale, "UTC")
			_, without := m.Warning(w, "", locale, "UTC")
			if !strings.Contains(with, "4321") || strings.ContainsAny(without, "(（）){}") || strings.Contains(without, " .") {
				t.Errorf("%s, %s: with a hint %q, without %q", locale, channel, with, without)
			}
		}
	}
	_, got := m.Warning(models.Warning{Channel: "call"}, "", "en", "UTC")
	if !strings.HasPrefix(got, "You had a call on 1 January at 00:00 UTC. ") {
		t.Errorf("without a hint the text is %q", got)
	}
}

func TestWhatIsNotDangerousAnyMoreIsNotCalledAScam(t *testing.T) {
	m := newMessages(t)
	at := time.Date(2026, 3, 3, 4, 5, 0, 0, time.UTC)
	clear := models.Warning{
		Class: models.WarningAllClear, Kind: models.Phone, Channel: "call", Met: at,
		Warned: at.Add(30 * time.Hour), Level: models.Cleared,
	}
	lowered := models.Warning{
		Class: models.WarningAccuse, Kind: models.Phone, Channel: "call", Met: at, Created: at.Add(30 * time.Hour),
	}
	accused := lowered
	accused.Level = models.Danger
	for locale, words := range map[string]struct{ wrong, day string }{
		"en": {"was wrong", "4 March at 10:05"}, "zh": {"有误", "3月4日 10:05"}, "es": {"era erróneo", "el 4 de marzo a las 10:05"},
		"fr": {"était une erreur", "le 4 mars à 10:05"}, "hi": {"ग़लत थी", "4 मार्च को 10:05 UTC बजे"},
	} {
		accusing, advice := m.Warning(accused, "4321", locale, "")
		for _, level := range []models.Level{models.Cleared, models.Imitated, models.Caution, models.Watch, models.Unknown} {
			lowered.Level = level
			title, body := m.Warning(lowered, "4321", locale, "")
			if title == accusing || strings.Contains(body, advice[len(advice)/2:]) || strings.Contains(body, words.wrong) != level.Exempts() {
				t.Errorf("%s, %s: %s: %s", locale, level, title, body)
			}
		}
		title, body := m.Warning(clear, "4321", locale, "")
		if title == accusing || !strings.Contains(body, words.wrong) || !strings.Contains(body, words.day) || !strings.Contains(body, "4321") {
			t.Errorf("%s: the all-clear is %s: %s", locale, title, body)
		}
	}
}

func TestTheLongestWarningFitsIntoAPush(t *testing.T) {
	m := newMessages(t)
	host := strings.Repeat(strings.Repeat("x", 62)+".", 4) + "example" // 259 letters, more than a name can have
	for _, locale := range []string{"en", "zh", "es", "fr", "hi"} {
		for _, channel := range channels() {
			for _, level := range []models.Level{models.Danger, models.Confirmed} {
				w := models.Warning{Kind: models.Domain, Channel: channel, Level: level}
				title, body := m.Warning(w, host, locale, "America/Argentina/ComodRivadavia")
				if n := len(title) + len(body); n > 3500 || strings.Contains(body, "{{") || strings.Contains(body, "no value") {
					t.Errorf("%s, %s, %s: %d bytes: %s", locale, channel, level, n, body)
				}
			}
		}
	}
}

func BenchmarkWarning(b *testing.B) {
	m, err := NewMessages()
	if err != nil {
		b.Fatal(err)
	}
	w := models.Warning{Kind: models.Phone, Channel: "call", Met: time.Now(), Level: models.Danger}
	for b.Loop() {
		m.Warning(w, "4321", "fr-CA", "America/Toronto")
	}
}
