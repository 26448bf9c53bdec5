package notify_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/notify"
	"example.org/tocsin/notify/fcm/fakefcm"
	"example.org/tocsin/store"
)

func TestAChangeIsToldToWhoeverMetItAndToNobodyElse(t *testing.T) {
	onEach(t, fakefcm.Options{}, func(t *testing.T, w *world) {
		number, block := "+12025550123", "+12025550100-+12025550199"
		for _, name := range []string{"met", "near", "other", "shy", "mute"} {
			w.device(name, func(d *models.Device) {
				switch name {
				case "shy":
					d.Consents.Exposures = false
				case "mute":
					d.Push = nil
				}
			})
		}
		exact := models.Recogniser(models.Exact, models.Phone, number)
		prefix := models.Recogniser(models.Range, models.Phone, "+120255501")
		w.expose(
			w.exposure("dev_met", exact, w.clock.now()), w.exposure("dev_shy", exact, w.clock.now()), w.exposure("dev_mute", exact, w.clock.now()),
			w.exposure("dev_near", prefix, w.clock.now()),
			w.exposure("dev_other", models.Recogniser(models.Exact, models.Phone, "+12025550188"), w.clock.now()),
		)
		spread := w.spread(nil)
		w.start(spread)
		w.publish(signature(models.Confirmed, number), signature(models.Danger, block), signature(models.Danger, "+12025550777"), signature(models.Caution, "+12025550188"))
		spread.Wake()
		w.eventually("two rounds", func() bool { return spread.Stats()[notify.Count{What: "rounds", Reason: "done"}] == 2 })
		for name, want := range map[string]string{"met": "due", "near": "due", "mute": "held no_push_target"} {
			if got := w.state("dev_" + name); got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
		for _, name := range []string{"other", "shy"} {
			if n := len(w.inbox("dev_" + name)); n != 0 {
				t.Errorf("%s has %d warnings, want none", name, n)
			}
		}
		got := w.inbox("dev_met")[0]
		if got.Level != models.Confirmed || got.Tail != "4321" || got.Channel != "call" || got.Rev != 1 || got.Lane != models.LaneUrgent ||
			got.ID != models.WarningID("dev_met", got.Signature, 1) || got.Expires.Sub(got.Created) != 7*24*time.Hour {
			t.Errorf("the warning is %+v", got)
		}
		if n := total(spread.Stats(), "asks"); n != 2 {
			t.Errorf("%d asks, want 2: nobody met the third number, and caution does not warn", n)
		}
	})
}

func TestEveryDeviceOfManyIsWarnedOnceHoweverManyNodesSpread(t *testing.T) {
	onEach(t, fakefcm.Options{}, func(t *testing.T, w *world) {
		const devices = 1200
		number := "+12025550123"
		var exposures []models.Exposure
		for i := range devices {
			d := w.device(fmt.Sprint(i), nil)
			exposures = append(exposures, w.exposure(d.ID, models.Recogniser(models.Exact, models.Phone, number), w.clock.now()))
		}
		w.expose(exposures...)
		first, second := w.spread(nil), w.spread(nil)
		w.start(first)
		w.start(second)
		w.publish(signature(models.Danger, number))
		first.Wake()
		second.Wake()
		w.eventually("all warned", func() bool {
			return total(first.Stats(), "warnings")+total(second.Stats(), "warnings") >= devices
		})
		w.eventually("the asks are done", func() bool {
			depth, err := w.store.Depth(t.Context())
			return err == nil && depth["asks"] == 0
		})
		if n := total(first.Stats(), "warnings") + total(second.Stats(), "warnings"); n != devices {
			t.Errorf("%d warnings, want %d", n, devices)
		}
	})
}

func TestADeviceThatMetSeveralNumbersOfARangeIsWarnedOfTheLatest(t *testing.T) {
	onEach(t, fakefcm.Options{}, func(t *testing.T, w *world) {
		w.device("met", nil)
		prefix, latest := models.Recogniser(models.Range, models.Phone, "+120255501"), w.clock.now().Add(-time.Hour).UTC().Truncate(time.Millisecond)
		for _, ago := range []time.Duration{3 * time.Hour, 0, 5 * time.Hour} {
			w.expose(w.exposure("dev_met", prefix, latest.Add(-ago)))
		}
		w.publish(signature(models.Danger, "+12025550100-+12025550199"))
		w.start(w.spread(nil))
		w.eventually("the warning", func() bool { return len(w.inbox("dev_met")) > 0 })
		if got := w.inbox("dev_met"); len(got) != 1 || !got[0].Met.Equal(latest) {
			t.Errorf("warned of %+v, want of %v alone", got, latest)
		}
	})
}

// dying is a store on which the process dies, as far as the store can tell,
// before it can finish an ask.
type dying struct{ *store.Store }

func (dying) FinishAsk(ctx context.Context, _ models.Lease, _ int64, _ time.Time) error {
	<-ctx.Done()
	return errors.New("the process is dead")
}

func TestARoundThatIsCutShortIsDoneAgainAndDoublesNothing(t *testing.T) {
	onEach(t, fakefcm.Options{}, func(t *testing.T, w *world) {
		number := "+12025550123"
		for i := range 20 {
			d := w.device(fmt.Sprint(i), nil)
			w.expose(w.exposure(d.ID, models.Recogniser(models.Exact, models.Phone, number), w.clock.now()))
		}
		w.publish(signature(models.Danger, number))
		dies := w.spread(func(o *notify.SpreadOptions) { o.Asks, o.Lease = dying{w.store}, 100*time.Millisecond })
		stop := w.start(dies)
		w.eventually("the first round's warnings", func() bool { return total(dies.Stats(), "warnings") == 20 })
		stop()
		w.clock.move(time.Minute)
		again := w.spread(nil)
		w.start(again)
		w.eventually("the second round", func() bool { return again.Stats()[notify.Count{What: "rounds", Reason: "done"}] >= 1 })
		if n := total(again.Stats(), "warnings"); n != 0 {
			t.Errorf("the second round wrote %d warnings, want none", n)
		}
		for i := range 20 {
			if got := w.state(fmt.Sprint("dev_", i)); got != "due" {
				t.Errorf("device %d: %s", i, got)
			}
		}
	})
}

func TestAnExposureStoredJustAfterTheFirstLookIsFoundByTheSecond(t *testing.T) {
	onEach(t, fakefcm.Options{}, func(t *testing.T, w *world) {
		number := "+12025550123"
		w.publish(signature(models.Danger, number))
		spread := w.spread(nil)
		w.start(spread)
		w.eventually("the first look", func() bool { return spread.Stats()[notify.Count{What: "entries", Reason: "spread"}] == 1 })
		w.device("late", nil)
		w.expose(w.exposure("dev_late", models.Recogniser(models.Exact, models.Phone, number), w.clock.now()))
		if n := len(w.inbox("dev_late")); n != 0 {
			t.Fatalf("%d warnings already", n)
		}
		w.clock.move(31 * time.Second)
		w.eventually("the second look", func() bool { return len(w.inbox("dev_late")) == 1 })
	})
}

func TestARoundWarnsNobodyOfWhatIsNotDangerousAnyMore(t *testing.T) {
	number := "+12025550123"
	for _, c := range []struct {
		name, reason string
		change       func(*models.Signature)
	}{
		{"cleared", "level_changed", func(s *models.Signature) { s.Level, s.LevelRev = models.Cleared, 2 }},
		{"another level that warns, with an ask of its own", "level_changed", func(s *models.Signature) { s.Level, s.LevelRev = models.Confirmed, 2 }},
		{"ended", "signature_ended", func(s *models.Signature) { s.Ends = time.Now().Add(-time.Minute) }},
		{"more evidence is no reason", "done", func(s *models.Signature) { s.Score = 9 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			onEach(t, fakefcm.Options{}, func(t *testing.T, w *world) {
				w.device("met", nil)
				w.expose(w.exposure("dev_met", models.Recogniser(models.Exact, models.Phone, number), w.clock.now()))
				s := signature(models.Danger, number)
				w.publish(s)
				s.Rev = 2
				c.change(&s)
				if faults, err := w.store.ReplaceSignatures(t.Context(), []models.Signature{s}); err != nil || faults[0] != nil {
					t.Fatal(faults, err)
				}
				spread := w.spread(nil)
				w.start(spread)
				w.eventually("the round", func() bool { return total(spread.Stats(), "rounds") > 0 })
				if n := spread.Stats()[notify.Count{What: "rounds", Reason: c.reason}]; n != 1 {
					t.Errorf("rounds are %v, want one that ended with %s", spread.Stats(), c.reason)
				}
				if n := len(w.inbox("dev_met")); (n == 1) != (c.reason == "done") {
					t.Errorf("%d warnings", n)
				}
			})
		})
	}
}
