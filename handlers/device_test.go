package handlers_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
)

func TestDeviceIsRegisteredReadAndChanged(t *testing.T) {
	s := startServer(t)
	id, device := s.device(object{
		"push": object{"kind": "fid", "value": "fid-canary"}, "region": "CN-44", "time_zone": "Asia/Shanghai", "locale": "zh-CN",
	})
	read := s.want(s.call(http.MethodGet, "/v1/devices/me", device, nil), 200, "")
	if read.text(t, "id") != id || read.text(t, "push.kind") != "fid" || read.text(t, "time_zone") != "Asia/Shanghai" ||
		read.header.Get("ETag") != `"1"` {
		t.Errorf("read %s, ETag %s", read.body, read.header.Get("ETag"))
	}
	if strings.Contains(string(read.body), "canary") || read.text(t, "credential") != "" {
		t.Errorf("a secret comes back: %s", read.body)
	}
	changed := s.want(s.call(http.MethodPatch, "/v1/devices/me", device, object{"push": nil, "locale": "fr"}), 200, "")
	if changed.text(t, "locale") != "fr" || changed.text(t, "push.kind") != "" || changed.text(t, "region") != "CN-44" ||
		changed.header.Get("ETag") != `"2"` {
		t.Errorf("changed to %s, ETag %s", changed.body, changed.header.Get("ETag"))
	}
	s.want(s.call(http.MethodPatch, "/v1/devices/me", device, object{"region": ""}, "If-Match", `"1"`), 412, "revision_stale")
	change := object{"region": "", "push": object{"kind": "token", "value": "t"}}
	withoutRegion := s.want(s.call(http.MethodPatch, "/v1/devices/me", device, change, "If-Match", `"2"`), 200, "")
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
		t.Error("the device still exists")
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
