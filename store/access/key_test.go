package access_test

import (
	"errors"
	"slices"
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
			if _, err := s.RevokeKey(t.Context(), k.ID, at); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.RevokeKey(t.Context(), "key_none", storetest.Epoch()); !errors.Is(err, models.NotFound) {
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

func TestARevokedKeyTakesItsWholeTreeWithIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		makers := map[string]string{"key_a": "", "key_b": "key_a", "key_c": "key_b", "key_d": "key_b", "key_e": "", "key_f": "key_e"}
		for id, maker := range makers {
			k := models.Key{ID: id, MadeBy: maker, Created: storetest.Epoch()}
			if id == "key_b" { // by a call that was cut short
				k.Revoked = storetest.Epoch()
			}
			if err := s.PutKey(t.Context(), k); err != nil {
				t.Fatal(err)
			}
		}
		got, err := s.RevokeKey(t.Context(), "key_a", storetest.Epoch().Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(got)
		if diff := cmp.Diff([]string{"key_a", "key_b", "key_c", "key_d"}, got); diff != "" {
			t.Errorf("revoked (-want +got):\n%s", diff)
		}
		all, err := s.Keys(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range all {
			if k.Revoked.IsZero() == slices.Contains(got, k.ID) {
				t.Errorf("%s: revoked at %v", k.ID, k.Revoked)
			}
		}
	})
}
