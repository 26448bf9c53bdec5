package people_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"example.org/tocsin/models"
	"example.org/tocsin/store/storetest"
)

func TestADeviceComesBackAsItWas(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		storetest.PutDevices(t, s, "dev_1", "dev_2")
		got, err := s.Device(t.Context(), "dev_1")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(storetest.Device("dev_1"), got); diff != "" {
			t.Error(diff)
		}
		if err := s.PutDevice(t.Context(), storetest.Device("dev_1")); !errors.Is(err, models.Conflict) {
			t.Errorf("a second device with the id got %v, want a conflict", err)
		}
		some, err := s.Devices(t.Context(), []string{"dev_2", "dev_none"})
		if err != nil || len(some) != 1 || some[0].ID != "dev_2" {
			t.Errorf("got %d devices, %v, want the one that exists", len(some), err)
		}
	})
}

func TestADeviceIsReplacedOnlyOverTheRevisionBefore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		storetest.PutDevices(t, s, "dev_1")
		next := storetest.Device("dev_1")
		next.Rev, next.Push = 2, nil
		if err := s.ReplaceDevice(t.Context(), next); err != nil {
			t.Fatal(err)
		}
		if err := s.ReplaceDevice(t.Context(), next); !errors.Is(err, models.Stale) {
			t.Errorf("got %v, want stale", err)
		}
		if got, err := s.Device(t.Context(), "dev_1"); err != nil || got.Push != nil || got.Rev != 2 {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func TestAPushTargetIsDroppedOnlyIfItIsStillTheSame(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		storetest.PutDevices(t, s, "dev_1")
		for _, other := range []models.PushTarget{{Kind: models.PushFID, Value: "old"}, {Kind: models.PushToken, Value: "fid-dev_1"}} {
			if err := s.DropPush(t.Context(), "dev_1", other); err != nil {
				t.Fatal(err)
			}
			if got, err := s.Device(t.Context(), "dev_1"); err != nil || got.Push == nil || got.Rev != 1 {
				t.Errorf("after dropping another target the device is %+v, %v", got, err)
			}
		}
		if err := s.DropPush(t.Context(), "dev_1", *storetest.Device("dev_1").Push); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Device(t.Context(), "dev_1"); err != nil || got.Push != nil || got.Rev != 2 {
			t.Errorf("got %+v, %v, want no target and a new revision", got, err)
		}
	})
}

// dumpDatabase returns all that is stored in any collection, as text.
func dumpDatabase(t *testing.T, s *storetest.Database) string {
	t.Helper()
	names, err := s.Database().ListCollectionNames(t.Context(), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, name := range names {
		cur, err := s.Database().Collection(name).Find(t.Context(), bson.D{})
		if err != nil {
			t.Fatal(err)
		}
		var docs []bson.Raw
		if err := cur.All(t.Context(), &docs); err != nil {
			t.Fatal(err)
		}
		for _, d := range docs {
			fmt.Fprintln(&all, name, d)
		}
	}
	return all.String()
}

func TestErasureLeavesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		storetest.PutDevices(t, s, "dev_erased", "dev_kept")
		for _, id := range []string{"dev_erased", "dev_kept"} {
			r := storetest.Report(1)
			r.ID, r.Reporter, r.Witness = models.ReportID(id, "key"), "pseudonym-of-"+id, "pseudonym-of-"+id
			r.Story, r.Agent, r.Message.Text = "story of "+id, "agent of "+id, "message to "+id
			if _, _, err := s.PutReport(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			if err := s.PutExposures(t.Context(), []models.Exposure{storetest.Exposure(id, "k1", 1)}); err != nil {
				t.Fatal(err)
			}
			if _, _, err := s.PutWarnings(t.Context(), []models.Warning{storetest.Warning(id, 1)}); err != nil {
				t.Fatal(err)
			}
		}
		traces := []string{"dev_erased", "story of dev_erased", "agent of", "message to", "fid-dev_erased"}
		before := dumpDatabase(t, s)
		for _, trace := range traces {
			if !strings.Contains(before, trace) {
				t.Errorf("before the erasure there is no %q: the test looks at the wrong things", trace)
			}
		}
		for range 2 { // the second time there is nothing to do
			if err := s.EraseDevice(t.Context(), "dev_erased", "pseudonym-of-dev_erased"); err != nil {
				t.Fatal(err)
			}
		}
		after := strings.ReplaceAll(dumpDatabase(t, s), "pseudonym-of-dev_erased", "pseudonym")
		if strings.Contains(after, "dev_erased") {
			t.Errorf("the erased device is found in %s", after)
		}
		for _, kept := range []string{"story of dev_kept", "agent of dev_kept", "message to dev_kept", "fid-dev_kept"} {
			if !strings.Contains(after, kept) {
				t.Errorf("%q of another device is gone", kept)
			}
		}
		if n := storetest.Count(t, s, "reports"); n != 2 {
			t.Errorf("%d reports are left, want 2: only their texts are erased", n)
		}
	})
}

