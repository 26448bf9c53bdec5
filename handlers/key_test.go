package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"example.org/tocsin/models"
)

func TestKeyIsGoodUntilItIsRevoked(t *testing.T) {
	s := startServer(t)
	administrator := s.key(models.ScopeKeys)
	order := object{"name": "city line", "scopes": []string{"checks"}, "rate": 50}
	made := s.want(s.call(http.MethodPost, "/v1/keys", administrator, order), 201, "")
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
