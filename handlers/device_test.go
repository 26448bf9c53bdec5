package handlers_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/tocsin/models"
)

var revokedAt = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func TestDeviceIsRegisteredReadAndChanged(t *testing.T) {
	s := startServer(t)
	id, device := s.device(object{
		"push": object{"kind": "fid", "value": "fid-canary"}, "region": "CN-44", "time_zone": "Asia/Shanghai", "locale": "zh-CN",
	})
	read := s.want(s.call(http.MethodGet, "/v1/devices/me", device, nil), 200, "")
	if read.text(t, "id") != id || read.text(t, "push.kind") != "fid" || read.text(t, "time_zone") != "Asia/Shanghai" || read.header.Get("ETag") != `"1"` {
		t.Errorf("read %s, ETag %s", read.body, read.header.Get("ETag"))
	}
	if strings.Contains(string(read.body), "canary") || read.text(t, "credential") != "" {
		t.Errorf("a secret comes back: %s", read.body)
	}
	changed := s.want(s.call(http.MethodPatch, "/v1/devices/me", device, object{"push": nil, "locale": "fr"}), 200, "")
	if changed.text(t, "locale") != "fr" || changed.text(t, "push.kind") != "" || changed.text(t, "region") != "CN-44" || changed.header.Get("ETag") != `"2"` {
		t.Errorf("changed to %s, ETag %s", changed.body, changed.header.Get("ETag"))
	}
	s.want(s.call(http.MethodPatch, "/v1/devices/me", device, object{"region": ""}, "If-Match", `"1"`), 412, "revision_stale")
	withoutRegion := s.want(s.call(http.MethodPatch, "/v1/devices/me", device, object{"region": "", "push": object{"kind": "token", "value": "t"}}, "If-Match", `"2"`), 200, "")
	if withoutRegion.text(t, "region") != "" || withoutRegion.text(t, "push.kind") != "token" || withoutRegion.text(t, "locale") != "fr" {
		t.Errorf("changed to %s", withoutRegion.body)
	}
}

func TestTwoChangesOfADeviceAtOnceBothCount(t *testing.T) {
	s := startServer(t)
	for range 10 {
		_, device := s.device(nil)
		var wg sync.WaitGroup
		for _, change := range []object{{"locale": "es"}, {"region": "ES"}} {
			wg.Go(func() {
				if got := s.call(http.MethodPatch, "/v1/devices/me", device, change); got.status != 200 {
					t.Errorf("%v got %d %s", change, got.status, got.body)
				}
			})
		}
		wg.Wait()
		if got := s.call(http.MethodGet, "/v1/devices/me", device, nil); got.text(t, "locale") != "es" || got.text(t, "region") != "ES" {
			t.Errorf("one of the changes is lost: %s", got.body)
		}
	}
}

func TestDeviceThatIsNoneIsRefused(t *testing.T) {
	s := startServer(t)
	_, device := s.device(nil)
	for _, tt := range []struct {
		name   string
		change object
		status int
		code   string
	}{
		{"no such platform", object{"platform": "toaster"}, 422, "value_unknown"},
		{"no such zone", object{"time_zone": "Mars/Olympus"}, 422, "time_zone_unknown"},
		{"this machine's zone", object{"time_zone": "Local"}, 422, "time_zone_unknown"},
		{"a path for a zone", object{"time_zone": "../../etc/passwd"}, 422, "time_zone_unknown"},
		{"no such country", object{"region": "ZZ"}, 422, "region_malformed"},
		{"a locale that is none", object{"locale": "no language"}, 422, "format_wrong"},
		{"a push target of no kind", object{"push": object{"value": "x"}}, 422, "key_missing"},
		{"a push target with a space", object{"push": object{"kind": "fid", "value": "a b"}}, 422, "format_wrong"},
		{"a consent that is text", object{"consents": object{"exposures": "yes", "warnings": true}}, 422, "type_wrong"},
	} {
		body := object{"platform": "ios", "locale": "en", "consents": object{"exposures": true, "warnings": true}}
		for k, v := range tt.change {
			body[k] = v
		}
		s.want(s.call(http.MethodPost, "/v1/devices", "", body), tt.status, tt.code)
		if _, platform := tt.change["platform"]; !platform {
			s.want(s.call(http.MethodPatch, "/v1/devices/me", device, tt.change), tt.status, tt.code)
		}
	}
}

