package notify_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/store/storetest"
)

func TestWhatWasSeenOrIsNotWorthAPushIsNotRequeued(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		storetest.PutDevices(t, s, "dev_1", "dev_2")
		now := models.StoredTime(time.Now())
		reasons := []string{"no_push_target", "no_consent"}
		var put []models.Warning
		add := func(device string, change func(*models.Warning)) {
			w := storetest.Warning(device, int64(len(put)))
			w.State = models.WarningGone
			change(&w)
			w.ID, w.Hint = fmt.Sprint("wrn_", device, len(put)), []byte(fmt.Sprint(len(put)))
			put = append(put, w)
		}
		add("dev_1", func(*models.Warning) {})
		add("dev_1", func(w *models.Warning) { w.State, w.Reason = models.WarningHeld, "no_consent" })
		add("dev_1", func(w *models.Warning) { w.Class, w.Level = models.WarningAllClear, models.Cleared })
		again := []string{"0", "1", "2"}
		add("dev_1", func(w *models.Warning) { w.Level = models.Caution })
		add("dev_1", func(w *models.Warning) { w.PushUntil = now })
		add("dev_1", func(w *models.Warning) { w.Receipts.Opened = now })
		add("dev_1", func(w *models.Warning) { w.Receipts.Received = now })
		add("dev_1", func(w *models.Warning) { w.State = models.WarningSent })
		add("dev_1", func(w *models.Warning) { w.State, w.Reason = models.WarningHeld, "not_dangerous" })
		add("dev_2", func(*models.Warning) {})
		if _, _, err := s.PutWarnings(t.Context(), put); err != nil {
			t.Fatal(err)
		}
		for _, want := range []int64{3, 0} {
			if n, err := s.RequeueWarnings(t.Context(), "dev_1", reasons, now); err != nil || n != want {
				t.Errorf("requeued %d, %v, want %d", n, err, want)
			}
		}
		claimed, err := s.ClaimWarnings(t.Context(), models.LaneUrgent, 100, storetest.Lease, now)
		var got []string
		for _, c := range claimed {
			got = append(got, string(c.Work.Hint))
		}
		if slices.Sort(got); err != nil || !slices.Equal(got, again) {
			t.Errorf("claimed %v, %v, want %v", got, err, again)
		}
	})
}

func TestAChangeOfAWarningOverAnOldRevisionIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		storetest.PutDevices(t, s, "dev_1")
		w := storetest.Warning("dev_1", 1)
		if _, _, err := s.PutWarnings(t.Context(), []models.Warning{w}); err != nil {
			t.Fatal(err)
		}
		change := models.WarningChange{ID: w.ID, Signatures: []string{"sig_1", "sig_2"}, Level: models.Confirmed}
		for _, want := range []bool{true, false} {
			if all, err := s.ChangeWarnings(t.Context(), []models.WarningChange{change}); err != nil || all != want {
				t.Errorf("written %v, %v, want %v", all, err, want)
			}
		}
		found, err := s.WarningsListing(t.Context(), "sig_2", nil, "", 10)
		if err != nil || len(found) != 1 || found[0].Rev != 1 || found[0].Level != models.Confirmed {
			t.Errorf("found %+v, %v", found, err)
		}
		change.Rev, change.Closed = 1, true
		if all, err := s.ChangeWarnings(t.Context(), []models.WarningChange{change}); err != nil || !all {
			t.Errorf("not closed: %v", err)
		}
		if warned, err := s.AnyWarned(t.Context(), []string{"sig_1"}); err != nil || len(warned) != 0 {
			t.Errorf("a closed warning counts: %v, %v", warned, err)
		}
	})
}
