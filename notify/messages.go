package notify

import (
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"example.org/tocsin/models"
)

//go:embed messages/active.*.json
var messageFiles embed.FS

// Messages writes warnings in the languages of the people they are for. A
// warning names the way it came, the time and the end of the number, so that a
// person recognises it, and never holds a link or a number to call: whoever
// imitates it has to add one.
type Messages struct {
	matcher      language.Matcher
	translations []translation // in the order of the matcher's tags
	locations    sync.Map      // name -> *time.Location: reading one costs more than the rest of a warning
}

// tongue holds the messages of one language by their id, with the names of
// what is to be filled in between braces.
type translation map[string]string

// NewMessages reads the embedded message files. It returns an error when one of them lacks a message.
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

// read takes the messages of one language out of the bundle, once and for all.
func loadTranslation(localizer *i18n.Localizer, tag language.Tag) (translation, error) {
	names := map[string]string{}
	for _, n := range []string{"Time", "Tail", "Met", "Level", "Advice", "Day", "Month", "Clock"} {
		names[n] = "{" + n + "}"
	}
	ids := []string{"months", "time", "ending", "body", "level_danger", "level_confirmed"}
	for _, c := range channels() {
		ids = append(ids, "title_"+c, "met_"+c, "advice_"+c)
	}
	t := translation{}
	for _, id := range ids {
		text, found, err := localizer.LocalizeWithTag(&i18n.LocalizeConfig{MessageID: id, TemplateData: names})
		if err != nil || found != tag {
			return nil, fmt.Errorf("messages in %s lack %q", tag, id)
		}
		t[id] = text
	}
	if n := len(strings.Fields(t["months"])); n != 12 {
		return nil, fmt.Errorf("messages in %s name %d months", tag, n)
	}
	return t, nil
}

// Warning returns what w says to a person with the given locale (BCP 47; the
// nearest language we have, else English) and time zone (IANA; UTC when empty or unknown).
func (m *Messages) Warning(w models.Warning, locale, zone string) (title, body string) {
	tag, _ := language.Parse(locale) // what it could read of a malformed one is good enough
	_, i, _ := m.matcher.Match(tag)
	t, channel := m.translations[i], channelOf(w)
	level := "level_danger"
	if w.Level == models.Confirmed {
		level = "level_confirmed"
	}
	met := t.format("met_"+channel, "{Time}", t.formatTime(w.Met.In(m.location(zone))), "{Tail}", t.hint(w))
	return t["title_"+channel], t.format("body", "{Met}", met, "{Level}", t[level], "{Advice}", t["advice_"+channel])
}

// zone returns a time zone by its name. There are some six hundred, so what is
// kept is bounded; a name that is none is not kept.
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

// channels lists the ways by which somebody is met; each has its messages.
func channels() []string {
	return []string{"call", "sms", "chat", "email", "web", "payment", "other"}
}

func channelOf(w models.Warning) string {
	if slices.Contains(channels(), w.Channel) {
		return w.Channel
	}
	return "other"
}

// say fills in a message: names and values by turns.
func (t translation) format(id string, values ...string) string {
	return strings.NewReplacer(values...).Replace(t[id])
}

// tail returns what identifies the indicator: the host of a link or mail
// address, and of anything else that it ends in so many characters.
func (t translation) hint(w models.Warning) string {
	switch w.Kind {
	case models.URL, models.Domain, models.Email:
		return w.Hint
	case models.Phone, models.Account, models.Wallet, models.Handle, models.App, models.Text:
	}
	return t.format("ending", "{Tail}", w.Hint)
}

// time returns at as a person says it.
func (t translation) formatTime(at time.Time) string {
	clock := at.Format("15:04")
	if at.Location() == time.UTC {
		clock += " UTC"
	}
	return t.format("time", "{Day}", strconv.Itoa(at.Day()), "{Month}", strings.Fields(t["months"])[at.Month()-1], "{Clock}", clock)
}
