package handlers_test

import (
	"testing"
	"time"

	"example.org/tocsin/handlers"
	"example.org/tocsin/models"
)

var revokedAt = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func TestAuthenticatorTellsNobodyWhichIDsThereAre(t *testing.T) {
	s := startServer(t)
	authenticator := handlers.Authenticator{Devices: s.store, Keys: s.store}
	id, device := s.device(nil)
	revoked, credential := models.NewKey("old line", models.Scopes(), 0, revokedAt)
	revoked.Revoked = revokedAt
	if err := s.store.PutKey(t.Context(), revoked); err != nil {
		t.Fatal(err)
	}
	parsed, err := models.ParseCredential(device)
	if err != nil {
		t.Fatal(err)
	}
	if caller, err := authenticator.Authenticate(t.Context(), parsed); err != nil || caller.Device != id || caller.Locale != "en" {
		t.Errorf("the right credential got %+v, %v", caller, err)
	}
	want := ""
	for name, c := range map[string]models.Credential{
		"unknown device": models.NewCredential("dev_none"),
		"unknown key":    models.NewCredential("key_none"),
		"wrong secret":   models.NewCredential(id),
		"revoked key":    credential,
	} {
		caller, err := authenticator.Authenticate(t.Context(), c)
		if err == nil || caller.ID() != "" {
			t.Fatalf("%s: let in as %+v", name, caller)
		}
		if want == "" {
			want = err.Error()
		}
		if err.Error() != want {
			t.Errorf("%s: %q differs from %q", name, err, want)
		}
	}
}
