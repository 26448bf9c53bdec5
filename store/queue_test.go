package store_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/store"
	"example.org/tocsin/store/storetest"
)

func claim(t *testing.T, s *storetest.Database, n int, now time.Time) []models.Claimed[models.Report] {
	t.Helper()
	got, err := s.ClaimReports(t.Context(), n, storetest.Lease, now)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestWorkIsClaimedWhenDueTheLongestFirst(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		storetest.PutReports(t, s, 5) // due at 0, 1, 2, 3, 4 seconds
		got := claim(t, s, 2, storetest.Epoch().Add(3*time.Second))
		if len(got) != 2 || got[0].Work.ID != storetest.Report(0).ID || got[1].Work.ID != storetest.Report(1).ID {
			t.Fatalf("claimed %v, want the two that are due longest", got)
		}
		if l := got[0].Lease; l.ID != storetest.Report(0).ID || l.Fence != 1 || l.Tries != 1 {
			t.Errorf("the lease is %+v, want the first", l)
		}
		if got := claim(t, s, 9, storetest.Epoch().Add(3*time.Second)); len(got) != 2 {
			t.Errorf("claimed %d more, want the two others that are due", len(got))
		}
		if got := claim(t, s, 9, storetest.Epoch().Add(3*time.Second)); len(got) != 0 {
			t.Errorf("claimed %d again, under lease or not due", len(got))
		}
	})
}

func TestALeaseThatRanOutGoesToAnotherAndTheLateFinishIsThrownAway(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		storetest.PutReports(t, s, 2)
		now := storetest.Epoch().Add(time.Second)
		late := claim(t, s, 2, now)
		second := claim(t, s, 1, now.Add(storetest.Lease))
		if len(late) != 2 || len(second) != 1 {
			t.Fatalf("claimed %d and %d, want 2 and 1", len(late), len(second))
		}
		if l := second[0].Lease; l.Fence != 2 || l.Tries != 2 {
			t.Errorf("the second lease is %+v, want fence 2 and try 2", l)
		}
		lost, held := late[0], late[1] // which of the two is claimed again is not said: they are due at the same time
		if second[0].Work.ID == late[1].Work.ID {
			lost, held = late[1], late[0]
		}
		if err := s.ReleaseReport(t.Context(), lost.Lease, models.Release{Due: now, Reason: "late", Park: true}); !errors.Is(err, models.Stale) {
			t.Errorf("a late result got %v, want stale", err)
		}
		err := s.FinishReports(t.Context(), []models.Lease{late[0].Lease, late[1].Lease})
		if !errors.Is(err, models.Stale) {
			t.Errorf("a late finish got %v, want stale", err)
		}
		for id, want := range map[string]models.ReportState{lost.Work.ID: models.ReportOpen, held.Work.ID: models.ReportWeighed} {
			if r, err := s.Report(t.Context(), id); err != nil || r.State != want {
				t.Errorf("report is %s and error %v, want %s", r.State, err, want)
			}
		}
		if err := s.FinishReports(t.Context(), []models.Lease{second[0].Lease}); err != nil {
			t.Errorf("the holder's finish got %v", err)
		}
	})
}

func TestWorkGivenBackIsDueAgainOrParked(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		storetest.PutReports(t, s, 2)
		now := storetest.Epoch().Add(time.Second)
		got := claim(t, s, 2, now)
		if err := s.ReleaseReport(t.Context(), got[0].Lease, models.Release{Due: now.Add(time.Second), Reason: "busy", Faults: 1}); err != nil {
			t.Fatal(err)
		}
		if err := s.ReleaseReport(t.Context(), got[1].Lease, models.Release{Due: now, Reason: "broken", Faults: 8, Park: true}); err != nil {
			t.Fatal(err)
		}
		if again := claim(t, s, 2, now); len(again) != 0 {
			t.Errorf("claimed %d before they were due", len(again))
		}
		again := claim(t, s, 2, now.Add(2*storetest.Lease))
		if len(again) != 1 || again[0].Work.ID != got[0].Work.ID || again[0].Lease.Tries != 2 || again[0].Lease.Faults != 2 {
			t.Errorf("claimed %v, want the one that was given back", again)
		}
		parked := models.QueuedWork{ID: got[1].Work.ID, State: models.StateParked, Due: now, Tries: 1, Faults: 8, Reason: "broken"}
		if list, err := s.ReportQueue().Parked(t.Context(), 10); err != nil || len(list) != 1 || !sameWork(list[0], parked) {
			t.Errorf("parked are %v, %v, want %v", list, err, parked)
		}
		if one, err := s.ReportQueue().Work(t.Context(), got[1].Work.ID); err != nil || !sameWork(one, parked) {
			t.Errorf("the work is %v, %v, want %v", one, err, parked)
		}
	})
}

