package handlers_test

import (
	"net/http"
	"slices"
	"testing"

	"example.org/tocsin/models"
)

// TestEveryRouteLetsInWhomItSays asks every route as nobody, as a device, and
// with a key of each scope: 401 for nobody, 403 for the wrong one, something else for the right ones.
func TestEveryRouteLetsInWhomItSays(t *testing.T) {
	s := startServer(t)
	callers := map[string]string{"nobody": ""}
	for _, scope := range models.Scopes() {
		callers[string(scope)] = s.key(scope)
	}
	for _, tt := range []struct {
		method, path string
		allowed      []string
	}{
		{"POST", "/v1/reports", []string{"device", "reports"}},
		{"POST", "/v1/reports:batch", []string{"device", "reports"}},
		{"GET", "/v1/reports/rep_none", []string{"device", "reports"}},
		{"POST", "/v1/checks", []string{"device", "checks"}},
		{"GET", "/v1/checks/phone/%2B12025550143", []string{"device", "checks"}},
		{"POST", "/v1/signatures", []string{"signatures"}},
		{"GET", "/v1/signatures", []string{"signatures"}},
		{"POST", "/v1/signatures:import", []string{"signatures"}},
		{"GET", "/v1/signatures/sig_none", []string{"signatures"}},
		{"PATCH", "/v1/signatures/sig_none", []string{"signatures"}},
		{"POST", "/v1/devices", []string{"nobody", "devices"}},
		{"GET", "/v1/devices/me", []string{"device"}},
		{"PATCH", "/v1/devices/me", []string{"device"}},
		{"PUT", "/v1/devices/me/exposures", []string{"device"}},
		{"DELETE", "/v1/devices/me/exposures", []string{"device"}},
		{"GET", "/v1/devices/me/warnings", []string{"device"}},
		{"POST", "/v1/devices/me/warnings/wrn_none/receipts", []string{"device"}},
		{"DELETE", "/v1/devices/me", []string{"device"}},
		{"POST", "/v1/keys", []string{"keys"}},
		{"GET", "/v1/keys", []string{"keys"}},
		{"DELETE", "/v1/keys/key_none", []string{"keys"}},
	} {
		_, callers["device"] = s.device(nil)
		for name, credential := range callers {
			var body any
			if tt.method == http.MethodPost || tt.method == http.MethodPatch || tt.method == http.MethodPut {
				body = object{}
			}
			got := s.call(tt.method, tt.path, credential, body)
			denied := got.status == http.StatusUnauthorized || got.status == http.StatusForbidden
			if denied == slices.Contains(tt.allowed, name) {
				t.Errorf("%s %s as %s: %d %s", tt.method, tt.path, name, got.status, got.body)
			}
			if name == "nobody" && denied && got.status != http.StatusUnauthorized {
				t.Errorf("%s %s as nobody: %d, want 401", tt.method, tt.path, got.status)
			}
		}
	}
}
