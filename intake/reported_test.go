package intake_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/desktest"
	"example.org/tocsin/models"
)

func TestWhichIndicatorsOfAReportAreEvidence(t *testing.T) {
	n := desktest.Fresh(t)
	for name, tt := range map[string]struct {
		finding models.Finding
		want    []models.Indicator
	}{
		"a link and its registered domain": {
			models.Finding{Indicator: models.Indicator{Kind: models.URL, Value: "a.b.evil.example/x"}, Where: "message"},
			[]models.Indicator{{Kind: models.URL, Value: "a.b.evil.example/x"}, {Kind: models.Domain, Value: "evil.example"}},
		},
		"a link on a hub alone": {
			models.Finding{Indicator: models.Indicator{Kind: models.URL, Value: "bit.ly/abc"}, Where: "message"},
			[]models.Indicator{{Kind: models.URL, Value: "bit.ly/abc"}},
		},
		"a link at an address alone": {
			models.Finding{Indicator: models.Indicator{Kind: models.URL, Value: "203.0.113.7/x"}, Where: "message"},
			[]models.Indicator{{Kind: models.URL, Value: "203.0.113.7/x"}},
		},
		"a hub itself never": {
			models.Finding{Indicator: models.Indicator{Kind: models.Domain, Value: "bit.ly"}, Where: "indicators/0"}, nil,
		},
		"a card in a message never: it may be the victim's": {
			models.Finding{Indicator: models.Indicator{Kind: models.Account, Value: "card:4111111111111111"}, Where: "message"}, nil,
		},
		"a card that was named": {
			models.Finding{Indicator: models.Indicator{Kind: models.Account, Value: "card:4111111111111111"}, Where: "indicators/0"},
			[]models.Indicator{{Kind: models.Account, Value: "card:4111111111111111"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := n.ReportedIndicators(models.Report{Findings: []models.Finding{tt.finding}}, n.Now())
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("reported indicators (-want +got):\n%s", diff)
			}
		})
	}
}
