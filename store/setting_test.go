package store_test

import (
	"errors"
	"sync"
	"testing"

	"example.org/tocsin/models"
	"example.org/tocsin/store/storetest"
)

func TestOfManyProposedSettingsAllGetTheSame(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		if _, err := s.Setting(t.Context(), "exposure_key", nil); !errors.Is(err, models.NotFound) {
			t.Errorf("a missing setting got %v, want not found", err)
		}
		const nodes = 8
		got := make([]string, nodes)
		var all sync.WaitGroup
		for n := range nodes {
			all.Go(func() {
				value, err := s.Setting(t.Context(), "exposure_key", []byte{byte(n)})
				if err != nil {
					t.Error(err)
				}
				got[n] = string(value)
			})
		}
		all.Wait()
		kept, err := s.Setting(t.Context(), "exposure_key", nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range got {
			if g != string(kept) {
				t.Errorf("a node got %q, kept is %q", g, kept)
			}
		}
	})
}

func TestOfTwoWhoReplaceASettingOneIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		if err := s.ReplaceSetting(t.Context(), "key_check", []byte("a"), []byte("b")); !errors.Is(err, models.NotFound) {
			t.Errorf("a missing setting got %v, want not found", err)
		}
		if _, err := s.Setting(t.Context(), "key_check", []byte("a")); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			old, value string
			want       error
		}{{"a", "b", nil}, {"a", "b", nil}, {"a", "c", models.Stale}, {"b", "c", nil}} {
			if err := s.ReplaceSetting(t.Context(), "key_check", []byte(tt.old), []byte(tt.value)); !errors.Is(err, tt.want) {
				t.Errorf("from %q to %q got %v, want %v", tt.old, tt.value, err, tt.want)
			}
		}
		if kept, err := s.Setting(t.Context(), "key_check", nil); err != nil || string(kept) != "c" {
			t.Errorf("kept is %q, %v", kept, err)
		}
	})
}
