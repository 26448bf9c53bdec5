package access_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/models"
	"example.org/tocsin/store/storetest"
)

func TestKeysAreKeptAndRevokedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		k := models.Key{ID: "key_2", Name: "Hotline", Secret: []byte{9}, Scopes: models.Scopes(), Rate: 5, Created: storetest.Epoch()}
		other := k
		other.ID = "key_1"
		for _, one := range []models.Key{k, other} {
			if err := s.PutKey(t.Context(), one); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.PutKey(t.Context(), k); !errors.Is(err, models.Conflict) {
			t.Errorf("a second key with the id got %v, want a conflict", err)
		}
		for _, at := range []time.Time{storetest.Epoch(), storetest.Epoch().Add(time.Hour)} {
			if err := s.RevokeKey(t.Context(), k.ID, at); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.RevokeKey(t.Context(), "key_none", storetest.Epoch()); !errors.Is(err, models.NotFound) {
			t.Errorf("revoking no key got %v, want not found", err)
		}
		want := k
		want.Revoked = storetest.Epoch()
		all, err := s.Keys(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]models.Key{other, want}, all); diff != "" {
			t.Error(diff)
		}
		if got, err := s.Key(t.Context(), k.ID); err != nil || !got.Revoked.Equal(storetest.Epoch()) {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}
