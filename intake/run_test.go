package intake_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/desktest"
	"example.org/tocsin/intake"
	"example.org/tocsin/models"
	"example.org/tocsin/store"
	"example.org/tocsin/store/storetest"
)

func TestAnUrgentReportOvertakesAFlood(t *testing.T) {
	n := desktest.Fresh(t)
	n.Create(t, models.Phone, "+12025550199", models.Danger)
	for i := range 3 {
		n.File(t, desktest.Device(fmt.Sprint(i)), "+12025550100")
	}
	n.Advance(time.Second)
	hit, called := n.File(t, desktest.Device("a"), "+12025550199"), n.File(t, desktest.Agent("centre", "mary"), "+12025550101")
	first, err := n.DB.ClaimReports(t.Context(), 2, intake.DefaultLease, n.Now())
	if err != nil || len(first) != 2 {
		t.Fatalf("%d reports are claimed, %v, want 2", len(first), err)
	}
	got, want := []string{first[0].Lease.ID, first[1].Lease.ID}, []string{hit.ID, called.ID}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("weighed first (-want +got):\n%s", diff)
	}
}

func TestTwoDesksOnOneDatabase(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, o store.Options) {
		nodes := []desktest.Node{desktest.New(t, storetest.Node(t, o)), desktest.New(t, storetest.Node(t, o))}
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		for _, n := range nodes {
			n.Clock = time.Now
			running.Go(func() {
				if err := n.Run(ctx); err != nil {
					t.Error(err)
				}
			})
			running.Go(func() {
				if err := n.Log.Run(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		const phones, reporters = 10, 30
		var filing sync.WaitGroup
		for which, n := range nodes {
			filing.Go(func() {
				for i := which; i < reporters; i += len(nodes) {
					for p := range phones {
						n.File(t, desktest.Device(fmt.Sprint(i)), fmt.Sprintf("+120255501%02d", p))
					}
				}
			})
		}
		filing.Wait()
		desktest.Until(t.Context(), t, "every report is counted", func() bool {
			total := 0
			for p := range phones {
				total += nodes[0].StoredSignature(t, models.Phone, fmt.Sprintf("+120255501%02d", p)).Reporters
			}
			return total == phones*reporters
		})
		stop()
		running.Wait()
		nodes[0].Entries(t)
		for i, n := range nodes {
			if err := n.Follower.Sync(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := n.Index.Stats().ByLevel[models.Caution]; got != phones {
				t.Errorf("node %d has %d numbers at caution, want %d", i, got, phones)
			}
			if n.Follower.ChainBreaks() != 0 {
				t.Errorf("node %d saw a break in the log's hash chain", i)
			}
		}
	})
}

// TestAConflictWithAnotherWriterIsCounted has several desks weigh reports of one number at once.
func TestAConflictWithAnotherWriterIsCounted(t *testing.T) {
	db := storetest.Open(t)
	nodes := []desktest.Node{desktest.New(t, db), desktest.New(t, db), desktest.New(t, db)}
	for round := 0; nodes[0].Conflicts()+nodes[1].Conflicts()+nodes[2].Conflicts() == 0; round++ {
		if round == 200 {
			t.Fatal("no conflict was counted")
		}
		var weighing sync.WaitGroup
		for i, n := range nodes {
			n.File(t, desktest.Device(fmt.Sprint(round, i)), fmt.Sprintf("+1202555%04d", 100+round%100))
			claimed, err := db.ClaimReports(t.Context(), 10, time.Minute, n.Now())
			if err != nil {
				t.Fatal(err)
			}
			weighing.Go(func() {
				if err := n.Weigh(t.Context(), claimed); err != nil {
					t.Error(err)
				}
			})
		}
		weighing.Wait()
	}
}
