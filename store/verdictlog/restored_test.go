package verdictlog_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/models"
	"example.org/tocsin/store/storetest"
)

func TestTheNewestStatementOfARestoreIsRead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		if r, err := s.LastRestored(t.Context()); err != nil || r.ID != 0 {
			t.Errorf("LastRestored = %+v, %v, want none", r, err)
		}
		signer, err := models.NewSigner(make([]byte, 32))
		if err != nil {
			t.Fatal(err)
		}
		head := models.NextEntry(models.Entry{}, storetest.Epoch(), nil)
		for _, at := range []time.Duration{time.Hour, time.Minute} {
			want := models.NewRestored(head, "Ada", storetest.Epoch().Add(at), signer)
			if err := s.PutRestored(t.Context(), want); err != nil {
				t.Fatal(err)
			}
			if at != time.Hour {
				continue // an older one, though it was written later
			}
			got, err := s.LastRestored(t.Context())
			if diff := cmp.Diff(want, got); diff != "" || err != nil || !got.Genuine(signer) {
				t.Errorf("%v; the statement (-want +got):\n%s", err, diff)
			}
		}
		if got, err := s.LastRestored(t.Context()); err != nil || !got.At.Equal(storetest.Epoch().Add(time.Hour)) {
			t.Errorf("the newest is of %v, %v", got.At, err)
		}
	})
}

func TestARestoreMovesBackTheCursorsBeyondIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		for name, at := range map[string]int64{"before": 3, "at": 5, "beyond": 9} {
			if err := s.MoveCursor(t.Context(), name, 0, at); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.PutRestored(t.Context(), models.NewRestored(models.Entry{Seq: 5}, "Ada", storetest.Epoch(), nil)); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]int64{"before": 3, "at": 5, "beyond": 5} {
			if got, err := s.Cursor(t.Context(), name); got != want || err != nil {
				t.Errorf("the cursor %s stands at %d, %v, want %d", name, got, err, want)
			}
		}
	})
}
