package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"example.org/tocsin/models"
)

func TestKeyIsGoodUntilItIsRevoked(t *testing.T) {
	s := startServer(t)
	administrator := s.key(models.ScopeKeys, models.ScopeChecks)
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

// mintKey has a key make another one, and returns its id and its credential.
func (s *testServer) mintKey(maker string, order object) (id, credential string) {
	s.t.Helper()
	made := s.want(s.call(http.MethodPost, "/v1/keys", maker, order), 201, "")
	return made.text(s.t, "id"), made.text(s.t, "credential")
}

func TestAMintedKeyBelongsToItsMakersOrganisationAndIsNoWider(t *testing.T) {
	s := startServer(t)
	operator := s.key(models.Scopes()...)
	lineID, line := s.mintKey(operator, object{"name": "City line", "scopes": []string{"keys", "reports"}, "organisation": "City line"})
	s.want(s.call(http.MethodPost, "/v1/keys", line, object{"name": "x", "scopes": []string{"signatures"}}), 403, "scope_exceeded")
	s.want(s.call(http.MethodPost, "/v1/keys", line, object{"name": "x", "scopes": []string{"reports"}, "organisation": "Another"}),
		403, "organisation_foreign")
	made := s.want(s.call(http.MethodPost, "/v1/keys", line, object{"name": "shift b", "scopes": []string{"reports"}}), 201, "")
	if made.text(t, "organisation") != "City line" || made.text(t, "made_by") != lineID {
		t.Errorf("made %s, want a key of City line, made by %s", made.body, lineID)
	}
	alone := s.want(s.call(http.MethodPost, "/v1/keys", operator, object{"name": "own", "scopes": []string{"reports"}}), 201, "")
	if got, maker := alone.text(t, "organisation"), alone.text(t, "made_by"); got == "" || got != maker {
		t.Errorf("made for the organisation %q by %q, want the operator's own", got, maker)
	}
}

func TestARevokedKeyTakesTheKeysThatItMadeWithIt(t *testing.T) {
	s := startServer(t)
	operator := s.key(models.Scopes()...)
	lineID, line := s.mintKey(operator, object{"name": "line", "scopes": []string{"keys", "checks"}, "organisation": "line"})
	_, child := s.mintKey(line, object{"name": "child", "scopes": []string{"keys", "checks"}})
	_, grandchild := s.mintKey(child, object{"name": "grandchild", "scopes": []string{"checks"}})
	_, other := s.mintKey(operator, object{"name": "other", "scopes": []string{"checks"}})
	const check = "/v1/checks/phone/%2B12025550143"
	for _, credential := range []string{grandchild, other} {
		s.want(s.call(http.MethodGet, check, credential, nil), 200, "")
	}
	s.want(s.call(http.MethodDelete, "/v1/keys/"+lineID, operator, nil), 204, "")
	for _, credential := range []string{line, child, grandchild} {
		s.want(s.call(http.MethodGet, check, credential, nil), 401, "credential_refused")
	}
	s.want(s.call(http.MethodGet, check, other, nil), 200, "")
}

// TestAKeyRevokedElsewhereMakesNoMore: this node accepts the credential from its cache for a while.
func TestAKeyRevokedElsewhereMakesNoMore(t *testing.T) {
	s := startServer(t)
	maker := s.key(models.Scopes()...)
	order := object{"name": "x", "scopes": []string{"checks"}}
	s.mintKey(maker, order)
	id, _, _ := strings.Cut(maker, ".")
	if _, err := s.store.RevokeKey(t.Context(), id, time.Now()); err != nil { // another node
		t.Fatal(err)
	}
	s.want(s.call(http.MethodPost, "/v1/keys", maker, order), 401, "credential_refused")
}
