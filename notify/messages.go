package notify

import (
	"embed"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"example.org/tocsin/models"
)

//go:embed messages/active.*.json
var messageFiles embed.FS

// Messages writes the text of warnings in the languages of the people they are
// for. A warning names the channel, the time and the end of the number, so that
// the person recognises the contact. It never holds a link or a number to call
// (TestNoMessageHoldsALinkOrANumberToCall): whoever imitates it has to add one,
// and gives himself away.
type Messages struct {
	matcher      language.Matcher
	translations []translation // in the order of the matcher's tags
	locations    sync.Map      // name -> *time.Location: to load one costs more than the rest of a warning
}

// translation holds the messages of one language by their ID. What is to be
// filled in stands as a name between braces, such as {Time}.
type translation map[string]string

// NewMessages reads the embedded message files. It returns an error when one of
// them lacks a message, so that a warning can never be without its text. The
// first of the tags, English, is the language for everybody else.
func NewMessages() (*Messages, error) {
	bundle := i18n.NewBundle(language.English)
	m := &Messages{}
	tags := []language.Tag{language.English, language.Chinese, language.Spanish, language.French, language.Hindi}
	for _, tag := range tags {
		if _, err := bundle.LoadMessageFileFS(messageFiles, "messages/active."+tag.String()+".json"); err != nil {
			return nil, fmt.Errorf("load messages: %w", err)
		}
	}
	for _, tag := range tags {
		t, err := loadTranslation(i18n.NewLocalizer(bundle, tag.String()), tag)
		if err != nil {
			return nil, err
		}
		m.translations = append(m.translations, t)
	}
	m.matcher = language.NewMatcher(tags)
	return m, nil
}

// loadTranslation takes the messages of one language out of the bundle, at the
// start, so that to write a warning is only to replace strings
// (BenchmarkWarning). A message that English would stand in for is an error.
func loadTranslation(localizer *i18n.Localizer, tag language.Tag) (translation, error) {
	names := map[string]string{}
	for _, n := range []string{"Time", "Hint", "Met", "Level", "Advice", "Day", "Month", "Clock", "Warned"} {
		names[n] = "{" + n + "}"
	}
	ids := []string{
		"months", "time", "ending", "body", "level_danger", "level_confirmed", "title_all_clear", "all_clear", "title_weaker", "weaker",
	}
	for _, c := range channels() {
		ids = append(ids, "title_"+c, "met_"+c, "advice_"+c)
	}
	brackets := regexp.MustCompile(` ?[(（]{Hint}[)）]`)
	t := translation{}
	for _, id := range ids {
		text, found, err := localizer.LocalizeWithTag(&i18n.LocalizeConfig{MessageID: id, TemplateData: names})
		if err != nil || found != tag {
			return nil, fmt.Errorf("messages in %s lack %q", tag, id)
		}
		t[id] = text
	}
	for _, c := range channels() { // the same without the brackets around the hint
		t["unhinted_"+c] = brackets.ReplaceAllLiteralString(t["met_"+c], "")
	}
	if n := len(strings.Fields(t["months"])); n != 12 {
		return nil, fmt.Errorf("messages in %s name %d months", tag, n)
	}
	return t, nil
}

