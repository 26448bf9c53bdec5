package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"example.org/tocsin/models"
)

func TestBatchAnswersEveryLineInOrder(t *testing.T) {
	s := startServer(t)
	s.signature("+1 202 555 0143")
	credential := s.key(models.ScopeReports)
	report := func(key, value string) string {
		return fmt.Sprintf(`{"idempotency_key":%q,"at":%q,"indicators":[{"kind":"phone","value":%q}]}`, key, now(), value)
	}
	alone := object{"at": "2026-01-02T03:04:05Z", "indicators": []object{{"kind": "phone", "value": "+1 202 555 0145"}}}
	alone["at"] = now()
	s.want(s.call(http.MethodPost, "/v1/reports", credential, alone, "Idempotency-Key", "alone", "Tocsin-Agent", "a"), 201, "")
	body := strings.Join([]string{
		report("a", "+1 202 555 0143"),
		"",
		`{"idempotency_key":"b"`,
		report("c", "call me"),
		`{"at":"` + now() + `","indicators":[{"kind":"phone","value":"+1 202 555 0143"}]}`,
		report("d", "+1 202 555 0144"),
		fmt.Sprintf(`{"indicators":[{"value":"+1 202 555 0145","kind":"phone"}], "idempotency_key":"alone", "at":%q}`, alone["at"]),
	}, "\n")
	want := []string{
		"line 1: 201 danger", "line 3: 400 json_malformed", "line 4: 422 phone_malformed", "line 5: 422 key_missing",
		"line 6: 201 unknown", "line 7: 201 unknown repeated",
	}

	headers := []string{"Content-Type", "application/x-ndjson", "Tocsin-Agent", "agent 17"}
	got := s.want(s.call(http.MethodPost, "/v1/reports:batch", credential, body, headers...), 200, "").lines(t)
	if len(got) != len(want)+1 {
		t.Fatalf("got %d lines: %v", len(got), got)
	}
	for i, w := range want {
		g := fmt.Sprintf("line %v: %v ", got[i]["line"], got[i]["status"])
		for _, field := range []string{"level", "code"} {
			if v, ok := got[i][field]; ok {
				g += fmt.Sprint(v)
			}
		}
		if got[i]["repeated"] == true {
			g += " repeated"
		}
		if g != w {
			t.Errorf("got %q, want %q", g, w)
		}
	}
	if got[2]["pointer"] != "/indicators/0/value" {
		t.Errorf("line 4 is refused at %v", got[2]["pointer"])
	}
	last := got[len(want)]
	if last["done"] != true || last["lines"] != 6.0 || last["accepted"] != 2.0 || last["repeated"] != 1.0 || last["refused"] != 3.0 {
		t.Errorf("the last line is %v", last)
	}

	lost := s.want(s.call(http.MethodPost, "/v1/reports:batch", credential, body, headers[:2]...), 200, "").lines(t)
	if problem, _ := lost[0]["error"].(map[string]any); len(lost) != 1 || lost[0]["done"] != false || problem["code"] != "agent_missing" {
		t.Errorf("without an agent the stream is %v", lost)
	}
}

func TestBatchOfManyChunksLosesNoLine(t *testing.T) {
	s := startServer(t)
	_, device := s.device(nil)
	const n = 1500
	var body strings.Builder
	for i := range n {
		fmt.Fprintf(&body, "{\"idempotency_key\":\"k%d\",\"at\":%q,\"indicators\":[{\"kind\":\"domain\",\"value\":\"s%d.example\"}]}\n",
			i%1400, now(), i%1400)
	}
	reply := s.call(http.MethodPost, "/v1/reports:batch", device, body.String(), "Content-Type", "application/x-ndjson")
	got := s.want(reply, 200, "").lines(t)
	if len(got) != n+1 {
		t.Fatalf("got %d lines, want %d", len(got), n+1)
	}
	for i := range n {
		if got[i]["line"] != float64(i+1) {
			t.Fatalf("line %d is answered in place %v", i+1, got[i]["line"])
		}
	}
	if last := got[n]; last["accepted"] != 1400.0 || last["repeated"] != 100.0 {
		t.Errorf("the last line is %v", last)
	}
}
