package handlers

import (
	"testing"
	"time"
)

// TestDigestOfAReportStaysTheSame holds the digest that is stored with a report: if a release changed it, a
// retry that began before the release would be refused as a reused idempotency key.
func TestDigestOfAReportStaysTheSame(t *testing.T) {
	body := ReportRequest{
		Indicators: []indicator{{Kind: "phone", Value: "+1 202 555 0143"}, {Kind: "domain", Value: "evil.example"}},
		Message:    &message{Text: "Pay <now> & here", Sender: "Parcel", Via: "sms"},
		Story:      "They called twice.",
		Harm:       &harm{Stage: "paid", Amount: &money{Minor: 1250, Currency: "EUR"}},
		At:         time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600)),
		Region:     "CN-44", Language: "zh", OnBehalfOf: "case 17",
	}
	draft, err := body.draft("one")
	if err != nil {
		t.Fatal(err)
	}
	const want = "b050df3df749a54b8895bcbbc996d3bf3e1840d2547244bda22004431fa883b2"
	if draft.Body != want {
		t.Errorf("the digest is %s, want %s", draft.Body, want)
	}
}
