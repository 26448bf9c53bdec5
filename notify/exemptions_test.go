package notify

import (
	"testing"
	"time"

	"example.org/tocsin/models"
)

func TestALateChangeExemptsNothing(t *testing.T) {
	now := time.Now()
	x := &Exemptions{Keyer: models.NewKeyer([]byte("a key for a test"))}
	key := x.Keyer.ExposureKey(models.Recogniser(models.Exact, models.Phone, "+12025550150"))
	change := func(from, to models.Level, rev int64) models.Change {
		return models.Change{Signature: "sig_1", Rule: models.Exact, Kind: models.Phone, Value: "+12025550150", From: from, To: to, Rev: rev}
	}
	ended := change(models.Danger, models.Cleared, 5)
	ended.Ends = now.Add(-time.Second)
	for _, step := range []struct {
		change models.Change
		want   int
	}{
		{change(models.Unknown, models.Danger, 1), 0},
		{change(models.Danger, models.Imitated, 2), 1},
		{change(models.Danger, models.Imitated, 2), 1}, // once more
		{change(models.Imitated, models.Danger, 4), 0},
		{change(models.Imitated, models.Cleared, 3), 0}, // late
		{ended, 0},
		{change(models.Cleared, models.Cleared, 6), 1},
	} {
		x.apply([]models.Change{step.change})
		if got := len(x.hits([]string{"other", key}, now)); got != step.want {
			t.Errorf("after revision %d to %s: %d exemptions, want %d", step.change.Rev, step.change.To, got, step.want)
		}
	}
}
