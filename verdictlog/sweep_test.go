package verdictlog_test

import (
	"errors"
	"testing"
	"time"

	"example.org/tocsin/desktest"
	"example.org/tocsin/models"
	"example.org/tocsin/verdictlog"
)

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