// TestNothingIsClaimedTwice runs two nodes with many workers, and holds the
// promise of Queue.Claim.
func TestNothingIsClaimedTwice(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, o store.Options) {
		const reports = 300
		nodes := []*storetest.Database{storetest.Node(t, o), storetest.Node(t, o)}
		storetest.PutReports(t, nodes[0], reports)
		now := storetest.Epoch().Add(time.Hour)
		var seen sync.Map
		var finished atomic.Int64
		var wg sync.WaitGroup
		for worker := range 8 {
			wg.Go(func() {
				s := nodes[worker%2]
				for {
					got, err := s.ClaimReports(t.Context(), 7, storetest.Lease, now)
					if err != nil {
						t.Error(err)
						return
					}
					var leases []models.Lease
					for _, c := range got {
						leases = append(leases, c.Lease)
						if _, twice := seen.LoadOrStore(c.Work.ID, worker); twice {
							t.Errorf("report claimed twice")
						}
					}
					if len(leases) == 0 {
						return
					}
					if err := s.FinishReports(t.Context(), leases); err != nil {
						t.Error(err)
					}
					finished.Add(int64(len(leases)))
				}
			})
		}
		wg.Wait()
		if n := finished.Load(); n != reports {
			t.Errorf("finished %d, want %d", n, reports)
		}
	})
}

// queuedReport is what a queue of reports needs of their documents.
type queuedReport struct {
	Report models.Report     `bson:",inline"`
	Lease  store.LeaseFields `bson:",inline"`
}

func claimedReport(d queuedReport) models.Claimed[models.Report] {
	return models.Claimed[models.Report]{Lease: d.Lease.Next(d.Report.ID), Work: d.Report}
}

func TestWhatIsClaimedOrFinishedMeanwhileIsNotTaken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		storetest.PutReports(t, s, 3)
		now := storetest.Epoch().Add(time.Hour)
		first := claim(t, s, 1, now) // its lease runs out, its finish comes late
		queue := store.NewQueue(s.DB, s.Database().Collection("reports"), string(models.ReportOpen), claimedReport)
		got, err := queue.ClaimSlowly(t.Context(), storetest.Lease, now.Add(storetest.Lease), func() {
			if err := s.FinishReports(t.Context(), []models.Lease{first[0].Lease}); err != nil {
				t.Error(err)
			}
			if other := claim(t, s, 1, now); len(other) != 1 {
				t.Errorf("the other node claimed %v", other)
			}
		})
		if err != nil || len(got) != 1 || got[0].Work.ID != storetest.Report(2).ID {
			t.Errorf("claimed %v, %v, want the one that is left", got, err)
		}
	})
}

// TestAClaimDoesNotTurnInCircles puts work that cannot be taken, as when other
// nodes are always first.
func TestAClaimDoesNotTurnInCircles(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		r := storetest.Report(1)
		r.State = models.ReportOpen
		if _, err := s.Database().Collection("reports").InsertOne(t.Context(), r); err != nil { // no fence
			t.Fatal(err)
		}
		if got := claim(t, s, 1, storetest.Epoch().Add(time.Hour)); len(got) != 0 {
			t.Errorf("claimed %v", got)
		}
	})
}

