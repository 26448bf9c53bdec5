package corpus

import (
	"encoding/json"
	"testing"
)

// Report is one line of the replay: a report as it came in, and what was meant.
type Report struct {
	Kind      any             `json:"kind"`
	Phone     any             `json:"phone"`
	URL       any             `json:"url"`
	Account   json.RawMessage `json:"account"`
	Message   json.RawMessage `json:"message"`
	Region    string          `json:"region"`
	Narrative string          `json:"narrative"`
	Amount    any             `json:"amount_lost"`
	Truth     struct {
		Class, Canon, Why string
		PII               any `json:"pii"`
	} `json:"_truth"`
}

// Reports returns the replay. It takes a second: a short test is skipped.
func Reports(t testing.TB) []Report {
	t.Helper()
	if testing.Short() {
		t.Skip("the replay takes seconds")
	}
	lines := Lines(t, "replay_reports.jsonl.gz")
	reports := make([]Report, len(lines))
	for i, line := range lines {
		if err := json.Unmarshal([]byte(line), &reports[i]); err != nil {
			t.Fatal(err)
		}
	}
	return reports
}
