package handlers_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.org/tocsin/models"
)

func TestReportIsFiledOnce(t *testing.T) {
	s := startServer(t)
	s.signature("+1 202 555 0143")
	_, device := s.device(nil)
	body := phoneReport("+1 (202) 555-0143")

	first := s.want(s.call(http.MethodPost, "/v1/reports", device, body, "Idempotency-Key", "one"), http.StatusCreated, "")
	id := first.text(t, "id")
	if got := first.header.Get("Location"); got != "/v1/reports/"+id || id == "" {
		t.Errorf("Location %q, id %q", got, id)
	}
	if first.header.Get("Idempotency-Replayed") != "" || first.text(t, "verdict.level") != "danger" ||
		first.text(t, "progress") != "matched" || first.text(t, "verdict.advice.text") == "" {
		t.Errorf("got %v %s", first.header, first.body)
	}

	again := body
	again["at"] = strings.Replace(fmt.Sprint(body["at"]), "Z", "+00:00", 1) // the same said otherwise
	second := s.want(s.call(http.MethodPost, "/v1/reports", device, again, "Idempotency-Key", "one"), http.StatusCreated, "")
	if second.header.Get("Idempotency-Replayed") != "true" || second.text(t, "id") != id || string(second.body) != string(first.body) {
		t.Errorf("the retry got %v %s, want %s", second.header, second.body, first.body)
	}
	s.want(s.call(http.MethodPost, "/v1/reports", device, phoneReport("+1 202 555 0144"), "Idempotency-Key", "one"),
		http.StatusUnprocessableEntity, "idempotency_key_reused")

	_, other := s.device(nil)
	third := s.want(s.call(http.MethodPost, "/v1/reports", other, body, "Idempotency-Key", "one"), http.StatusCreated, "")
	if third.text(t, "id") == id {
		t.Error("two devices share a report because they chose the same key")
	}
}

func TestReportThatCannotBeTakenIsRefusedWithTheReason(t *testing.T) {
	s := startServer(t)
	_, device := s.device(nil)
	with := func(change object) object {
		body := phoneReport("+1 202 555 0143")
		maps.Copy(body, change)
		return body
	}
	tomorrow := time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339)
	for _, tt := range []struct {
		name   string
		body   any
		status int
		code   string
	}{
		{"no JSON", `{"at"`, 400, "json_malformed"},
		{"an operator for a value", with(object{"indicators": []object{{"kind": "phone", "value": object{"$ne": nil}}}}), 422, "type_wrong"},
		{"a list for a value", with(object{"indicators": []object{{"kind": "phone", "value": []string{"+1"}}}}), 422, "type_wrong"},
		{"a kind that is none", with(object{"indicators": []object{{"kind": "fax", "value": "+1 202 555 0143"}}}), 422, "value_unknown"},
		{"a number that is none", phoneReport("call me"), 422, "phone_malformed"},
		{"a key that is none", with(object{"phone": "x"}), 422, "key_unknown"},
		{"no time", object{"indicators": []object{{"kind": "phone", "value": "+1 202 555 0143"}}}, 422, "key_missing"},
		{"a time that is a number", with(object{"at": 5}), 422, "type_wrong"},
		{"a time that is none", with(object{"at": "yesterday"}), 422, "format_wrong"},
		{"a time in the future", with(object{"at": tomorrow}), 422, "at_in_future"},
		{"a time beyond the calendar", with(object{"at": "9999-12-31T23:59:59-10:00"}), 422, "time_out_of_range"},
		{"nothing", object{"at": now()}, 422, "report_empty"},
		{"a sum that is text", with(object{"harm": object{"amount": object{"minor": "5", "currency": "EUR"}}}), 422, "type_wrong"},
		{"a sum below zero", with(object{"harm": object{"amount": object{"minor": -5, "currency": "EUR"}}}), 422, "value_out_of_range"},
		{"a currency that is none", with(object{"harm": object{"amount": object{"minor": 5, "currency": "euro"}}}), 422, "format_wrong"},
		{"a message too long", with(object{"message": object{"text": strings.Repeat("a", 10001)}}), 422, "length_wrong"},
		{"a NUL in a message", with(object{"message": object{"text": "a\x00b"}}), 422, "text_malformed"},
		{"a region that is none", with(object{"region": "ZZ"}), 422, "region_malformed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := *s
			s.t = t
			s.want(s.call(http.MethodPost, "/v1/reports", device, tt.body, "Idempotency-Key", tt.name[:1]), tt.status, tt.code)
		})
	}
	s.want(s.call(http.MethodPost, "/v1/reports", device, phoneReport("+1 202 555 0143")), 400, "idempotency_key_missing")
	s.want(s.call(http.MethodPost, "/v1/reports", device, phoneReport("+1 202 555 0143"), "Idempotency-Key", "a b"), 400, "idempotency_key_malformed")
}

func TestReportOfACallCentreNamesItsAgent(t *testing.T) {
	s := startServer(t)
	credential := s.key(models.ScopeReports)
	body := phoneReport("+1 202 555 0143")
	body["on_behalf_of"] = "case 17"
	s.want(s.call(http.MethodPost, "/v1/reports", credential, body, "Idempotency-Key", "a"), 400, "agent_missing")
	got := s.want(s.call(http.MethodPost, "/v1/reports", credential, body, "Idempotency-Key", "a", "Tocsin-Agent", "agent 17"), 201, "")
	stored, err := s.store.Report(t.Context(), got.text(t, "id"))
	if err != nil || stored.Agent != "agent 17" || stored.Channel != models.ChannelCallCentre {
		t.Errorf("stored agent %q, channel %q, %v", stored.Agent, stored.Channel, err)
	}
}

func TestReportIsShownToItsOwnerOnly(t *testing.T) {
	s := startServer(t)
	_, owner := s.device(nil)
	_, other := s.device(nil)
	filed := s.want(s.call(http.MethodPost, "/v1/reports", owner, phoneReport("+1 202 555 0143"), "Idempotency-Key", "a"), 201, "")
	path := filed.header.Get("Location")
	if got := s.want(s.call(http.MethodGet, path, owner, nil), 200, ""); got.text(t, "progress") != "received" ||
		got.text(t, "id") != filed.text(t, "id") || got.text(t, "received_at") != filed.text(t, "received_at") {
		t.Errorf("the owner sees %s of %s", got.body, filed.body)
	}
	s.want(s.call(http.MethodGet, path, other, nil), 404, "report_not_found")
	s.want(s.call(http.MethodGet, path, s.key(models.ScopeReports), nil), 404, "report_not_found")
	s.want(s.call(http.MethodGet, "/v1/reports/rep_none", owner, nil), 404, "report_not_found")
}

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
		fmt.Fprintf(&body, "{\"idempotency_key\":\"k%d\",\"at\":%q,\"indicators\":[{\"kind\":\"domain\",\"value\":\"s%d.example\"}]}\n", i%1400, now(), i%1400)
	}
	got := s.want(s.call(http.MethodPost, "/v1/reports:batch", device, body.String(), "Content-Type", "application/x-ndjson"), 200, "").lines(t)
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
