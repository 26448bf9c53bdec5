package verdictlog_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/desktest"
	"example.org/tocsin/models"
	"example.org/tocsin/verdictlog"
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

func TestASweepLogsWhatACrashLeftUnlogged(t *testing.T) {
	n := desktest.Fresh(t)
	crashing, _ := n.Crashing(2, false) // the insert takes place, the appending does not
	draft := models.SignatureDraft{Kind: models.Phone, Value: "+12025550100", Level: models.Danger}
	if _, _, err := crashing.Catalogue.Create(t.Context(), desktest.Analyst(), draft); !errors.Is(err, desktest.ErrCrash) {
		t.Fatalf("Create = %v, want a crash", err)
	}
	for _, tt := range []struct {
		later time.Duration
		want  int
	}{
		{0, 0}, // the writer may still be about to log it
		{verdictlog.SweepMinAge + time.Second, 1},
		{time.Minute, 1}, // logged once is enough
	} {
		n.Advance(tt.later)
		if err := n.Publisher.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := len(n.Entries(t)); got != tt.want {
			t.Errorf("%s later: %d entries, want %d", tt.later, got, tt.want)
		}
	}
	if v, err := n.CheckOne(draft.Kind, draft.Value, ""); err != nil || v.Level != models.Danger {
		t.Errorf("the index says %s, %v, want danger", v.Level, err)
	}
}
