package notify_test

import (
	"fmt"
	"testing"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/notify"
	"example.org/tocsin/notify/fcm/fakefcm"
)

// flood stores as many warnings for a device as a gang can cause with its own exposures.
func (e *testEnv) flood(d models.Device, warnings int) {
	e.t.Helper()
	for i := range warnings {
		e.warning(d, func(w *models.Warning) {
			w.Exposure = fmt.Sprint(d.ID, " ", i)
			w.ID = models.WarningID(w.Exposure, models.WarningAccuse, 0)
		})
	}
}

// honest stores n devices with a warning each, which are due behind whatever there is, and waits until they are sent:
// the clock of the outbox stands still meanwhile, so none of them may have been put off.
func (e *testEnv) honest(outbox *notify.Outbox, name string, n int) {
	e.t.Helper()
	for i := range n {
		e.warning(e.device(fmt.Sprint(name, i), nil), nil)
	}
	outbox.Wake()
	for i := range n {
		e.eventually("an honest device is warned", func() bool { return e.state(fmt.Sprint("dev_", name, i)) == "sent" })
	}
	if opened, paused := total(outbox.Stats(), "breaker_opened"), total(outbox.Stats(), "paused"); opened+paused != 0 {
		e.t.Errorf("pushes to a platform were stopped %d times, all pushes %d times", opened, paused)
	}
}

// Whoever registers targets of another project, which the service refuses, stops nobody else's warnings: not on a node
// that has pushed nothing yet, and not later, when the targets are dropped.
func TestTargetsOfAnotherProjectHoldUpNobody(t *testing.T) {
	for _, fault := range []fakefcm.Fault{fakefcm.SenderMismatch, fakefcm.NotFound} {
		onEach(t, fakefcm.Options{}, func(t *testing.T, env *testEnv) {
			env.fake.Script(fakefcm.Rule{Prefix: "token-evil-", Fault: fault})
			outbox := env.outbox(nil)
			env.start(outbox)
			for i := range 10 {
				env.flood(env.device(fmt.Sprint("evil-", i), nil), 20)
			}
			env.eventually("each was refused", func() bool { return total(outbox.Stats(), "retried") >= 200 })
			env.honest(outbox, "before", 10)
			env.clock.advance(time.Minute)
			env.honest(outbox, "after", 10)
			env.eventually("the targets are dropped", func() bool {
				for i := range 10 {
					d, err := env.store.Device(t.Context(), fmt.Sprint("dev_evil-", i))
					if err != nil {
						t.Fatal(err)
					}
					if d.Push != nil {
						return false
					}
				}
				return true
			})
		})
	}
}

// A device whose pushes are refused for their rate, as the service does it with one that gets hundreds, slows itself.
func TestOneTargetThatIsThrottledSlowsNobodyElse(t *testing.T) {
	onEach(t, fakefcm.Options{}, func(t *testing.T, env *testEnv) {
		env.fake.Script(fakefcm.Rule{Prefix: "token-evil-", Fault: fakefcm.QuotaExceeded, RetryAfter: fakefcm.Duration(time.Minute)})
		outbox := env.outbox(func(o *notify.OutboxOptions) { o.InFlight = 8 })
		env.start(outbox)
		works := func(d *models.Device) { d.Push.Proven = env.clock.now() }
		env.flood(env.device("evil-0", works), 100)
		env.flood(env.device("evil-1", works), 100)
		for i := range 10 {
			env.flood(env.device(fmt.Sprint("evil-fresh-", i), nil), 10)
		}
		env.eventually("all of it was refused or put off", func() bool { return total(outbox.Stats(), "retried") == 300 })
		if n := env.fake.Stats().Requests; n > 12*8 {
			t.Errorf("%d requests for 12 targets, want at most those under way when the first refusal came", n)
		}
		env.honest(outbox, "honest", 10)
	})
}
