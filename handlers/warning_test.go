package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"example.org/tocsin/models"
)

// addWarnings stores n warnings for the device, the last one newest.
func (s *testServer) addWarnings(device string, n int) {
	s.t.Helper()
	at := time.Now().UTC().Truncate(time.Second)
	var out []models.Warning
	for i := range n {
		hint := s.keyer.SealHint(models.Indicator{Kind: models.Phone, Value: "+12025550143"})
		out = append(out, models.Warning{
			ID: models.WarningID(device, models.WarningAccuse, int64(i)), Device: device, Exposure: device, Class: models.WarningAccuse,
			Episode: int64(i), Signatures: []string{"sig_a"}, Level: models.Danger,
			Category: models.CategoryParcel, Kind: models.Phone, Hint: hint, Channel: "call", Met: at.Add(-time.Hour),
			Created: at.Add(time.Duration(i) * time.Second), Expires: at.Add(time.Hour), Lane: models.LaneUrgent,
			State: models.WarningHeld, Reason: "no_push_target", Due: at,
		})
	}
	if _, _, err := s.store.PutWarnings(s.t.Context(), out); err != nil {
		s.t.Fatal(err)
	}
}

func TestWarningsAreReadNewestFirstInTheDevicesLanguage(t *testing.T) {
	s := startServer(t)
	id, device := s.device(object{"locale": "fr", "time_zone": "Europe/Paris"})
	otherID, other := s.device(nil)
	s.addWarnings(id, 7)
	s.addWarnings(otherID, 1)
	var created []string
	var first object
	cursor := ""
	for page := 1; ; page++ {
		got := s.want(s.call(http.MethodGet, "/v1/devices/me/warnings?limit=3"+cursor, device, nil), 200, "")
		list, _ := got.json(t)["warnings"].([]any)
		for _, one := range list {
			w, _ := one.(map[string]any)
			at, _ := w["created_at"].(string)
			created = append(created, at)
			if first == nil {
				first = w
			}
		}
		next := got.text(t, "next_cursor")
		if next == "" {
			if page != 3 {
				t.Errorf("%d pages, want 3", page)
			}
			break
		}
		cursor = "&cursor=" + next
	}
	if len(created) != 7 || created[0] < created[6] {
		t.Errorf("warnings of %v, want seven, newest first", created)
	}
	text, _ := first["text"].(string)
	if first["title"] == "" || !strings.Contains(text, "0143") || first["state"] != "held" || first["channel"] != "call" {
		t.Errorf("the first warning is %v", first)
	}
	english := s.want(s.call(http.MethodGet, "/v1/devices/me/warnings", other, nil), 200, "")
	if strings.Contains(string(english.body), first["title"].(string)) {
		t.Errorf("French and English have one title: %s", english.body)
	}
	s.want(s.call(http.MethodGet, "/v1/devices/me/warnings?x=1"+cursor, device, nil), 422, "parameter_unknown")
	s.want(s.call(http.MethodGet, "/v1/devices/me/warnings?limit=3"+cursor, other, nil), 422, "cursor_unknown")

	path := "/v1/devices/me/warnings/" + first["id"].(string) + "/receipts"
	for _, receipt := range []string{"received", "obeyed", "received"} {
		s.want(s.call(http.MethodPost, path, device, object{"receipt": receipt, "at": now()}), 204, "")
	}
	s.want(s.call(http.MethodPost, path, device, object{"receipt": "eaten", "at": now()}), 422, "value_unknown")
	s.want(s.call(http.MethodPost, path, device, object{"receipt": "opened", "at": "9999-12-31T23:59:59-10:00"}), 422, "time_out_of_range")
	s.want(s.call(http.MethodPost, path, other, object{"receipt": "opened", "at": now()}), 404, "not_found")
	got := s.want(s.call(http.MethodGet, "/v1/devices/me/warnings?limit=1", device, nil), 200, "")
	list, _ := got.json(t)["warnings"].([]any)
	receipts, _ := list[0].(map[string]any)["receipts"].(map[string]any)
	if len(receipts) != 2 || receipts["received_at"] == nil || receipts["obeyed_at"] == nil {
		t.Errorf("receipts are %v", receipts)
	}
}
