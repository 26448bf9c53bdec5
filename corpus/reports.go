package corpus

import (
	"encoding/json"
	"testing"
)

// Report is one line of the replay: a report as it came in, with fields of
// whatever type the caller sent, and in Truth what was meant.
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
		Class, Canon, Why string // what kind of line it is, the canonical value that was meant, and why a malformed one is
		PII               any    `json:"pii"` // the personal number in the story; nil: none
	} `json:"_truth"`
}

// Reports returns the replay. Reading it takes a second: a short test is
// skipped.
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
