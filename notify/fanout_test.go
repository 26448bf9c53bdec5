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
	"example.org/tocsin/store/storetest"
)

func TestAChangeWarnsTheExposedDevicesAndNoOthers(t *testing.T) {
	onEach(t, fakefcm.Options{}, func(t *testing.T, env *testEnv) {
		number, block := "+12025550123", "+12025550100-+12025550199"
		for _, name := range []string{"met", "near", "other", "mute"} {
			env.device(name, func(d *models.Device) {
				if name == "mute" {
					d.Push = nil
				}
			})
		}
		shy := env.device("shy", nil)
		exact := models.Recogniser(models.Exact, models.Phone, number)
		prefix := models.RangeRecogniser(models.Phone, "+120255501", len(number))
		env.expose(
			env.exposure("dev_met", exact, env.clock.now()), env.exposure("dev_shy", exact, env.clock.now()),
			env.exposure("dev_mute", exact, env.clock.now()),
			env.exposure("dev_near", prefix, env.clock.now()),
			env.exposure("dev_other", models.Recogniser(models.Exact, models.Phone, "+12025550188"), env.clock.now()),
		)
		shy.Rev, shy.Consents.Exposures = 2, false // withdrawn, and the exposure is not deleted yet
		if err := env.store.ReplaceDevice(t.Context(), shy); err != nil {
			t.Fatal(err)
		}
		fanOut := env.fanOut(nil)
		env.start(fanOut)
		env.publish(signature(models.Confirmed, number), signature(models.Danger, block),
			signature(models.Danger, "+12025550777"), signature(models.Caution, "+12025550188"))
		fanOut.Wake()
		env.eventually("two runs", func() bool { return fanOut.Stats()[notify.Count{Event: "runs", Reason: "done"}] == 2 })
		for name, want := range map[string]string{"met": "due", "near": "due", "mute": "held no_push_target"} {
			if got := env.state("dev_" + name); got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
		for _, name := range []string{"other", "shy"} {
			if n := len(env.inbox("dev_" + name)); n != 0 {
				t.Errorf("%s has %d warnings, want none", name, n)
			}
		}
		got := env.inbox("dev_met")[0]
		if hint, err := env.keyer.OpenHint(got.Hint); err != nil || hint != "4321" {
			t.Errorf("the warning has the hint %q, %v", hint, err)
		}
		if got.Level != models.Confirmed || got.Channel != "call" || got.Lane != models.LaneUrgent ||
			got.ID != models.WarningID(got.Exposure, models.WarningAccuse, 0) || got.PushUntil.Sub(got.Created) != 7*24*time.Hour {
			t.Errorf("the warning is %+v", got)
		}
		if n := total(fanOut.Stats(), "jobs"); n != 2 {
			t.Errorf("%d jobs, want 2: nobody met the third number, and caution does not warn", n)
		}
	})
}

func TestEveryDeviceOfManyIsWarnedOnceHoweverManyNodesFanOut(t *testing.T) {
	onEach(t, fakefcm.Options{}, func(t *testing.T, env *testEnv) {
		const devices = 1200
		number := "+12025550123"
		var exposures []models.Exposure
		for i := range devices {
			d := env.device(fmt.Sprint(i), nil)
			exposures = append(exposures, env.exposure(d.ID, models.Recogniser(models.Exact, models.Phone, number), env.clock.now()))
		}
		env.expose(exposures...)
		first, second := env.fanOut(nil), env.fanOut(nil)
		env.start(first)
		env.start(second)
		env.publish(signature(models.Danger, number))
		first.Wake()
		second.Wake()
		env.eventually("all warned", func() bool {
			return total(first.Stats(), "warnings")+total(second.Stats(), "warnings") >= devices
		})
		env.eventually("the jobs are done", func() bool {
			depth, err := env.store.Depth(t.Context())
			return err == nil && depth["fanout_jobs"] == 0
		})
		if n := total(first.Stats(), "warnings") + total(second.Stats(), "warnings"); n != devices {
			t.Errorf("%d warnings, want %d", n, devices)
		}
	})
}

func TestADeviceThatMetSeveralNumbersOfARangeIsWarnedOfTheLatest(t *testing.T) {
	onEach(t, fakefcm.Options{}, func(t *testing.T, env *testEnv) {
		env.device("met", nil)
		prefix := models.RangeRecogniser(models.Phone, "+120255501", len("+12025550100"))
		latest := env.clock.now().Add(-time.Hour).UTC().Truncate(time.Millisecond)
		for _, ago := range []time.Duration{3 * time.Hour, 0, 5 * time.Hour} {
			env.expose(env.exposure("dev_met", prefix, latest.Add(-ago)))
		}
		env.publish(signature(models.Danger, "+12025550100-+12025550199"))
		env.start(env.fanOut(nil))
		env.eventually("the warning", func() bool { return len(env.inbox("dev_met")) > 0 })
		if got := env.inbox("dev_met"); len(got) != 1 || !got[0].Met.Equal(latest) {
			t.Errorf("warned of %+v, want of %v alone", got, latest)
		}
	})
}

// crashingStore is a store whose process dies before it can finish a fan-out job.
type crashingStore struct{ *storetest.Database }

func (crashingStore) FinishFanOutJob(ctx context.Context, _ models.Lease, _ int64, _ models.FanOutProgress) error {
	<-ctx.Done()
	return errors.New("the process is dead")
}

func TestARunThatIsCutShortIsDoneAgainAndDoublesNothing(t *testing.T) {
	onEach(t, fakefcm.Options{}, func(t *testing.T, env *testEnv) {
		number := "+12025550123"
		for i := range 20 {
			d := env.device(fmt.Sprint(i), nil)
			env.expose(env.exposure(d.ID, models.Recogniser(models.Exact, models.Phone, number), env.clock.now()))
		}
		env.publish(signature(models.Danger, number))
		interrupted := env.fanOut(func(o *notify.FanOutOptions) { o.Jobs, o.Lease = crashingStore{env.store}, 100*time.Millisecond })
		stop := env.start(interrupted)
		env.eventually("the first run's warnings", func() bool { return total(interrupted.Stats(), "warnings") == 20 })
		stop()
		env.clock.advance(time.Minute)
		again := env.fanOut(nil)
		env.start(again)
		env.eventually("the second run", func() bool { return again.Stats()[notify.Count{Event: "runs", Reason: "done"}] >= 1 })
		if n := total(again.Stats(), "warnings"); n != 0 {
			t.Errorf("the second run wrote %d warnings, want none", n)
		}
		for i := range 20 {
			if got := env.state(fmt.Sprint("dev_", i)); got != "due" {
				t.Errorf("device %d: %s", i, got)
			}
		}
	})
}

func TestAnExposureStoredJustAfterTheFirstCheckIsFoundByTheRecheck(t *testing.T) {
	onEach(t, fakefcm.Options{}, func(t *testing.T, env *testEnv) {
		number := "+12025550123"
		env.publish(signature(models.Danger, number))
		fanOut := env.fanOut(nil)
		env.start(fanOut)
		env.eventually("the first check", func() bool {
			return fanOut.Stats()[notify.Count{Event: "entries", Reason: "fanout"}] == 1 // the stored name of FanOutFollower
		})
		env.device("late", nil)
		env.expose(env.exposure("dev_late", models.Recogniser(models.Exact, models.Phone, number), env.clock.now()))
		if n := len(env.inbox("dev_late")); n != 0 {
			t.Fatalf("%d warnings already", n)
		}
		env.clock.advance(31 * time.Second)
		env.eventually("the recheck", func() bool { return len(env.inbox("dev_late")) == 1 })
	})
}

func TestARunWarnsNobodyOfWhatIsNotDangerousAnyMore(t *testing.T) {
	number := "+12025550123"
	for _, c := range []struct {
		name   string
		want   int
		change func(*models.Signature)
	}{
		{"cleared", 0, func(s *models.Signature) { s.Level, s.LevelRev = models.Cleared, 2 }},
		{"ended", 0, func(s *models.Signature) { s.Ends = time.Now().Add(-time.Minute) }},
		{"more evidence is no reason", 1, func(s *models.Signature) { s.Score = 9 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			onEach(t, fakefcm.Options{}, func(t *testing.T, env *testEnv) {
				env.device("met", nil)
				env.expose(env.exposure("dev_met", models.Recogniser(models.Exact, models.Phone, number), env.clock.now()))
				s := signature(models.Danger, number)
				env.publish(s)
				s.Rev = 2
				c.change(&s)
				if faults, err := env.store.ReplaceSignatures(t.Context(), []models.Signature{s}); err != nil || faults[0] != nil {
					t.Fatal(faults, err)
				}
				fanOut := env.fanOut(nil)
				env.start(fanOut)
				env.eventually("the run", func() bool { return total(fanOut.Stats(), "runs") > 0 })
				if n := len(env.inbox("dev_met")); n != c.want {
					t.Errorf("%d warnings, want %d", n, c.want)
				}
			})
		})
	}
}
