package intake

import (
	"fmt"
	"strings"
	"time"

	"example.org/tocsin/canon"
	"example.org/tocsin/canon/extract"
	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
	"example.org/tocsin/risk"
)

// The limits of a draft. Lengths are in runes.
const (
	maxIndicators = 20
	maxMessage    = 10_000
	maxStory      = 5_000
	maxName       = 128
	maxTag        = 35 // BCP 47 has no limit; RFC 5646, 4.4.1 advises 35
	maxClockSkew  = 10 * time.Minute
	maxAge        = 400 * 24 * time.Hour
)

// Where a finding stood.
const (
	inIndicators = "indicators"
	inMessage    = "message"
	inSender     = "message/sender"
)

// compose makes the report that is stored out of a draft: canonical, judged,
// and without any card or identity number in its words.
func (d *Desk) compose(caller models.Caller, draft models.Draft, now time.Time) (models.Report, error) {
	if caller.ID() == "" {
		return models.Report{}, &models.Error{Kind: models.Unauthenticated, Code: "credential_missing", Detail: "A report needs a device or an API key."}
	}
	draft, err := validateDraft(draft, now)
	if err != nil {
		return models.Report{}, err
	}
	agent, fault := text.Clean(caller.Agent, maxName)
	if fault != nil {
		return models.Report{}, fault
	}
	query, err := matchQuery(draft)
	if err != nil {
		return models.Report{}, err
	}
	verdict := risk.Judge(d.Index.Match(query, now))

	report := models.Report{
		ID:       models.ReportID(caller.ID(), draft.IdempotencyKey),
		Body:     draft.Body,
		Reporter: d.Keyer.Pseudonym(caller.ID()),
		Witness:  d.witness(caller, draft.OnBehalf),
		Channel:  models.ChannelApp,
		At:       draft.At,
		Received: now,
		Region:   draft.Region,
		Language: draft.Language,
		Findings: query.Findings,
		Story:    extract.Mask(draft.Story),
		Harm:     draft.Harm,
		Verdict:  verdict,
		State:    models.ReportOpen,
		Due:      now,
	}
	if caller.Device == "" {
		report.Channel, report.Agent = models.ChannelCallCentre, extract.Mask(agent)
	}
	report.Verdict.NextStep = risk.NextStep(verdict, report.Channel)
	if m := draft.Message; m != nil {
		report.Message = maskMessage(*m, draft.Region)
	}
	return report, nil
}

// masked hides card and identity numbers in a message. A sender that is a
// number or an address is kept: it is a finding, and no card.
func maskMessage(m models.Message, region string) *models.Message {
	m.Text = extract.Mask(m.Text)
	if _, ok := senderIndicator(m.Sender, region); !ok {
		m.Sender = extract.Mask(m.Sender)
	}
	return &m
}

// witness returns the pseudonym of whoever saw it. A call centre speaks for
// many citizens, so its own reference of the citizen, or else the agent, is
// part of it; that all of them come from one key is kept in Evidence.Group.
func (d *Desk) witness(caller models.Caller, onBehalf string) string {
	switch {
	case caller.Device != "":
		return d.Keyer.Pseudonym(caller.Device)
	case onBehalf != "":
		return d.Keyer.Pseudonym(caller.Key + "/" + onBehalf)
	}
	return d.Keyer.Pseudonym(caller.Key + "/" + caller.Agent)
}

// clean checks every field of a draft but its indicators, and returns it canonical.
func validateDraft(draft models.Draft, now time.Time) (models.Draft, error) {
	if draft.IdempotencyKey == "" {
		return draft, &models.Error{Kind: models.Malformed, Code: "idempotency_key_missing", Detail: "A report needs an idempotency key."}
	}
	var err error
	if draft.At, err = reportTime(draft.At, now); err != nil {
		return draft, err
	}
	region, fault := canon.Region(draft.Region)
	if fault != nil {
		return draft, models.At(fault, "/region")
	}
	draft.Region = region
	for _, field := range []struct {
		value   *string
		max     int
		pointer string
	}{
		{&draft.Story, maxStory, "/story"},
		{&draft.OnBehalf, maxName, "/on_behalf_of"},
		{&draft.Language, maxTag, "/language"},
	} {
		clean, fault := text.Clean(*field.value, field.max)
		if fault != nil {
			return draft, models.At(fault, field.pointer)
		}
		*field.value = clean
	}
	if draft.Message, err = validateMessage(draft.Message, region); err != nil {
		return draft, err
	}
	if len(draft.Indicators) == 0 && (draft.Message == nil || strings.TrimSpace(draft.Message.Text) == "") {
		return draft, models.NewInvalid("", "report_empty", "A report needs an indicator or a message.")
	}
	return draft, validateHarm(draft.Harm)
}

