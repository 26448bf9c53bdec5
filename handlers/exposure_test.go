package handlers_test

import (
	"net/http"
	"testing"
)

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