func TestCompletedTogetherEachLeaseHasItsOwnResult(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		const reports = 40
		storetest.PutReports(t, s, reports)
		now := storetest.Epoch().Add(time.Hour)
		first := claim(t, s, reports, now)
		lost := map[string]bool{}
		for _, c := range claim(t, s, reports/2, now.Add(storetest.Lease)) { // half of the leases run out
			lost[c.Work.ID] = true
		}
		if len(first) != reports || len(lost) != reports/2 {
			t.Fatalf("claimed %d and %d", len(first), len(lost))
		}
		var wg sync.WaitGroup
		for _, c := range first {
			wg.Go(func() {
				err := s.ReleaseReport(t.Context(), c.Lease, models.Release{Due: now, Reason: "again"})
				if errors.Is(err, models.Stale) != lost[c.Work.ID] || err != nil && !lost[c.Work.ID] {
					t.Errorf("lost is %v, got %v", lost[c.Work.ID], err)
				}
			})
		}
		wg.Wait()
	})
}

// sameWork compares two pieces of work, and times by the instant.
func sameWork(a, b models.QueuedWork) bool {
	same := a.Due.Equal(b.Due)
	a.Due = b.Due
	return same && a == b
}

func TestParkedWorkIsNotClaimedUntilItIsPutBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		storetest.PutReports(t, s, 4)
		now, queue := storetest.Epoch().Add(time.Hour), s.ReportQueue()
		var parked []string
		for _, c := range claim(t, s, 3, now) {
			if err := s.ReleaseReport(t.Context(), c.Lease, models.Release{Due: now, Reason: "broken", Park: true}); err != nil {
				t.Fatal(err)
			}
			parked = append(parked, c.Work.ID)
		}
		if got := claim(t, s, 9, now.Add(100*storetest.Lease)); len(got) != 1 {
			t.Fatalf("%d claimed beside three that are parked, want 1", len(got))
		}
		if n, err := queue.Unpark(t.Context(), []string{parked[1], "rep_unknown"}, now); err != nil || n != 1 {
			t.Errorf("%d put back by id, %v, want 1", n, err)
		}
		got := claim(t, s, 9, now)
		if len(got) != 1 || got[0].Work.ID != parked[1] || got[0].Lease.Tries != 1 || got[0].Lease.Faults != 1 || got[0].Lease.Fence != 2 {
			t.Errorf("claimed %v, want the one that was put back, as new but for its fence", got)
		}
		if n, err := queue.Unpark(t.Context(), nil, now); err != nil || n != 2 {
			t.Errorf("%d put back, %v, want the two others", n, err)
		}
	})
}

func TestTheStatsOfAQueueTellDueLeasedAndParkedApart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		storetest.PutReports(t, s, 6) // due at 0 to 5 seconds
		storetest.PutDevices(t, s, "dev_1")
		if _, _, err := s.PutWarnings(t.Context(), []models.Warning{storetest.Warning("dev_1", 1), storetest.Warning("dev_1", 2)}); err != nil {
			t.Fatal(err)
		}
		if err := s.PutFanOutJobs(t.Context(), []models.FanOutJob{storetest.FanOutJob(1)}); err != nil {
			t.Fatal(err)
		}
		now := storetest.Epoch().Add(4 * time.Second) // the last one is not due
		claimed := claim(t, s, 2, now)
		if err := s.ReleaseReport(t.Context(), claimed[0].Lease, models.Release{Due: now, Park: true}); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]models.QueueStats{
			"reports":           {Due: 3, Leased: 1, Parked: 1, Oldest: 2 * time.Second},
			"warnings_urgent":   {Due: 2, Oldest: 4 * time.Second},
			"warnings_campaign": {},
			"reviews":           {},
			"fanout_jobs":       {}, // due at the clock of this process, which is after now
		} {
			if got, err := s.Queues()[name].Stats(t.Context(), now); err != nil || got != want {
				t.Errorf("%s: %+v, %v, want %+v", name, got, err, want)
			}
		}
	})
}