// TestAnErasureCutShortIsCompletedByTheNext leaves a device half erased, as a crash does.
func TestAnErasureCutShortIsCompletedByTheNext(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		storetest.PutDevices(t, s, "dev_1")
		_, err := s.Database().Collection("devices").UpdateOne(t.Context(), bson.D{{Key: "_id", Value: "dev_1"}},
			bson.D{{Key: "$set", Value: bson.D{{Key: "erased", Value: true}}}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Device(t.Context(), "dev_1"); err != nil {
			t.Errorf("its owner cannot come back: %v", err)
		}
		if some, err := s.Devices(t.Context(), []string{"dev_1"}); err != nil || len(some) != 0 {
			t.Errorf("it is still warned: %v, %v", some, err)
		}
		next := storetest.Device("dev_1")
		next.Rev = 2
		if err := s.ReplaceDevice(t.Context(), next); !errors.Is(err, models.Stale) {
			t.Errorf("replacing it got %v, want stale", err)
		}
		if err := s.PutExposures(t.Context(), []models.Exposure{storetest.Exposure("dev_1", "k1", 1)}); !errors.Is(err, models.NotFound) {
			t.Errorf("an exposure got %v, want not found", err)
		}
		if n, _, err := s.PutWarnings(t.Context(), []models.Warning{storetest.Warning("dev_1", 1)}); err != nil || n != 0 {
			t.Errorf("%d warnings were created, %v", n, err)
		}
		if err := s.EraseDevice(t.Context(), "dev_1", ""); err != nil {
			t.Fatal(err)
		}
		if all := dumpDatabase(t, s); strings.Contains(all, "dev_1") {
			t.Errorf("left: %s", all)
		}
	})
}

// TestNothingSlipsInDuringAnErasure writes exposures and warnings before, while
// and after a device is erased, which its many reports make last. Each writer
// writes once: another write would clear away what the first has left.
func TestNothingSlipsInDuringAnErasure(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		storetest.PutReports(t, s, 400)
		const attempts = 20
		for attempt := range attempts {
			id := fmt.Sprintf("dev_%d", attempt)
			storetest.PutDevices(t, s, id)
			var all sync.WaitGroup
			all.Go(func() {
				if err := s.EraseDevice(t.Context(), id, "pseudonym"); err != nil {
					t.Error(err)
				}
			})
			all.Go(func() {
				<-time.After(time.Duration(attempt) * time.Millisecond / 2)
				err := s.PutExposures(t.Context(), []models.Exposure{storetest.Exposure(id, "k1", 1)})
				if err != nil && !errors.Is(err, models.NotFound) {
					t.Error(err)
				}
				if _, _, err := s.PutWarnings(t.Context(), []models.Warning{storetest.Warning(id, 1)}); err != nil {
					t.Error(err)
				}
			})
			all.Wait()
		}
		if left := dumpDatabase(t, s); strings.Contains(left, "dev_") {
			t.Errorf("left: %s", left)
		}
	})
}
