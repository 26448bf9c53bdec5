package intake_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"example.org/tocsin/models"
	"example.org/tocsin/store/storetest"
)

func TestMeetingTheSameTwiceIsOneExposureTheLast(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		storetest.PutDevices(t, s, "dev_1")
		first, second := storetest.Exposure("dev_1", "k1", 1), storetest.Exposure("dev_1", "k1", 1)
		second.Met, second.Recorded = storetest.Epoch().Add(time.Hour), storetest.Epoch().Add(time.Hour)
		for _, e := range []models.Exposure{first, second} {
			if err := s.PutExposures(t.Context(), []models.Exposure{e}); err != nil {
				t.Fatal(err)
			}
		}
		got, err := s.Exposures(t.Context(), "dev_1")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]models.Exposure{second}, got); diff != "" {
			t.Error(diff)
		}
		if err := s.DeleteExposures(t.Context(), "dev_1"); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Exposures(t.Context(), "dev_1"); err != nil || len(got) != 0 {
			t.Errorf("%d exposures are left, %v", len(got), err)
		}
	})
}

func TestAnOlderMeetingDoesNotReplaceANewer(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		storetest.PutDevices(t, s, "dev_1")
		newer, older := storetest.Exposure("dev_1", "k1", 1), storetest.Exposure("dev_1", "k1", 1)
		older.Met, older.Expires, older.Channel = newer.Met.Add(-time.Hour), newer.Expires.Add(-time.Hour), ""
		older.Recorded = newer.Recorded.Add(time.Minute) // sent later
		other := storetest.Exposure("dev_1", "k2", 2)
		for _, put := range [][]models.Exposure{{newer}, {older, other}} {
			if err := s.PutExposures(t.Context(), put); err != nil {
				t.Fatal(err)
			}
		}
		got, err := s.Exposures(t.Context(), "dev_1")
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(got, func(a, b models.Exposure) int { return strings.Compare(a.Keys[1], b.Keys[1]) })
		if diff := cmp.Diff([]models.Exposure{newer, other}, got); diff != "" {
			t.Error(diff)
		}
	})
}

// TestOfManyMeetingsAtOnceTheLastIsKept has many writers of one exposure, in no order.
func TestOfManyMeetingsAtOnceTheLastIsKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		storetest.PutDevices(t, s, "dev_1")
		var wg sync.WaitGroup
		for n := range 16 {
			wg.Go(func() {
				e := storetest.Exposure("dev_1", "k1", 1)
				e.Met = e.Met.Add(time.Duration(n*7%16) * time.Minute)
				if err := s.PutExposures(t.Context(), []models.Exposure{e}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		got, err := s.Exposures(t.Context(), "dev_1")
		if err != nil || len(got) != 1 || !got[0].Met.Equal(storetest.Epoch().Add(15*time.Minute)) {
			t.Errorf("got %+v, %v, want the last meeting", got, err)
		}
	})
}

func TestAReExposureKeepsWhatOthersHaveWrittenToIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		storetest.PutDevices(t, s, "dev_1")
		e := storetest.Exposure("dev_1", "k1", 1)
		put := func() {
			t.Helper()
			if err := s.PutExposures(t.Context(), []models.Exposure{e}); err != nil {
				t.Fatal(err)
			}
		}
		put()
		exposures := s.Database().Collection("exposures")
		if _, err := exposures.UpdateOne(t.Context(), bson.D{{Key: "_id", Value: e.ID}},
			bson.D{{Key: "$set", Value: bson.D{{Key: "episode", Value: int64(3)}}}}); err != nil {
			t.Fatal(err)
		}
		e.Met = e.Met.Add(time.Hour)
		put()
		var got struct {
			Episode int64     `bson:"episode"`
			Met     time.Time `bson:"met_at"`
		}
		if err := exposures.FindOne(t.Context(), bson.D{{Key: "_id", Value: e.ID}}).Decode(&got); err != nil {
			t.Fatal(err)
		}
		if got.Episode != 3 || !got.Met.Equal(e.Met) {
			t.Errorf("stored %+v, want episode 3 and the new time", got)
		}
	})
}

