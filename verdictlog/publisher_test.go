package verdictlog_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/desktest"
	"example.org/tocsin/models"
)

func TestAChangeLeftUnloggedIsLoggedBeforeTheNext(t *testing.T) {
	n := desktest.Fresh(t)
	crashing, _ := n.Crashing(2, false) // the insert takes place, the appending does not
	draft := models.SignatureDraft{Kind: models.Phone, Value: "+12025550100", Level: models.Danger}
	if _, _, err := crashing.Catalogue.Create(t.Context(), desktest.Analyst(), draft); !errors.Is(err, desktest.ErrCrash) {
		t.Fatalf("Create = %v, want a crash", err)
	}
	if log := n.Entries(t); len(log) != 0 {
		t.Fatalf("%d entries are logged, want none", len(log))
	}
	left := n.StoredSignature(t, models.Phone, draft.Value)
	cleared := models.Cleared
	if _, err := n.Catalogue.Amend(t.Context(), desktest.Analyst(), left.ID, left.Rev, models.Amendment{Level: &cleared}); err != nil {
		t.Fatal(err)
	}
	var transitions []string
	for _, e := range n.Entries(t) {
		for _, c := range e.Changes {
			transitions = append(transitions, fmt.Sprint(c.From, " to ", c.To))
		}
	}
	if diff := cmp.Diff([]string{"unknown to danger", "danger to cleared"}, transitions); diff != "" {
		t.Errorf("the verdict log (-want +got):\n%s", diff)
	}
}