func TestExposuresNeedConsentAndGoWithIt(t *testing.T) {
	s := startServer(t)
	s.signature("+1 202 555 0143")
	id, device := s.device(object{"consents": object{"exposures": false, "warnings": true}})
	body := object{"exposures": []object{
		{"kind": "phone", "value": "+1 202 555 0144", "channel": "call", "met_at": now()},
		{"kind": "phone", "value": "+1 202 555 0143", "channel": "sms", "met_at": now()},
	}}
	s.want(s.call(http.MethodPut, "/v1/devices/me/exposures", device, body), 403, "consent_missing")

	s.want(s.call(http.MethodPatch, "/v1/devices/me", device, object{"consents": object{"exposures": true, "warnings": true}}), 200, "")
	got := s.want(s.call(http.MethodPut, "/v1/devices/me/exposures", device, body), 200, "")
	list, _ := got.json(t)["exposures"].([]any)
	if len(list) != 2 {
		t.Fatalf("got %s", got.body)
	}
	for i, level := range []string{"unknown", "danger"} {
		if one, _ := list[i].(map[string]any); one["level"] != level || one["kind"] != "phone" || one["expires_at"] == "" {
			t.Errorf("exposure %d is %v, want %s", i, one, level)
		}
	}
	kept := func() int {
		t.Helper()
		kept, err := s.store.Exposures(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return len(kept)
	}
	if kept() != 2 {
		t.Errorf("%d exposures are kept, want 2", kept())
	}
	s.want(s.call(http.MethodPatch, "/v1/devices/me", device, object{"consents": object{"exposures": false, "warnings": true}}), 200, "")
	if kept() != 0 {
		t.Errorf("%d exposures are kept without consent", kept())
	}
	s.want(s.call(http.MethodPatch, "/v1/devices/me", device, object{"consents": object{"exposures": true, "warnings": true}}), 200, "")
	s.want(s.call(http.MethodPut, "/v1/devices/me/exposures", device, body), 200, "")
	if r := s.want(s.call(http.MethodDelete, "/v1/devices/me/exposures", device, nil), 204, ""); len(r.body) != 0 || kept() != 0 {
		t.Errorf("after DELETE %d exposures are kept, reply %q", kept(), r.body)
	}
	s.want(s.call(http.MethodPut, "/v1/devices/me/exposures", device, object{"exposures": []object{}}), 422, "length_wrong")
	s.want(s.call(http.MethodPut, "/v1/devices/me/exposures", device,
		object{"exposures": []object{{"kind": "phone", "value": "x", "met_at": now()}}}), 422, "phone_malformed")
}

// warn puts n warnings for the device into the store, the last one newest.
func (s *testServer) addWarnings(device string, n int) {
	s.t.Helper()
	at := time.Now().UTC().Truncate(time.Second)
	var out []models.Warning
	for i := range n {
		out = append(out, models.Warning{
			ID: models.WarningID(device, "sig_a", int64(i)), Device: device, Signature: "sig_a", Rev: int64(i), Level: models.Danger,
			Category: models.CategoryParcel, Kind: models.Phone, Hint: "0143", Channel: "call", Met: at.Add(-time.Hour),
			Created: at.Add(time.Duration(i) * time.Second), Expires: at.Add(time.Hour), Lane: models.LaneUrgent,
			State: models.WarningHeld, Reason: "no_push_target", Due: at,
		})
	}
	if _, err := s.store.PutWarnings(s.t.Context(), out); err != nil {
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

func TestErasedDeviceLeavesNothingBehind(t *testing.T) {
	s := startServer(t)
	id, device := s.device(nil)
	body := phoneReport("+1 202 555 0143")
	body["story"] = "the canary's story"
	filed := s.want(s.call(http.MethodPost, "/v1/reports", device, body, "Idempotency-Key", "a"), 201, "")
	s.want(s.call(http.MethodPut, "/v1/devices/me/exposures", device,
		object{"exposures": []object{{"kind": "phone", "value": "+1 202 555 0144", "met_at": now()}}}), 200, "")
	s.addWarnings(id, 2)

	s.want(s.call(http.MethodDelete, "/v1/devices/me", device, nil), 204, "")
	s.want(s.call(http.MethodGet, "/v1/devices/me", device, nil), 401, "credential_refused")
	if _, err := s.store.Device(t.Context(), id); err == nil {
		t.Error("the device is there")
	}
	if kept, err := s.store.Exposures(t.Context(), id); err != nil || len(kept) != 0 {
		t.Errorf("%d exposures are kept, %v", len(kept), err)
	}
	if kept, err := s.store.Warnings(t.Context(), id, "", 10); err != nil || len(kept) != 0 {
		t.Errorf("%d warnings are kept, %v", len(kept), err)
	}
	report, err := s.store.Report(t.Context(), filed.text(t, "id"))
	if err != nil || report.Story != "" {
		t.Errorf("the report's story is %q, %v", report.Story, err)
	}
}

func TestKeyIsGoodUntilItIsRevoked(t *testing.T) {
	s := startServer(t)
	administrator := s.key(models.ScopeKeys)
	made := s.want(s.call(http.MethodPost, "/v1/keys", administrator, object{"name": "city line", "scopes": []string{"checks"}, "rate": 50}), 201, "")
	id, credential := made.text(t, "id"), made.text(t, "credential")
	if !strings.HasPrefix(credential, id+".") || made.header.Get("Cache-Control") != "no-store" {
		t.Errorf("made %s, Cache-Control %q", made.body, made.header.Get("Cache-Control"))
	}
	s.want(s.call(http.MethodGet, "/v1/checks/phone/%2B12025550143", credential, nil), 200, "")
	listed := s.want(s.call(http.MethodGet, "/v1/keys", administrator, nil), 200, "")
	if !strings.Contains(string(listed.body), id) || strings.Contains(string(listed.body), strings.TrimPrefix(credential, id+".")) {
		t.Errorf("listed %s", listed.body)
	}
	s.want(s.call(http.MethodDelete, "/v1/keys/"+id, administrator, nil), 204, "")
	s.want(s.call(http.MethodDelete, "/v1/keys/"+id, administrator, nil), 204, "")
	s.want(s.call(http.MethodDelete, "/v1/keys/key_none", administrator, nil), 404, "not_found")
	s.want(s.call(http.MethodGet, "/v1/checks/phone/%2B12025550143", credential, nil), 401, "credential_refused")
	for _, bad := range []object{
		{"name": "x", "scopes": []string{}},
		{"name": "", "scopes": []string{"checks"}},
		{"name": "x", "scopes": []string{"root"}},
		{"name": "x", "scopes": []string{"checks", "checks"}},
		{"name": "a\nb", "scopes": []string{"checks"}},
	} {
		if got := s.call(http.MethodPost, "/v1/keys", administrator, bad); got.status != 422 {
			t.Errorf("%v got %d %s", bad, got.status, got.body)
		}
	}
}
