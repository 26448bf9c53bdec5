package notify_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"example.org/tocsin/models"
	"example.org/tocsin/notify"
	"example.org/tocsin/notify/fcm/fakefcm"
	"example.org/tocsin/store"
	"example.org/tocsin/store/storetest"
)

const metNumber = "+12025550144"

// metOne stores a device that has met metNumber.
func (e *testEnv) metOne(name string) (device string) {
	i := models.Indicator{Kind: models.Phone, Value: metNumber}
	return e.meet(name, []models.Indicator{i})[i]
}

// classes returns the classes of all accepted pushes, in their order.
func (e *testEnv) classes() string {
	var out []string
	for _, a := range e.fake.Accepted() {
		out = append(out, a.Data["class"])
	}
	return fmt.Sprint(out)
}

// words returns class, level, state and reason of a device's warnings, newest first.
func (e *testEnv) words(device string) string {
	var out []string
	for _, w := range e.inbox(device) {
		out = append(out, fmt.Sprint(w.Class, "-", w.Level, "-", w.State, "-", w.Reason))
	}
	return fmt.Sprint(out)
}

// running starts a fan-out and an outbox, and returns a function that sets the level
// of metNumber and waits until all that follows is done.
func (e *testEnv) running(change func(*notify.FanOutOptions)) (set func(models.Level)) {
	fanOut, outbox := e.fanOut(change), e.outbox(nil)
	e.start(fanOut)
	e.start(outbox)
	return func(l models.Level) {
		e.t.Helper()
		e.change(signature(l, metNumber))
		e.settled(fanOut)
		e.pushed(outbox)
	}
}

// pushed waits until no warning is due now.
func (e *testEnv) pushed(outbox *notify.Outbox) {
	e.t.Helper()
	e.eventually("nothing is due", func() bool {
		outbox.Wake()
		due, err := store.Count(e.t.Context(), e.store.Database().Collection("warnings"), bson.D{
			{Key: "state", Value: "due"}, {Key: "due", Value: bson.D{{Key: "$lt", Value: e.clock.now().Add(2 * time.Hour)}}},
		}, 1)
		return err == nil && due == 0
	})
}

func TestALevelThatGoesUpAndDownIsPushedAgainOnceADay(t *testing.T) {
	onEach(t, fakefcm.Options{}, func(t *testing.T, env *testEnv) {
		device := env.metOne("met")
		set := env.running(nil)
		for _, step := range []struct {
			level  models.Level
			pushes string
		}{
			{models.Danger, "[accuse]"},
			{models.Confirmed, "[accuse]"},
			{models.Caution, "[accuse]"}, // weaker evidence is no all-clear
			{models.Danger, "[accuse]"},
			{models.Cleared, "[accuse all_clear]"},
			{models.Danger, "[accuse all_clear accuse]"},
			{models.Cleared, "[accuse all_clear accuse all_clear]"},
			{models.Danger, "[accuse all_clear accuse all_clear]"},
			{models.Cleared, "[accuse all_clear accuse all_clear]"}, // what was never pushed is not taken back
			{models.Confirmed, "[accuse all_clear accuse all_clear]"},
		} {
			set(step.level)
			if got := env.classes(); got != step.pushes {
				t.Fatalf("at %s: pushed %s, want %s; the inbox has %s", step.level, got, step.pushes, env.words(device))
			}
		}
		env.clock.advance(25 * time.Hour)
		env.eventually("the push when the day is over", func() bool {
			return env.classes() == "[accuse all_clear accuse all_clear accuse]"
		})
	})
}

func TestAWarningWhoseExposureIsGoneGetsItsAllClear(t *testing.T) {
	onEach(t, fakefcm.Options{}, func(t *testing.T, env *testEnv) {
		device := env.metOne("met")
		set := env.running(nil)
		set(models.Danger)
		if err := env.store.DeleteExposures(t.Context(), device); err != nil {
			t.Fatal(err)
		}
		set(models.Cleared)
		if got := env.classes(); got != "[accuse all_clear]" {
			t.Errorf("pushed %s; the inbox has %s", got, env.words(device))
		}
	})
}

func TestTheEndOfASignatureIsSeenInTheInboxWithoutAPush(t *testing.T) {
	onEach(t, fakefcm.Options{}, func(t *testing.T, env *testEnv) {
		device := env.metOne("met")
		fanOut, outbox := env.fanOut(nil), env.outbox(nil)
		env.start(fanOut)
		env.start(outbox)
		s := signature(models.Danger, metNumber)
		s.Ends = models.StoredTime(env.clock.now().Add(time.Hour))
		env.change(s)
		env.settled(fanOut)
		env.pushed(outbox)
		env.clock.advance(2 * time.Hour)
		fanOut.Wake()
		env.eventually("the end", func() bool { return env.words(device) == "[accuse-unknown-sent-]" })
		if got := env.classes(); got != "[accuse]" {
			t.Errorf("pushed %s", got)
		}
	})
}

