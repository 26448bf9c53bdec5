package notify_test

import (
	"fmt"
	"testing"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/notify"
	"example.org/tocsin/notify/fcm/fakefcm"
	"example.org/tocsin/risk"
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

// A device with hundreds of exposures, whose owner reports what it has met, is pushed to a few times a day; the rest is in
// its inbox. What it meets of another kind still breaks through, and others are warned as ever.
func TestADeviceIsPushedToWithinItsBudget(t *testing.T) {
	onEach(t, fakefcm.Options{}, func(t *testing.T, env *testEnv) {
		const numbers = 100
		evil, honest := env.device("evil", nil), env.device("honest", nil)
		var dangerous []models.Signature
		for i := range numbers {
			number := fmt.Sprintf("+120255502%02d", i)
			env.expose(env.exposure(evil.ID, models.Recogniser(models.Exact, models.Phone, number), env.clock.now()))
			dangerous = append(dangerous, signature(models.Danger, number))
		}
		env.expose(env.exposure(honest.ID, models.Recogniser(models.Exact, models.Phone, dangerous[numbers-1].Value), env.clock.now()))
		f := env.fanOut(nil)
		env.start(f)
		env.publish(dangerous...)
		f.Wake()
		env.eventually("all warned", func() bool { return total(f.Stats(), "warnings") == numbers+1 })
		states := map[string]int{}
		for _, w := range env.inbox(evil.ID) {
			states[fmt.Sprint(w.State, " ", w.Reason)]++
		}
		const workers = 4 // runs that read at the same time what was pushed
		due, held := states["due "], states["held "+risk.ReasonBudget]
		if due < risk.BudgetPushes || due >= risk.BudgetPushes+workers || held != numbers-due {
			t.Errorf("the inbox holds %v, want %d to be pushed and the rest held", states, risk.BudgetPushes)
		}
		if got := env.state(honest.ID); got != "due" {
			t.Errorf("the honest device's warning is %s", got)
		}

		account := models.Signature{
			ID: models.SignatureID(models.Exact, models.Wallet, "made-up"), Rule: models.Exact, Kind: models.Wallet, Value: "made-up",
			Level: models.Danger, Category: models.CategoryInvestment, Rev: 1, LevelRev: 1, LogRev: 1,
		}
		met := env.exposure(evil.ID, models.Recogniser(models.Exact, models.Wallet, "made-up"), env.clock.now())
		met.Kind = models.Wallet
		env.expose(met)
		env.publish(account)
		f.Wake()
		env.eventually("warned of it too", func() bool { return total(f.Stats(), "warnings") == numbers+2 })
		for _, w := range env.inbox(evil.ID) {
			if w.Kind == models.Wallet && w.State != models.WarningDue {
				t.Errorf("the first warning of another kind is %s %s", w.State, w.Reason)
			}
		}
	})
}