// TestAnExposureWrittenAfterTheConsentIsWithdrawnIsNotKept is the write of a desk that read
// the device before its consent was withdrawn.
func TestAnExposureWrittenAfterTheConsentIsWithdrawnIsNotKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		storetest.PutDevices(t, s, "dev_1", "dev_2")
		withdrawn := storetest.Device("dev_1")
		withdrawn.Rev, withdrawn.Consents.Exposures = 2, false
		if err := s.ReplaceDevice(t.Context(), withdrawn); err != nil {
			t.Fatal(err)
		}
		if err := s.DeleteExposures(t.Context(), "dev_1"); err != nil {
			t.Fatal(err)
		}
		err := s.PutExposures(t.Context(), []models.Exposure{storetest.Exposure("dev_1", "k1", 1), storetest.Exposure("dev_2", "k1", 1)})
		if !errors.Is(err, models.Forbidden) || models.CodeOf(err) != "consent_missing" {
			t.Errorf("the write: %v, want consent_missing", err)
		}
		for device, want := range map[string]int{"dev_1": 0, "dev_2": 1} {
			if got, err := s.Exposures(t.Context(), device); err != nil || len(got) != want {
				t.Errorf("%d exposures of %s are kept, %v, want %d", len(got), device, err, want)
			}
		}
	})
}

func TestAnExpiredExposureIsNotSeen(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		storetest.PutDevices(t, s, "dev_1")
		old := storetest.Exposure("dev_1", "k1", 1)
		old.Expires = time.Now().Add(-time.Second)
		if err := s.PutExposures(t.Context(), []models.Exposure{old}); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Exposures(t.Context(), "dev_1"); err != nil || len(got) != 0 {
			t.Errorf("the device sees %d, %v", len(got), err)
		}
		if got, err := s.AnyExposed(t.Context(), []string{"k1"}); err != nil || got["k1"] {
			t.Errorf("the key is exposed: %v, %v", got, err)
		}
		if got, err := s.Exposed(t.Context(), []string{"k1"}, time.Time{}, "", 10); err != nil || len(got) != 0 {
			t.Errorf("%d are exposed, %v", len(got), err)
		}
	})
}

func TestAnyExposedFindsEveryKeyAndNoOther(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		storetest.PutDevices(t, s, "dev_1")
		var put []models.Exposure
		for n := range 1200 { // many have met k0, so that one page of the look-up never suffices
			key := "k0"
			if n%100 == 0 {
				key = fmt.Sprintf("k%d", n/100)
			}
			put = append(put, storetest.Exposure("dev_1", key, n))
		}
		if err := s.PutExposures(t.Context(), put); err != nil {
			t.Fatal(err)
		}
		keys, want := []string{"absent"}, map[string]bool{}
		for n := range 12 {
			keys = append(keys, fmt.Sprintf("k%d", n), fmt.Sprintf("absent%d", n))
			want[fmt.Sprintf("k%d", n)] = true
		}
		got, err := s.AnyExposed(t.Context(), keys)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// TestTheExposedComeInPagesWithoutLossOrRepetition pages as Exposed documents it.
func TestTheExposedComeInPagesWithoutLossOrRepetition(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		storetest.PutDevices(t, s, "dev_1")
		var put []models.Exposure
		want := map[string]int{}
		for n := range 1500 {
			e := storetest.Exposure("dev_1", fmt.Sprintf("k%d", n%3), n)
			e.Recorded = storetest.Epoch().Add(time.Duration(n/40) * time.Second) // many at one time
			put = append(put, e)
			if n%3 != 2 && n/40 >= 2 {
				want[e.ID]++
			}
		}
		if err := s.PutExposures(t.Context(), put); err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		since, after := storetest.Epoch().Add(2*time.Second), ""
		for {
			page, err := s.Exposed(t.Context(), []string{"k0", "k1", "absent"}, since, after, 100)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page {
				if e.Recorded.Before(since) {
					t.Fatalf("recorded at %v, after the page from %v", e.Recorded, since)
				}
				since, after = e.Recorded, e.ID
				got[e.ID]++
			}
			if len(page) < 100 {
				break
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}
