package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/models"
	"example.org/tocsin/store/storetest"
)

func warning(device string, rev int64) models.Warning {
	return models.Warning{
		ID: models.WarningID(device, "sig_1", rev), Device: device, Signature: "sig_1", Rev: rev, Level: models.Danger,
		Category: models.CategoryPhishing, Kind: models.Phone, Hint: "0100", Channel: "call", Met: epoch, Created: epoch,
		Expires: time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond), Lane: models.LaneUrgent, State: models.WarningDue, Due: epoch,
	}
}

func TestAWarningPutTwiceIsCreatedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		putDevices(t, s, "dev_1")
		list := []models.Warning{warning("dev_1", 1), warning("dev_1", 2)}
		for _, want := range []int{2, 0} {
			if n, err := s.PutWarnings(t.Context(), list); err != nil || n != want {
				t.Errorf("created %d, %v, want %d", n, err, want)
			}
		}
		got, err := s.Warnings(t.Context(), "dev_1", "", 10)
		if err != nil || len(got) != 2 {
			t.Fatalf("got %d, %v", len(got), err)
		}
		for _, w := range got {
			if diff := cmp.Diff(list[w.Rev-1], w); diff != "" {
				t.Error(diff)
			}
		}
	})
}

func TestTheInboxIsReadNewestFirstInPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		putDevices(t, s, "dev_1", "dev_2")
		var put []models.Warning
		for n := range 25 {
			w := warning("dev_1", int64(n))
			w.Created = epoch.Add(time.Duration(n/4) * time.Second) // some at one time
			put = append(put, w)
		}
		expired := warning("dev_1", 99)
		expired.Expires = time.Now().Add(-time.Second)
		if _, err := s.PutWarnings(t.Context(), append(put, expired, warning("dev_2", 1))); err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		newest := epoch.Add(time.Hour)
		for after := ""; ; {
			page, err := s.Warnings(t.Context(), "dev_1", after, 7)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range page {
				if w.Created.After(newest) || seen[w.ID] || w.Device != "dev_1" {
					t.Fatalf("warning %d is out of order, repeated or another's", w.Rev)
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
		putDevices(t, s, "dev_1")
		slow := warning("dev_1", 1)
		slow.Lane = models.LaneCampaign
		held := warning("dev_1", 3)
		held.State, held.Reason = models.WarningHeld, "no_consent"
		if _, err := s.PutWarnings(t.Context(), []models.Warning{slow, warning("dev_1", 2), held}); err != nil {
			t.Fatal(err)
		}
		for lane, rev := range map[models.Lane]int64{models.LaneUrgent: 2, models.LaneCampaign: 1} {
			got, err := s.ClaimWarnings(t.Context(), lane, 10, lease, epoch)
			if err != nil || len(got) != 1 || got[0].Work.Rev != rev {
				t.Errorf("%s: claimed %v, %v, want revision %d", lane, got, err, rev)
			}
		}
	})
}

func TestAWarningEndsWithAStateAndAReason(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		putDevices(t, s, "dev_1")
		if _, err := s.PutWarnings(t.Context(), []models.Warning{warning("dev_1", 1), warning("dev_1", 2)}); err != nil {
			t.Fatal(err)
		}
		got, err := s.ClaimWarnings(t.Context(), models.LaneUrgent, 10, lease, epoch)
		if err != nil || len(got) != 2 {
			t.Fatalf("claimed %d, %v", len(got), err)
		}
		if err := s.RetryWarning(t.Context(), got[0].Lease, epoch.Add(time.Second), "busy"); err != nil {
			t.Fatal(err)
		}
		if err := s.SettleWarning(t.Context(), got[1].Lease, models.WarningGone, "unregistered", epoch); err != nil {
			t.Fatal(err)
		}
		again, err := s.ClaimWarnings(t.Context(), models.LaneUrgent, 10, lease, epoch.Add(time.Second))
		if err != nil || len(again) != 1 || again[0].Work.ID != got[0].Work.ID || again[0].Work.Reason != "busy" || again[0].Lease.Tries != 2 {
			t.Fatalf("claimed %+v, %v, want the one that was given back", again, err)
		}
		if err := s.SettleWarning(t.Context(), got[0].Lease, models.WarningDead, "late", epoch); !errors.Is(err, models.Stale) {
			t.Errorf("a late result got %v, want stale", err)
		}
		if err := s.SettleWarning(t.Context(), again[0].Lease, models.WarningSent, "", epoch); err != nil {
			t.Fatal(err)
		}
		list, err := s.Warnings(t.Context(), "dev_1", "", 10)
		if err != nil {
			t.Fatal(err)
		}
		words := map[int64]string{}
		for _, w := range list {
			words[w.Rev] = fmt.Sprint(w.State, " ", w.Reason, " ", w.Sent.Equal(epoch.Truncate(100*time.Millisecond)))
		}
		want := map[int64]string{got[0].Work.Rev: "sent  true", got[1].Work.Rev: "gone unregistered false"}
		if diff := cmp.Diff(want, words); diff != "" {
			t.Error(diff)
		}
	})
}

func TestOfReceiptsTheFirstCounts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		putDevices(t, s, "dev_1", "dev_2")
		w := warning("dev_1", 1)
		if _, err := s.PutWarnings(t.Context(), []models.Warning{w}); err != nil {
			t.Fatal(err)
		}
		for i, kind := range []string{"received", "opened", "obeyed", "ignored", "received"} {
			if err := s.RecordReceipt(t.Context(), "dev_1", w.ID, kind, epoch.Add(time.Duration(i)*time.Second)); err != nil {
				t.Fatal(err)
			}
		}
		got, err := s.Warnings(t.Context(), "dev_1", "", 1)
		if err != nil {
			t.Fatal(err)
		}
		want := models.Receipts{Received: epoch, Opened: epoch.Add(time.Second), Obeyed: epoch.Add(2 * time.Second), Ignored: epoch.Add(3 * time.Second)}
		if diff := cmp.Diff(want, got[0].Receipts); diff != "" {
			t.Error(diff)
		}
		if err := s.RecordReceipt(t.Context(), "dev_2", w.ID, "opened", epoch); !errors.Is(err, models.NotFound) {
			t.Errorf("another device's receipt got %v, want not found", err)
		}
		if err := s.RecordReceipt(t.Context(), "dev_1", w.ID, "$where", epoch); !errors.Is(err, models.Invalid) {
			t.Errorf("no receipt at all got %v, want invalid", err)
		}
	})
}
