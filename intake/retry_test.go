package intake_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"example.org/tocsin/desktest"
	"example.org/tocsin/intake"
	"example.org/tocsin/models"
	"example.org/tocsin/store/storetest"
)

func TestOneReportThatCannotBeWeighedHoldsUpNoOther(t *testing.T) {
	n := desktest.Fresh(t)
	poison := n.File(t, desktest.Device("a"), "+12025550199")
	for i := range 9 {
		n.File(t, desktest.Device(fmt.Sprint(i)), "+12025550100")
	}
	f := &poisonedStore{Database: n.DB, signature: models.SignatureID(models.Exact, models.Phone, "+12025550199")}
	n.Store.Evidence = f
	for range intake.MaxTries {
		n.WeighAll(t)
		if got := n.StoredSignature(t, models.Phone, "+12025550100"); got.Reporters != 9 {
			t.Fatalf("%d of the 9 others are weighed", got.Reporters)
		}
		n.Advance(10 * time.Minute)
	}
	got, err := n.DB.Report(t.Context(), poison.ID)
	if err != nil || got.State != models.ReportDead || got.Fault != "panic" {
		t.Errorf("the report is %s with fault %q, %v, want dead by panic", got.State, got.Fault, err)
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
