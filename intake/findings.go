package intake

import (
	"fmt"
	"strings"
	"time"

	"example.org/tocsin/canon"
	"example.org/tocsin/canon/extract"
	"example.org/tocsin/models"
)

// Where in a report a finding was: models.Finding.Where.
const (
	inIndicators = "indicators"
	inMessage    = "message"
	inSender     = "message/sender"
)

// matchQuery returns the text of a valid draft and every indicator in it: the
// listed ones, the ones in the message, and the sender. The story is never
// searched: it is about the victim, and what is in it is theirs
// (TestAReportIsCanonicalJudgedAndKept).
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

// parseIndicators returns the listed indicators in canonical form; two spellings
// of one are one finding. Errors: Invalid with the JSON pointer of the first bad one.
func parseIndicators(drafts []models.DraftIndicator, region string) ([]models.Finding, error) {
	if len(drafts) > maxIndicators {
		return nil, models.NewInvalid("/indicators", "indicators_too_many", "At most 20 indicators are allowed.")
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

// parseIndicator returns one value in canonical form. A phone number with letters
// where digits belong is read as canon.Keypad reads it (O as 0, or the keys of
// ITU-T E.161), and is then a guess
// (TestASecondReadingOfANumberMeansCautionAndAccusesNobody).
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

// extractFindings returns the indicators in a message, each once, at its first place.
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

// senderIndicator returns the indicator that a canonical sender is, if it is one:
// a phone number or an e-mail address, not an alphanumeric name. A short code is
// written with its region in front, as in "US:12345".
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

// hits matches a stored report again, with the index as of now.
func (d *Desk) hits(r models.Report, now time.Time) []models.Hit {
	query := models.MatchQuery{Findings: r.Findings}
	if r.Message != nil {
		query.Text = r.Message.Text
	}
	return d.Index.Match(query, now)
}
