package catalogue_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/models"
	"example.org/tocsin/store/storetest"
)

func signature(n int) models.Signature {
	return models.Signature{
		ID: fmt.Sprintf("sig_%04d", n), Rule: models.Exact, Kind: models.Phone, Value: fmt.Sprintf("+1202555%04d", n), Level: models.Danger,
		Category: models.CategoryPhishing, Reason: "list", Source: "desk", Note: "seen often", Score: 1.5, Reporters: 3, Decided: true,
		Rev: 1, LevelRev: 1, Created: storetest.Epoch(), Changed: storetest.Epoch(), Ends: storetest.Epoch().Add(time.Hour),
		Unlogged: true, From: models.Unknown,
	}
}

func insert(t *testing.T, s *storetest.Database, signatures ...models.Signature) {
	t.Helper()
	errs, err := s.InsertSignatures(t.Context(), signatures)
	if err := errors.Join(append(errs, err)...); err != nil {
		t.Fatal(err)
	}
}

func TestASignatureComesBackAsItWas(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		bare := models.Signature{ID: "sig_bare", Created: storetest.Epoch(), Changed: storetest.Epoch()}
		insert(t, s, signature(1), bare)
		for _, want := range []models.Signature{signature(1), bare} {
			got, err := s.Signature(t.Context(), want.ID)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		}
		some, err := s.Signatures(t.Context(), []string{"sig_bare", "sig_none"})
		if err != nil || len(some) != 1 || some[0].ID != "sig_bare" {
			t.Errorf("got %v, %v, want the one that exists", some, err)
		}
		if _, err := s.Signature(t.Context(), "sig_none"); !errors.Is(err, models.NotFound) {
			t.Errorf("got %v, want not found", err)
		}
	})
}

func TestInsertingWhatExistsIsAConflictForThatOneOnly(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		insert(t, s, signature(1))
		again := signature(1)
		again.Level = models.Cleared
		errs, err := s.InsertSignatures(t.Context(), []models.Signature{signature(0), again, signature(2)})
		if err != nil || len(errs) != 3 {
			t.Fatalf("got %v, %v", errs, err)
		}
		if errs[0] != nil || !errors.Is(errs[1], models.Conflict) || errs[2] != nil {
			t.Errorf("got %v, want a conflict in the middle", errs)
		}
		if got, _ := s.Signature(t.Context(), again.ID); got.Level != models.Danger {
			t.Errorf("the signature that existed has the level %s", got.Level)
		}
	})
}

func TestOfManyWritersOfOneRevisionOneWins(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		insert(t, s, signature(1), signature(2))
		const writers = 8
		var won atomic.Int64
		var all sync.WaitGroup
		for w := range writers {
			all.Go(func() {
				one := signature(1)
				one.Rev, one.Reporters = 2, 100+w
				errs, err := s.ReplaceSignatures(t.Context(), []models.Signature{one})
				switch {
				case err != nil:
					t.Error(err)
				case errs[0] == nil:
					won.Store(int64(one.Reporters))
				case !errors.Is(errs[0], models.Stale):
					t.Errorf("a loser got %v, want stale", errs[0])
				}
			})
		}
		all.Wait()
		got, err := s.Signature(t.Context(), signature(1).ID)
		if err != nil || got.Rev != 2 || int64(got.Reporters) != won.Load() {
			t.Errorf("revision %d of writer %d, %v; want 2 of writer %d", got.Rev, got.Reporters, err, won.Load())
		}
		old, next := signature(1), signature(2)
		old.Rev, next.Rev = 2, 2
		errs, err := s.ReplaceSignatures(t.Context(), []models.Signature{old, next})
		if err != nil || !errors.Is(errs[0], models.Stale) || errs[1] != nil {
			t.Errorf("got %v, %v, want stale for the first only", errs, err)
		}
	})
}

func TestSignaturesAreListedInPagesByWhatIsAsked(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		var all []models.Signature
		for n := range 1200 { // more than a scan may examine
			one := signature(n)
			switch n % 3 {
			case 1:
				one.Kind = models.Domain
			case 2:
				one.Level = models.Watch
			}
			if n%7 == 0 {
				one.Source = "police"
			}
			all = append(all, one)
		}
		insert(t, s, all...)
		for _, f := range []models.SignatureFilter{
			{}, {Kind: models.Domain}, {Level: models.Watch}, {Source: "police"}, {Kind: models.Phone, Level: models.Danger, Source: "desk"},
		} {
			var want, got []string
			for _, one := range all {
				if (f.Kind == "" || f.Kind == one.Kind) && (f.Level == "" || f.Level == one.Level) && (f.Source == "" || f.Source == one.Source) {
					want = append(want, one.ID)
				}
			}
			for after := ""; ; {
				page, err := s.ListSignatures(t.Context(), f, after, 100)
				if err != nil {
					t.Fatal(err)
				}
				if len(page) == 0 {
					break
				}
				for _, one := range page {
					got = append(got, one.ID)
				}
				after = got[len(got)-1]
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("filter %+v: %s", f, diff)
			}
		}
	})
}

func TestWhatIsNotInTheLogIsFoundUntilItIs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		logged, old, older, fresh := signature(0), signature(1), signature(2), signature(3)
		logged.Unlogged, logged.From = false, ""
		older.Changed = storetest.Epoch().Add(-time.Hour)
		fresh.Changed = storetest.Epoch().Add(time.Hour)
		insert(t, s, logged, old, older, fresh)
		find := func() []string {
			t.Helper()
			found, err := s.Unlogged(t.Context(), storetest.Epoch().Add(time.Minute), 10)
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, f := range found {
				ids = append(ids, f.ID)
			}
			return ids
		}
		if diff := cmp.Diff([]string{older.ID, old.ID}, find()); diff != "" {
			t.Fatal(diff)
		}
		moved := old
		moved.Rev = 2
		if errs, err := s.ReplaceSignatures(t.Context(), []models.Signature{moved}); errors.Join(append(errs, err)...) != nil {
			t.Fatal(errs, err)
		}
		if err := s.MarkLogged(t.Context(), []models.Signature{older, old}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{old.ID}, find()); diff != "" {
			t.Errorf("the one that has changed again must stay unlogged: %s", diff)
		}
		got, err := s.Signature(t.Context(), older.ID)
		if err != nil || got.Unlogged || got.From != "" || got.Rev != older.Rev {
			t.Errorf("logged left %+v, %v", got, err)
		}
	})
}
