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
	s.want(s.call(http.MethodPost, "/v1/reports", device, phoneReport("+1 202 555 0143"), "Idempotency-Key", "a b"),
		400, "idempotency_key_malformed")
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