func TestAnAllClearWaitsForThePushThatItTakesBack(t *testing.T) {
	env := newTestEnv(t, storetest.Open(t), fakefcm.Options{Latency: 500 * time.Millisecond})
	device := env.metOne("met")
	fanOut, outbox := env.fanOut(nil), env.outbox(func(o *notify.OutboxOptions) { o.Lease = 2 * time.Second })
	env.start(fanOut)
	env.start(outbox)
	env.change(signature(models.Danger, metNumber))
	fanOut.Wake()
	env.eventually("the push under way", func() bool { return env.fake.Stats().InFlight == 1 })
	env.change(signature(models.Cleared, metNumber))
	env.settled(fanOut)
	env.eventually("the all-clear", func() bool { outbox.Wake(); return env.classes() == "[accuse all_clear]" })
	env.eventually("both sent", func() bool { return env.words(device) == "[all_clear-cleared-sent- accuse-cleared-sent-]" })
}

func TestAPushThatFailsIsNotTriedAgainWhenTheLevelHasFallen(t *testing.T) {
	env := newTestEnv(t, storetest.Open(t), fakefcm.Options{Latency: 300 * time.Millisecond})
	env.fake.Script(fakefcm.Rule{Prefix: "token-met", Fault: fakefcm.Internal, Times: 1})
	device := env.metOne("met")
	fanOut, outbox := env.fanOut(nil), env.outbox(func(o *notify.OutboxOptions) { o.Lease = 3 * time.Second })
	env.start(fanOut)
	env.start(outbox)
	env.change(signature(models.Danger, metNumber))
	fanOut.Wake()
	env.eventually("the push under way", func() bool { return env.fake.Stats().InFlight == 1 })
	env.change(signature(models.Cleared, metNumber))
	env.settled(fanOut)
	want := "[all_clear-cleared-held-not_pushed accuse-cleared-held-not_dangerous]"
	env.eventually("both held", func() bool {
		env.clock.advance(time.Second)
		outbox.Wake()
		return env.words(device) == want
	})
	if got := env.classes(); got != "[]" {
		t.Errorf("pushed %s", got)
	}
}

// dyingStore is a store whose process dies at the n-th write of a run, before or after
// the write took effect.
type dyingStore struct {
	*storetest.Database

	at    int
	after bool

	mu    sync.Mutex
	calls int
}

var errDead = errors.New("the process is dead")

func (d *dyingStore) write(effect func() error) error {
	d.mu.Lock()
	d.calls++
	now, past := d.calls == d.at, d.calls > d.at
	d.mu.Unlock()
	if past || now && !d.after {
		return errDead
	}
	if err := effect(); err != nil || !now {
		return err
	}
	return errDead
}

func (d *dyingStore) died() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.calls >= d.at
}

func (d *dyingStore) FinishFanOutJob(ctx context.Context, l models.Lease, n int64, p models.FanOutProgress) error {
	err := d.write(func() error { return d.Database.FinishFanOutJob(ctx, l, n, p) })
	if errors.Is(err, errDead) {
		<-ctx.Done() // or it would be tried again
	}
	return err
}

func (d *dyingStore) GrowEpisodes(ctx context.Context, e []models.Exposure) error {
	return d.write(func() error { return d.Database.GrowEpisodes(ctx, e) })
}

func (d *dyingStore) MarkExempted(ctx context.Context, s string, ids []string) error {
	return d.write(func() error { return d.Database.MarkExempted(ctx, s, ids) })
}

func (d *dyingStore) PutWarnings(ctx context.Context, w []models.Warning) (n int, present []string, err error) {
	err = d.write(func() error { n, present, err = d.Database.PutWarnings(ctx, w); return err })
	return n, present, err
}

func (d *dyingStore) ChangeWarnings(ctx context.Context, c []models.WarningChange) (all bool, err error) {
	err = d.write(func() error { all, err = d.Database.ChangeWarnings(ctx, c); return err })
	return all, err
}

func (d *dyingStore) HoldWarnings(ctx context.Context, held []models.Warning, reason string) error {
	return d.write(func() error { return d.Database.HoldWarnings(ctx, held, reason) })
}

