package intake_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/models"
	"example.org/tocsin/store/storetest"
)

func evidence(reporter string, w models.Witness) models.Evidence {
	return models.Evidence{
		ID: models.EvidenceID("sig_1", reporter), Signature: "sig_1", Reporter: reporter, Witness: w, Group: reporter,
		Category: models.CategoryLoan, At: storetest.Epoch(),
	}
}

// reporting returns evidence that rests on one report.
func reporting(reporter, report string, at time.Time, stage models.Stage) models.Evidence {
	e := evidence(reporter, models.WitnessUnproven)
	e.At, e.Reports = time.Time{}, []models.EvidenceReport{{ID: report, At: at, Stage: stage}}
	return e.Merge(models.Evidence{})
}

// TestOneReporterIsOnePieceOfEvidenceThatLearns has many desks put the same and other
// reports of one reporter at once.
func TestOneReporterIsOnePieceOfEvidenceThatLearns(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		var want models.Evidence
		var wg sync.WaitGroup
		for n := range 24 {
			stage := models.StageContact
			if n%20 == 5 {
				stage = models.StagePaid
			}
			e := reporting("a", fmt.Sprintf("rep_%d", n%20), storetest.Epoch().Add(time.Duration(n*7%20)*time.Hour), stage)
			if n >= 20 { // again
				e = reporting("a", fmt.Sprintf("rep_%d", n%20), storetest.Epoch().Add(time.Duration(n%20*7%20)*time.Hour), stage)
			}
			want = e.Merge(want)
			wg.Go(func() {
				if err := s.PutEvidence(t.Context(), []models.Evidence{e, e, reporting("b", "rep_b", storetest.Epoch(), "")}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		got, err := s.Evidence(t.Context(), "sig_1", 10)
		if err != nil || len(got) != 2 {
			t.Fatalf("%d pieces of evidence, %v, want two", len(got), err)
		}
		want.Rev = got[0].Rev
		if diff := cmp.Diff(want, got[0]); diff != "" {
			t.Error(diff)
		}
		if err := s.PutEvidence(t.Context(), []models.Evidence{reporting("a", "rep_3", storetest.Epoch().Add(time.Hour), "")}); err != nil {
			t.Fatal(err)
		}
		if again, err := s.Evidence(t.Context(), "sig_1", 10); err != nil || again[0].Rev != got[0].Rev {
			t.Errorf("a report that is there already was written: revision %d after %d, %v", again[0].Rev, got[0].Rev, err)
		}
	})
}

// TestNewReportersDoNotPushOutWhatWeighsMore holds the promise of Evidence.
func TestNewReportersDoNotPushOutWhatWeighsMore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		put := []models.Evidence{evidence("agent", models.WitnessAgent), evidence("proven", models.WitnessProven)}
		for n := range 1200 {
			e := evidence(fmt.Sprint(n), models.WitnessUnproven)
			e.At = storetest.Epoch().Add(time.Duration(n) * time.Second)
			put = append(put, e)
		}
		if err := s.PutEvidence(t.Context(), put); err != nil {
			t.Fatal(err)
		}
		got, err := s.Evidence(t.Context(), "sig_1", 4)
		if err != nil {
			t.Fatal(err)
		}
		var reporters []string
		for _, e := range got {
			reporters = append(reporters, e.Reporter)
		}
		if diff := cmp.Diff([]string{"agent", "proven", "1199", "1198"}, reporters); diff != "" {
			t.Error(diff)
		}
	})
}
