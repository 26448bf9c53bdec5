package intake

import (
	"context"
	"strings"

	"example.org/tocsin/canon"
	"example.org/tocsin/canon/text"
	"example.org/tocsin/models"
	"example.org/tocsin/risk"
)

// Check returns what is known about the indicators and the text of a request.
// It reads the index alone: nothing is stored and nobody is recorded
// (TestACheckKeepsNothing). Errors: Invalid with a JSON pointer.
func (d *Desk) Check(_ context.Context, request models.CheckRequest) (models.Verdict, error) {
	region, fault := canon.Region(request.Region)
	if fault != nil {
		return models.Verdict{}, models.At(fault, "/region")
	}
	message, fault := text.Clean(request.Text, maxMessage)
	if fault != nil {
		return models.Verdict{}, models.At(fault, "/text")
	}
	if len(request.Indicators) == 0 && strings.TrimSpace(message) == "" {
		return models.Verdict{}, models.NewInvalid("", "check_empty", "A check needs an indicator or a text.")
	}
	findings, err := parseIndicators(request.Indicators, region)
	if err != nil {
		return models.Verdict{}, err
	}
	findings = append(findings, extractFindings(message, region)...)
	return risk.Judge(d.Index.Match(models.MatchQuery{Findings: findings, Text: message}, d.Clock())), nil
}

// CheckOne is Check for one indicator, while a phone rings: it has no context,
// because it never waits.
func (d *Desk) CheckOne(kind models.IndicatorKind, value, region string) (models.Verdict, error) {
	f, fault := parseIndicator(kind, value, region)
	if fault != nil {
		return models.Verdict{}, fault
	}
	if f.Guess { // Match marks its hits as a guess; Lookup takes every indicator for certain
		return risk.Judge(d.Index.Match(models.MatchQuery{Findings: []models.Finding{f}}, d.Clock())), nil
	}
	return risk.Judge(d.Index.Lookup(f.Indicator, d.Clock())), nil
}