func TestACrashAtAnyStepOfAnAllClearIsRepaired(t *testing.T) {
	for at := 1; at <= 5; at++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprint(at, after), func(t *testing.T) {
				env := newTestEnv(t, storetest.Open(t), fakefcm.Options{})
				pushed := env.metOne("met")
				outbox := env.outbox(nil)
				stopOutbox := env.start(outbox)
				first := env.fanOut(nil)
				stop := env.start(first)
				env.change(signature(models.Danger, metNumber))
				env.settled(first)
				env.pushed(outbox)
				stopOutbox()
				waiting := env.metOne("late") // of this one the push is not made before the all-clear
				if err := env.store.PutFanOutJobs(t.Context(), []models.FanOutJob{{
					ID:        models.FanOutJobID(signature(models.Danger, metNumber).ID, 1),
					Signature: signature(models.Danger, metNumber).ID, Rev: 1,
				}}); err != nil {
					t.Fatal(err)
				}
				env.settled(first)
				stop()
				env.change(signature(models.Cleared, metNumber))
				dying := &dyingStore{Database: env.store, at: at, after: after}
				stop = env.start(env.fanOut(func(o *notify.FanOutOptions) {
					o.Jobs, o.Exposures, o.Inbox, o.Changes, o.Lease = dying, dying, dying, dying, 200*time.Millisecond
				}))
				env.eventually("the crash", dying.died)
				stop()
				env.clock.advance(time.Minute)
				again := env.fanOut(nil)
				env.start(again)
				env.settled(again)
				env.start(outbox)
				env.pushed(outbox)
				if got := env.words(pushed); got != "[all_clear-cleared-sent- accuse-cleared-sent-]" {
					t.Errorf("the one that was pushed to: %s", got)
				}
				if got := env.words(waiting); got != "[accuse-cleared-held-not_dangerous]" {
					t.Errorf("the one whose push waited: %s", got)
				}
				exposures, err := env.store.Exposures(t.Context(), pushed)
				if err != nil || len(exposures) != 1 || exposures[0].Episode != 1 {
					t.Errorf("exposures %+v, %v, want the second episode", exposures, err)
				}
			})
		}
	}
}

func TestTwoNodesThatClearAtOnceWriteEachAllClearOnce(t *testing.T) {
	onEach(t, fakefcm.Options{}, func(t *testing.T, env *testEnv) {
		const devices = 300
		i := models.Indicator{Kind: models.Phone, Value: metNumber}
		var met []string
		for n := range devices {
			met = append(met, env.meet(fmt.Sprint("d", n, "-"), []models.Indicator{i})[i])
		}
		first, second := env.fanOut(nil), env.fanOut(nil)
		env.start(first)
		env.start(second)
		env.change(signature(models.Danger, metNumber), signature(models.Danger, "+12025550100-+12025550199"))
		env.settled(first)
		outbox := env.outbox(nil)
		env.start(outbox)
		env.eventually("all pushed", func() bool { return total(outbox.Stats(), "sent") == devices })
		env.change(signature(models.Cleared, metNumber), signature(models.Cleared, "+12025550100-+12025550199"))
		env.settled(first)
		env.settled(second)
		env.eventually("all taken back", func() bool { return total(outbox.Stats(), "sent") == 2*devices })
		for _, d := range met {
			if got := env.words(d); got != "[all_clear-cleared-sent- accuse-cleared-sent-]" {
				t.Errorf("%s has %s", d, got)
			}
		}
		if n := total(first.Stats(), "all_clears") + total(second.Stats(), "all_clears"); n != devices {
			t.Errorf("%d all-clears, want %d", n, devices)
		}
	})
}

// meddlingStore lets something happen just before the first warnings are written.
type meddlingStore struct {
	*storetest.Database

	once   *sync.Once
	meddle func()
}

func (m meddlingStore) PutWarnings(ctx context.Context, w []models.Warning) (int, []string, error) {
	m.once.Do(m.meddle)
	return m.Database.PutWarnings(ctx, w)
}

func TestAChangeDuringARunIsSeenByTheRunOrTheNext(t *testing.T) {
	for name, change := range map[string]models.Signature{
		"an exemption":           signature(models.Imitated, metNumber),
		"of the signature":       signature(models.Cleared, "+12025550100-+12025550199"),
		"an exemption by a list": signature(models.Cleared, "+12025550140-+12025550149"),
	} {
		t.Run(name, func(t *testing.T) {
			env := newTestEnv(t, storetest.Open(t), fakefcm.Options{})
			device := env.metOne("met")
			env.change(signature(models.Danger, "+12025550100-+12025550199"))
			other := env.fanOut(nil)
			env.start(env.fanOut(func(o *notify.FanOutOptions) {
				o.Inbox = meddlingStore{env.store, &sync.Once{}, func() {
					env.change(change)
					stop := env.start(other)
					defer stop()
					env.eventually("the job of the change", func() bool {
						other.Wake()
						return other.Stats()[notify.Count{Event: "runs", Reason: "done"}] > 0
					})
				}}
			}))
			env.eventually("held", func() bool {
				all := env.inbox(device)
				return len(all) == 1 && all[0].State == models.WarningHeld && all[0].Reason == "not_dangerous"
			})
		})
	}
}
