package verdictlog_test

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"example.org/tocsin/models"
	"example.org/tocsin/store/storetest"
	"example.org/tocsin/verdictlog"
)

func TestALogWithoutAValueStillVerifies(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		gone := change(1)
		gone.Value, gone.Signature = "+12025550100", models.SignatureID(models.Exact, models.Phone, "+12025550100")
		const entries = 25 // more than two pages
		for i := range entries {
			changes := []models.Change{change(2)}
			if i%2 == 0 {
				changes = append(changes, gone, gone)
			}
			if _, err := s.Append(t.Context(), changes, storetest.Epoch()); err != nil {
				t.Fatal(err)
			}
		}
		before, err := s.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []int{26, 0} { // the second time there is nothing left
			if n, err := s.Redact(t.Context(), gone.Signature); n != want || err != nil {
				t.Errorf("Redact = %d, %v, want %d changes", n, err, want)
			}
		}
		last, changes, err := verdictlog.Verify(t.Context(), s)
		if err != nil || last.Seq != entries || changes != entries+26 || !bytes.Equal(last.Hash, before.Hash) {
			t.Errorf("Verify = entry %d, %d changes, %v, want %d and %d, and the same head", last.Seq, changes, err, entries, entries+26)
		}
		var stored []bson.Raw
		cur, err := s.Database().Collection("log").Find(t.Context(), bson.D{})
		if err == nil {
			err = cur.All(t.Context(), &stored)
		}
		if err != nil || len(stored) != entries {
			t.Fatalf("%d entries are stored, %v", len(stored), err)
		}
		for _, raw := range stored {
			if bytes.Contains(raw, []byte(gone.Value)) || bytes.Contains(raw, []byte(gone.Signature)) {
				t.Fatal("the value or the signature is still in the database")
			}
		}
		if _, err := s.Append(t.Context(), []models.Change{change(3)}, storetest.Epoch()); err != nil {
			t.Fatal(err)
		}
		if _, _, err := verdictlog.Verify(t.Context(), s); err != nil {
			t.Error(err)
		}
	})
}

func TestTwoRedactionsOfOneEntryBothHold(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		const signatures = 8
		var changes []models.Change
		for i := range signatures {
			changes = append(changes, change(i))
		}
		if _, err := s.Append(t.Context(), changes, storetest.Epoch()); err != nil {
			t.Fatal(err)
		}
		var redacting sync.WaitGroup
		for i := range signatures {
			redacting.Go(func() {
				if n, err := s.Redact(t.Context(), fmt.Sprintf("sig_%d", i)); n != 1 || err != nil {
					t.Errorf("Redact = %d, %v, want 1", n, err)
				}
			})
		}
		redacting.Wait()
		entries, err := s.Entries(t.Context(), 0, 1)
		if err != nil || len(entries) != 1 || entries[0].Redacted != signatures || !entries[0].Follows(models.Entry{}) {
			t.Fatalf("%d entries, %v", len(entries), err)
		}
		for i, c := range entries[0].Changes {
			if !c.Redacted() {
				t.Errorf("change %d still holds its value", i)
			}
		}
	})
}
