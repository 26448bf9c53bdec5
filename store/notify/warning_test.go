package notify_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/models"
	"example.org/tocsin/store/storetest"
)

func TestAWarningPutTwiceIsCreatedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		storetest.PutDevices(t, s, "dev_1")
		list := []models.Warning{storetest.Warning("dev_1", 1), storetest.Warning("dev_1", 2)}
		for _, want := range []int{2, 0} {
			if n, _, err := s.PutWarnings(t.Context(), list); err != nil || n != want {
				t.Errorf("created %d, %v, want %d", n, err, want)
			}
		}
		got, err := s.Warnings(t.Context(), "dev_1", "", 10)
		if err != nil || len(got) != 2 {
			t.Fatalf("got %d, %v", len(got), err)
		}
		for _, w := range got {
			if diff := cmp.Diff(list[w.Episode-1], w); diff != "" {
				t.Error(diff)
			}
		}
	})
}

func TestTheInboxIsReadNewestFirstInPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		storetest.PutDevices(t, s, "dev_1", "dev_2")
		var put []models.Warning
		for n := range 25 {
			w := storetest.Warning("dev_1", int64(n))
			w.Created = storetest.Epoch().Add(time.Duration(n/4) * time.Second) // some at one time
			put = append(put, w)
		}
		expired := storetest.Warning("dev_1", 99)
		expired.Expires = time.Now().Add(-time.Second)
		if _, _, err := s.PutWarnings(t.Context(), append(put, expired, storetest.Warning("dev_2", 1))); err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		newest := storetest.Epoch().Add(time.Hour)
		for after := ""; ; {
			page, err := s.Warnings(t.Context(), "dev_1", after, 7)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range page {
				if w.Created.After(newest) || seen[w.ID] || w.Device != "dev_1" {
					t.Fatalf("warning %d is out of order, repeated or another's", w.Episode)
				}
				seen[w.ID], newest, after = true, w.Created, w.ID
			}
			if len(page) < 7 {
				break
			}
		}
		if len(seen) != len(put) {
			t.Errorf("read %d, want %d", len(seen), len(put))
		}
		if page, err := s.Warnings(t.Context(), "dev_1", "wrn_gone", 7); err != nil || len(page) != 0 {
			t.Errorf("behind one that is gone: %d, %v", len(page), err)
		}
	})
}

func TestALaneIsClaimedByItself(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		storetest.PutDevices(t, s, "dev_1")
		slow := storetest.Warning("dev_1", 1)
		slow.Lane = models.LaneCampaign
		held := storetest.Warning("dev_1", 3)
		held.State, held.Reason = models.WarningHeld, "no_consent"
		if _, _, err := s.PutWarnings(t.Context(), []models.Warning{slow, storetest.Warning("dev_1", 2), held}); err != nil {
			t.Fatal(err)
		}
		for lane, rev := range map[models.Lane]int64{models.LaneUrgent: 2, models.LaneCampaign: 1} {
			got, err := s.ClaimWarnings(t.Context(), lane, 10, storetest.Lease, storetest.Epoch())
			if err != nil || len(got) != 1 || got[0].Work.Episode != rev {
				t.Errorf("%s: claimed %v, %v, want revision %d", lane, got, err, rev)
			}
		}
	})
}

func TestAWarningEndsWithAStateAndAReason(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		storetest.PutDevices(t, s, "dev_1")
		if _, _, err := s.PutWarnings(t.Context(), []models.Warning{storetest.Warning("dev_1", 1), storetest.Warning("dev_1", 2)}); err != nil {
			t.Fatal(err)
		}
		got, err := s.ClaimWarnings(t.Context(), models.LaneUrgent, 10, storetest.Lease, storetest.Epoch())
		if err != nil || len(got) != 2 {
			t.Fatalf("claimed %d, %v", len(got), err)
		}
		if err := s.PostponeWarning(t.Context(), got[0].Lease, storetest.Epoch().Add(time.Second), "busy"); err != nil {
			t.Fatal(err)
		}
		if err := s.SettleWarning(t.Context(), got[1].Lease, models.WarningGone, "unregistered", storetest.Epoch()); err != nil {
			t.Fatal(err)
		}
		again, err := s.ClaimWarnings(t.Context(), models.LaneUrgent, 10, storetest.Lease, storetest.Epoch().Add(time.Second))
		if err != nil || len(again) != 1 || again[0].Work.ID != got[0].Work.ID || again[0].Work.Reason != "busy" || again[0].Lease.Tries != 2 {
			t.Fatalf("claimed %+v, %v, want the one that was given back", again, err)
		}
		if err := s.SettleWarning(t.Context(), got[0].Lease, models.WarningDead, "late", storetest.Epoch()); !errors.Is(err, models.Stale) {
			t.Errorf("a late result got %v, want stale", err)
		}
		if err := s.SettleWarning(t.Context(), again[0].Lease, models.WarningSent, "", storetest.Epoch()); err != nil {
			t.Fatal(err)
		}
		list, err := s.Warnings(t.Context(), "dev_1", "", 10)
		if err != nil {
			t.Fatal(err)
		}
		words := map[int64]string{}
		for _, w := range list {
			words[w.Episode] = fmt.Sprint(w.State, " ", w.Reason, " ", w.Sent.Equal(storetest.Epoch().Truncate(100*time.Millisecond)))
		}
		want := map[int64]string{got[0].Work.Episode: "sent  true", got[1].Work.Episode: "gone unregistered false"}
		if diff := cmp.Diff(want, words); diff != "" {
			t.Error(diff)
		}
	})
}

func TestOfReceiptsTheFirstCounts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		storetest.PutDevices(t, s, "dev_1", "dev_2")
		w := storetest.Warning("dev_1", 1)
		if _, _, err := s.PutWarnings(t.Context(), []models.Warning{w}); err != nil {
			t.Fatal(err)
		}
		for i, kind := range []string{"received", "opened", "obeyed", "ignored", "received"} {
			if err := s.RecordReceipt(t.Context(), "dev_1", w.ID, kind, storetest.Epoch().Add(time.Duration(i)*time.Second)); err != nil {
				t.Fatal(err)
			}
		}
		got, err := s.Warnings(t.Context(), "dev_1", "", 1)
		if err != nil {
			t.Fatal(err)
		}
		want := models.Receipts{
			Received: storetest.Epoch(), Opened: storetest.Epoch().Add(time.Second),
			Obeyed: storetest.Epoch().Add(2 * time.Second), Ignored: storetest.Epoch().Add(3 * time.Second),
		}
		if diff := cmp.Diff(want, got[0].Receipts); diff != "" {
			t.Error(diff)
		}
		if err := s.RecordReceipt(t.Context(), "dev_2", w.ID, "opened", storetest.Epoch()); !errors.Is(err, models.NotFound) {
			t.Errorf("another device's receipt got %v, want not found", err)
		}
		if err := s.RecordReceipt(t.Context(), "dev_1", w.ID, "$where", storetest.Epoch()); !errors.Is(err, models.Invalid) {
			t.Errorf("no receipt at all got %v, want invalid", err)
		}
	})
}
