package intake_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"example.org/tocsin/desktest"
	"example.org/tocsin/models"
	"example.org/tocsin/store/storetest"
	"example.org/tocsin/work"
)

func TestOneReportThatCannotBeWeighedHoldsUpNoOther(t *testing.T) {
	n := desktest.Fresh(t)
	poison := n.File(t, desktest.Device("a"), "+12025550199")
	for i := range 9 {
		n.File(t, desktest.Device(fmt.Sprint(i)), "+12025550100")
	}
	f := &poisonedStore{Database: n.DB, signature: models.SignatureID(models.Exact, models.Phone, "+12025550199")}
	n.Store.Evidence = f
	for range work.MaxFaults {
		n.WeighAll(t)
		if got := n.StoredSignature(t, models.Phone, "+12025550100"); got.Reporters != 9 {
			t.Fatalf("%d of the 9 others are weighed", got.Reporters)
		}
		n.Advance(10 * time.Minute)
	}
	got, err := n.DB.Report(t.Context(), poison.ID)
	if err != nil || got.State != models.ReportParked {
		t.Errorf("the report is %s, %v, want parked", got.State, err)
	}
	queue := n.DB.ReportQueue()
	parked, err := queue.Parked(t.Context(), 10)
	if err != nil || len(parked) != 1 || parked[0].ID != poison.ID || parked[0].Reason != "panic" {
		t.Errorf("parked are %v, %v, want the report, by panic", parked, err)
	}
	n.Store.Evidence = n.DB // repaired
	if back, err := queue.Unpark(t.Context(), nil, n.Now()); err != nil || back != 1 {
		t.Errorf("%d put back, %v, want 1", back, err)
	}
	n.WeighAll(t)
	if got := n.StoredSignature(t, models.Phone, "+12025550199"); got.Reporters != 1 {
		t.Errorf("%d reporters after the repair, want the one that was parked", got.Reporters)
	}
}

// poisonedStore panics over the evidence for one signature.
type poisonedStore struct {
	*storetest.Database

	signature string
}

func (p *poisonedStore) PutEvidence(ctx context.Context, evidence []models.Evidence) error {
	for _, e := range evidence {
		if e.Signature == p.signature {
			panic("poison")
		}
	}
	return p.Database.PutEvidence(ctx, evidence)
}
