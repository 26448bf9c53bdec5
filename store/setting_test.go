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