func reportTime(at, now time.Time) (time.Time, error) {
	switch {
	case at.IsZero():
		return now, nil
	case at.After(now.Add(maxClockSkew)):
		return at, models.NewInvalid("/at", "at_in_future", "The time lies in the future.")
	case at.Before(now.Add(-maxAge)):
		return at, models.NewInvalid("/at", "at_too_old", "The time lies more than 400 days back.")
	}
	return at.UTC().Truncate(time.Millisecond), nil
}

func validateMessage(m *models.Message, region string) (*models.Message, error) {
	if m == nil {
		return nil, nil //nolint:nilnil // no message is not a fault
	}
	clean, fault := text.Clean(m.Text, maxMessage)
	if fault != nil {
		return nil, models.At(fault, "/message/text")
	}
	via, fault := text.Clean(m.Via, maxTag)
	if fault != nil {
		return nil, models.At(fault, "/message/via")
	}
	cleaned := models.Message{Text: clean, Via: via}
	if m.Sender != "" {
		if cleaned.Sender, fault = canon.Sender(m.Sender, region); fault != nil {
			return nil, models.At(fault, "/message/sender")
		}
	}
	if cleaned == (models.Message{}) {
		return nil, nil //nolint:nilnil // a blank message is none
	}
	return &cleaned, nil
}

func validateHarm(h *models.Harm) error {
	if h == nil {
		return nil
	}
	switch h.Stage {
	case "", models.StageContact, models.StageShared, models.StageAccess, models.StagePaid:
	default:
		return models.NewInvalid("/harm/stage", "harm_stage_unknown", "The stage is contact, shared, access or paid.")
	}
	if h.Amount == nil {
		return nil
	}
	if h.Amount.Minor < 0 {
		return models.NewInvalid("/harm/amount/minor", "amount_negative", "An amount is zero or more.")
	}
	if c := h.Amount.Currency; len(c) != 3 || strings.Trim(c, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return models.NewInvalid("/harm/amount/currency", "currency_malformed", "A currency is three letters of ISO 4217.")
	}
	return nil
}

// question finds every indicator of a clean draft: the ones that were named,
// the ones in the message, and the sender. The story is never searched: it is
// about the victim, and what stands in it is theirs.
func matchQuery(draft models.Draft) (models.MatchQuery, error) {
	findings, err := parseIndicators(draft.Indicators, draft.Region)
	if err != nil {
		return models.MatchQuery{}, err
	}
	q := models.MatchQuery{Findings: findings}
	if m := draft.Message; m != nil {
		q.Text = m.Text
		q.Findings = append(q.Findings, extractFindings(m.Text, draft.Region)...)
		if i, ok := senderIndicator(m.Sender, draft.Region); ok {
			q.Findings = append(q.Findings, models.Finding{Indicator: i, Where: inSender})
		}
	}
	return q, nil
}

// named makes the named indicators canonical; two spellings of one are one finding.
func parseIndicators(drafts []models.DraftIndicator, region string) ([]models.Finding, error) {
	if len(drafts) > maxIndicators {
		return nil, models.NewInvalid("/indicators", "indicators_too_many", "At most 20 indicators at a time.")
	}
	findings := make([]models.Finding, 0, len(drafts))
	seen := make(map[models.Indicator]bool, len(drafts))
	for n, draft := range drafts {
		f, fault := parseIndicator(draft.Kind, draft.Value, region)
		if fault != nil {
			return nil, models.At(fault, fmt.Sprintf("/indicators/%d/value", n))
		}
		if !seen[f.Indicator] {
			seen[f.Indicator] = true
			f.Where = fmt.Sprintf("%s/%d", inIndicators, n)
			findings = append(findings, f)
		}
	}
	return findings, nil
}

// read makes one value canonical. A number with letters where digits belong is
// read as what they may stand for, and is then a guess.
func parseIndicator(kind models.IndicatorKind, value, region string) (models.Finding, error) {
	i, fault := canon.Indicator(kind, value, region)
	if fault == nil {
		return models.Finding{Indicator: i}, nil
	}
	if guess, ok := canon.Keypad(value, region); ok && kind == models.Phone {
		return models.Finding{Indicator: guess, Guess: true}, nil
	}
	return models.Finding{}, fault
}

// extracted returns the indicators in a message, each at the first place where it stands.
func extractFindings(clean, region string) []models.Finding {
	found := extract.Indicators(clean, region)
	kept := make([]models.Finding, 0, len(found))
	seen := make(map[models.Indicator]bool, len(found))
	for _, f := range found {
		if !seen[f.Indicator] {
			seen[f.Indicator] = true
			kept = append(kept, f)
		}
	}
	return kept
}

// sender returns the indicator that a canonical sender is, if it is one: a
// number or an address, not a name.
func senderIndicator(s, region string) (models.Indicator, bool) {
	kind := models.Phone
	switch {
	case strings.Contains(s, "@"):
		kind = models.Email
	case !strings.HasPrefix(s, "+") && !strings.Contains(s, ":"):
		return models.Indicator{}, false
	}
	i, fault := canon.Indicator(kind, s, region)
	return i, fault == nil
}