// Warning returns the title and the body of w for a person with the given locale
// (BCP 47; the nearest language there is, or English) and time zone (a name of
// the IANA database; UTC when empty or unknown). An all-clear, and a warning whose
// level has fallen, have texts of their own, which accuse nobody
// (TestWhatIsNotDangerousAnyMoreIsNotCalledAScam). It has no error: a warning in
// English is better than none. The text fits into a push, whose limit is 4096
// bytes (TestTheLongestWarningFitsIntoAPush).
//
// hint is what Keyer.OpenHint gives for w.Hint. Without one the text names channel
// and time alone (TestAWarningWithoutAHintIsAWholeSentence).
func (m *Messages) Warning(w models.Warning, hint, locale, zone string) (title, body string) {
	tag, _ := language.Parse(locale) // of a malformed locale the readable part is used
	_, i, _ := m.matcher.Match(tag)
	t, channel := m.translations[i], channelOf(w)
	local := m.location(zone)
	sentence := "met_" + channel
	if hint == "" {
		sentence = "unhinted_" + channel
	}
	met := t.format(sentence, "{Time}", t.formatTime(w.Met.In(local)), "{Hint}", t.hint(w.Kind, hint))
	level := "level_danger"
	switch {
	case w.Class == models.WarningAllClear:
		return t["title_all_clear"], t.format("all_clear", "{Met}", met, "{Warned}", t.formatTime(w.Warned.In(local)))
	case w.Level.Exempts():
		return t["title_all_clear"], t.format("all_clear", "{Met}", met, "{Warned}", t.formatTime(w.Created.In(local)))
	case !w.Level.Warns():
		return t["title_weaker"], t.format("weaker", "{Met}", met)
	case w.Level == models.Confirmed:
		level = "level_confirmed"
	}
	return t["title_"+channel], t.format("body", "{Met}", met, "{Level}", t[level], "{Advice}", t["advice_"+channel])
}

// location returns a time zone by its name. Known ones are cached: there are some
// six hundred, so the cache is bounded. An unknown name is not cached, because
// devices send what they like.
func (m *Messages) location(name string) *time.Location {
	if cached, ok := m.locations.Load(name); ok {
		return cached.(*time.Location) //nolint:forcetypeassert // nothing else is stored
	}
	loc, err := time.LoadLocation(name)
	if err != nil || name == "Local" { // "Local" would be the server's
		return time.UTC
	}
	m.locations.Store(name, loc)
	return loc
}

// channels lists the channels of a contact; each has messages of its own.
func channels() []string {
	return []string{"call", "sms", "chat", "email", "web", "payment", "other"}
}

// channelOf returns the warning's channel, or "other" for one without messages.
func channelOf(w models.Warning) string {
	if slices.Contains(channels(), w.Channel) {
		return w.Channel
	}
	return "other"
}

// format returns a message with its placeholders filled in; values holds
// placeholders and their values by turns.
func (t translation) format(id string, values ...string) string {
	return strings.NewReplacer(values...).Replace(t[id])
}

// hint returns the part of the text that identifies the indicator: the host of a
// link or mail address, and "ending in" with the last characters of anything else.
func (t translation) hint(kind models.IndicatorKind, hint string) string {
	switch kind {
	case models.URL, models.Domain, models.Email:
		return unlinked(hint)
	case models.Phone, models.Account, models.Wallet, models.Handle, models.App, models.Text:
	}
	return t.format("ending", "{Hint}", hint)
}

// unlinked returns a host in a form of which no phone makes a link or a number to call. The scammer has chosen the host:
// a warning must not carry it to the victim once more, such as call-18005550100-now.example. Dots stand in brackets; digits
// are hidden where there are enough of them for a number, unless the host is an IP address; and of a long host
// the end is shown, which is the part that is registered (TestNoWarningHoldsALinkOrANumberWhateverWasMet).
func unlinked(host string) string {
	const mostDigits, mostShown = 4, 40
	digits := 0
	masked := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			digits++
			return '•'
		}
		return r
	}, host)
	if _, err := netip.ParseAddr(host); err != nil && digits > mostDigits {
		host = masked
	}
	if runes := []rune(host); len(runes) > mostShown {
		host = "…" + string(runes[len(runes)-mostShown:])
	}
	return strings.ReplaceAll(host, ".", "[.]")
}

// formatTime returns a time as people write it in the language, without the
// year: a warning is about the last days. Only UTC is named, because it is
// nobody's own time.
func (t translation) formatTime(at time.Time) string {
	clock := at.Format("15:04")
	if at.Location() == time.UTC {
		clock += " UTC"
	}
	return t.format("time", "{Day}", strconv.Itoa(at.Day()), "{Month}", strings.Fields(t["months"])[at.Month()-1], "{Clock}", clock)
}
