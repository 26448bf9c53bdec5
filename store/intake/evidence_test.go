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

func TestOneReporterIsOnePieceOfEvidenceThatLearns(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		first, paid := evidence("a", models.WitnessUnproven), evidence("a", models.WitnessAgent)
		paid.Paid, paid.At = true, storetest.Epoch().Add(-time.Hour)
		later := evidence("a", models.WitnessUnproven)
		later.At = storetest.Epoch().Add(time.Hour)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if err := s.PutEvidence(t.Context(), []models.Evidence{first}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if err := s.PutEvidence(t.Context(), []models.Evidence{paid, later}); err != nil {
			t.Fatal(err)
		}
		got, err := s.Evidence(t.Context(), "sig_1", 10)
		if err != nil {
			t.Fatal(err)
		}
		want := first
		want.Paid, want.At = true, paid.At
		if diff := cmp.Diff([]models.Evidence{want}, got); diff != "" {
			t.Error(diff)
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
