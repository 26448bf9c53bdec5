package notify_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/notify"
	"example.org/tocsin/notify/fcm/fakefcm"
	"example.org/tocsin/store/storetest"
)

func TestWhateverFCMDoesEveryWarningEndsWithAReason(t *testing.T) {
	after := fakefcm.Duration(20 * time.Second)
	faults := []struct {
		name string
		rule fakefcm.Rule
		want string // state and reason
	}{
		{"well", fakefcm.Rule{}, "sent"},
		{"unavailable", fakefcm.Rule{Fault: fakefcm.Unavailable, Times: 3}, "sent"},
		{"unavailable-retry-after", fakefcm.Rule{Fault: fakefcm.Unavailable, Times: 1, RetryAfter: after}, "sent"},
		{"internal", fakefcm.Rule{Fault: fakefcm.Internal, Times: 2}, "sent"},
		{"quota", fakefcm.Rule{Fault: fakefcm.QuotaExceeded, Times: 2, RetryAfter: after}, "sent"},
		{"quota-no-retry-after", fakefcm.Rule{Fault: fakefcm.QuotaExceeded, Times: 2}, "sent"},
		{"html", fakefcm.Rule{Fault: fakefcm.HTML, Times: 2}, "sent"},
		{"html-ok", fakefcm.Rule{Fault: fakefcm.HTMLOK, Times: 2}, "sent"},
		{"reset", fakefcm.Rule{Fault: fakefcm.Reset, Times: 2}, "sent"},
		{"reset-after-accept", fakefcm.Rule{Fault: fakefcm.ResetAfterAccepts, Times: 1}, "sent"},
		{"hang", fakefcm.Rule{Fault: fakefcm.Hang, Times: 1}, "sent"},
		{"hang-after-accept", fakefcm.Rule{Fault: fakefcm.HangAfterAccepts, Times: 1}, "sent"},
		{"mismatch", fakefcm.Rule{Fault: fakefcm.SenderMismatch}, "gone sender_id_mismatch"},
		{"unknown", fakefcm.Rule{Fault: fakefcm.NotFound}, "gone not_found"},
		{"never", fakefcm.Rule{Fault: fakefcm.Unavailable}, "dead expired"},
		{"unregistered", fakefcm.Rule{Fault: fakefcm.Unregistered}, "gone unregistered"},
		{"invalid-target", fakefcm.Rule{Fault: fakefcm.InvalidTarget}, "gone invalid_argument"},
		{"invalid-payload", fakefcm.Rule{Fault: fakefcm.InvalidPayload}, "dead payload_invalid"},
	}
	onEach(t, fakefcm.Options{}, func(t *testing.T, env *testEnv) {
		outbox := env.outbox(func(o *notify.OutboxOptions) { o.Timeout = 500 * time.Millisecond })
		env.start(outbox)
		first := env.device("first", nil)
		env.warning(first, nil)
		env.eventually("a payload that works", func() bool { return env.state(first.ID) == "sent" })

		var rules []fakefcm.Rule
		for _, f := range faults {
			f.rule.Prefix = "token-" + f.name + "." // no name begins another
			rules = append(rules, f.rule)
		}
		env.fake.Script(rules...)
		for _, f := range faults {
			env.warning(env.device(f.name+".", nil), func(it *models.Warning) {
				if f.name == "never" {
					it.PushUntil = env.clock.now().Add(5 * time.Hour)
				}
			})
		}
		ended := func() bool {
			env.clock.advance(time.Minute)
			outbox.Wake()
			for _, f := range faults {
				if strings.HasPrefix(env.state("dev_"+f.name+"."), "due") {
					return false
				}
			}
			return true
		}
		env.eventually("all to end", ended)
		for _, f := range faults {
			if got := env.state("dev_" + f.name + "."); got != f.want {
				t.Errorf("%s: %s, want %s", f.name, got, f.want)
			}
		}
		if got := env.fake.Stats().Repeated; got != 2 {
			t.Errorf("%d pushes were accepted twice, want the 2 whose answers were lost", got)
		}
		if log := env.log.String(); strings.Contains(log, "token-") || strings.Contains(log, "4321") {
			t.Errorf("the log holds personal data: %s", log)
		}
		for name, kept := range map[string]bool{"unregistered": false, "invalid-target": false, "invalid-payload": true} {
			if d, err := env.store.Device(t.Context(), "dev_"+name+"."); err != nil || (d.Push != nil) != kept {
				t.Errorf("%s: push target %v, %v; want kept: %v", name, d.Push, err, kept)
			}
		}
	})
}

func TestTwoNodesOnOneQueuePushNothingTwice(t *testing.T) {
	onEach(t, fakefcm.Options{Latency: 2 * time.Millisecond}, func(t *testing.T, env *testEnv) {
		const n = 500
		for i := range n {
			env.warning(env.device(fmt.Sprint(i), nil), func(it *models.Warning) {
				if i%2 == 0 {
					it.Lane = models.LaneCampaign
				}
			})
		}
		narrow := func(o *notify.OutboxOptions) { o.InFlight = 16 }
		first, second := env.outbox(narrow), env.outbox(narrow)
		env.start(first)
		env.start(second)
		sent := func() int64 { return total(first.Stats(), "sent") + total(second.Stats(), "sent") }
		env.eventually("all sent", func() bool { return sent() == n })
		if got := env.fake.Stats(); got.Accepted != n || got.Repeated != 0 || got.Targets != n {
			t.Errorf("FCM has %d, %d of them again, to %d targets; want %d, none, %d", got.Accepted, got.Repeated, got.Targets, n, n)
		}
		if lost := total(first.Stats(), "lost") + total(second.Stats(), "lost"); lost != 0 {
			t.Errorf("%d results were thrown away", lost)
		}
	})
}

func TestAPushHasTheTextOfItsDevicesLanguage(t *testing.T) {
	env := newTestEnv(t, storetest.Open(t), fakefcm.Options{})
	env.start(env.outbox(nil))
	env.warning(env.device("ana", func(d *models.Device) { d.Locale, d.Zone = "es-US", "America/New_York" }), func(it *models.Warning) {
		it.Met = time.Date(2026, 3, 3, 19, 5, 0, 0, time.UTC)
	})
	env.eventually("the push", func() bool { return len(env.fake.Accepted()) == 1 })
	got := env.fake.Accepted()[0]
	if got.Token != "token-ana" || !strings.Contains(got.Title, "Aviso de estafa") ||
		!strings.Contains(got.Body, "el 3 de marzo a las 14:05 (termina en 4321)") {
		t.Errorf("pushed %+v", got)
	}
}

func TestAWarningWhoseHintCannotBeOpenedGoesOutWithoutIt(t *testing.T) {
	onEach(t, fakefcm.Options{}, func(t *testing.T, env *testEnv) {
		other := models.NewKeyer([]byte("another root")).SealHint(models.Indicator{Kind: models.Domain, Value: "evil.example"})
		for name, hint := range map[string][]byte{"none": nil, "other": other, "broken": []byte("4321")} {
			env.warning(env.device(name, nil), func(w *models.Warning) { w.Hint = hint })
		}
		outbox := env.outbox(nil)
		stop := env.start(outbox)
		env.eventually("three pushes", func() bool { return total(outbox.Stats(), "sent") == 3 })
		stop()
		for _, push := range env.fake.Accepted() {
			if strings.Contains(push.Body, "(") || strings.Contains(push.Body, "4321") || !strings.Contains(push.Body, "You had a call") {
				t.Errorf("the text is %q", push.Body)
			}
		}
		if n := total(outbox.Stats(), "unhinted"); n != 3 {
			t.Errorf("%d are counted, want 3", n)
		}
		if n := strings.Count(env.log.String(), "hint"); n == 0 || strings.Count(env.log.String(), "level=ERROR") != 1 {
			t.Errorf("the log is %s", env.log)
		}
	})
}

func TestWhatMayNotBePushedEndsWithTheReasonAndIsNotPushed(t *testing.T) {
	env := newTestEnv(t, storetest.Open(t), fakefcm.Options{})
	cases := []struct {
		name, want string
		device     func(*models.Device)
		warning    func(*models.Warning)
	}{
		{"no-consent", "held no_consent", func(d *models.Device) { d.Consents.Warnings = false }, nil},
		{"no-target", "held no_push_target", func(d *models.Device) { d.Push = nil }, nil},
		{"expired", "dead expired", nil, func(it *models.Warning) { it.PushUntil = time.Now().Add(time.Hour) }},
	}
	for _, c := range cases {
		env.warning(env.device(c.name, c.device), c.warning)
	}
	env.clock.advance(2 * time.Hour)
	outbox := env.outbox(nil)
	env.start(outbox)
	for _, c := range cases {
		env.eventually(c.name, func() bool { return env.state("dev_"+c.name) == c.want })
	}
	if n := env.fake.Stats().Requests; n != 0 {
		t.Errorf("%d requests were made, want none", n)
	}
}

func TestWithoutASenderWarningsAreHeldAndTheLogSaysSoOnce(t *testing.T) {
	env := newTestEnv(t, storetest.Open(t), fakefcm.Options{})
	for i := range 3 {
		env.warning(env.device(fmt.Sprint(i), nil), nil)
	}
	env.start(env.outbox(func(o *notify.OutboxOptions) { o.Sender = nil }))
	for i := range 3 {
		env.eventually("held", func() bool { return env.state(fmt.Sprint("dev_", i)) == "held no_sender" })
	}
	if n := strings.Count(env.log.String(), "no push sender"); n != 1 {
		t.Errorf("the log says so %d times, want once", n)
	}
}

func TestATargetThatIsReplacedWhileTheOldOneIsTriedStays(t *testing.T) {
	env := newTestEnv(t, storetest.Open(t), fakefcm.Options{})
	env.fake.Script(fakefcm.Rule{Prefix: "token-ana", Fault: fakefcm.Unregistered, Latency: fakefcm.Duration(300 * time.Millisecond)})
	ana := env.device("ana", nil)
	env.warning(ana, nil)
	env.start(env.outbox(nil))
	env.eventually("the push under way", func() bool { return env.fake.Stats().InFlight == 1 })
	ana.Rev, ana.Push = 2, &models.PushTarget{Kind: models.PushFID, Value: "new"}
	if err := env.store.ReplaceDevice(t.Context(), ana); err != nil {
		t.Fatal(err)
	}
	env.eventually("the end of the warning", func() bool { return env.state(ana.ID) == "gone unregistered" })
	if d, err := env.store.Device(t.Context(), ana.ID); err != nil || d.Push == nil || d.Push.Value != "new" {
		t.Errorf("the push target is %v, %v", d.Push, err)
	}
}

func TestAPlatformThatRefusesOurCredentialsIsStoppedAndTheOthersAreNot(t *testing.T) {
	env := newTestEnv(t, storetest.Open(t), fakefcm.Options{})
	env.fake.Script(fakefcm.Rule{Prefix: "token-apple", Fault: fakefcm.ThirdPartyAuth})
	const apples = 8
	for i := range apples {
		env.warning(env.device(fmt.Sprint("apple-", i), func(d *models.Device) { d.Platform = "ios" }), nil)
	}
	outbox := env.outbox(nil)
	env.start(outbox)
	env.eventually("the open breaker", func() bool { return total(outbox.Stats(), "breaker_opened") == 1 })
	env.eventually("all rescheduled", func() bool { return total(outbox.Stats(), "retried") == apples })
	refused := env.fake.Stats().Requests
	env.warning(env.device("robot", nil), nil)
	env.eventually("the other platform", func() bool { return env.state("dev_robot") == "sent" })
	env.clock.advance(20 * time.Second) // they are due again, and the platform is still stopped
	outbox.Wake()
	env.eventually("none is tried while it is stopped", func() bool {
		return outbox.Stats()[notify.Count{Event: "retried", Reason: notify.ReasonBreakerOpen}] > 0
	})
	if n := env.fake.Stats().Requests; n != refused+1 {
		t.Errorf("%d requests, want %d", n, refused+1)
	}
	if n := strings.Count(env.log.String(), "level=ERROR"); n != 1 {
		t.Errorf("%d errors for the operator, want 1: %s", n, env.log)
	}
	env.fake.Script()
	for i := range apples {
		env.eventually("sent once it is repaired", func() bool {
			env.clock.advance(10 * time.Second)
			outbox.Wake()
			return env.state(fmt.Sprint("dev_apple-", i)) == "sent"
		})
	}
}

func TestAQuotaThatIsUsedUpHoldsEverythingBackForAsLongAsFCMSays(t *testing.T) {
	env := newTestEnv(t, storetest.Open(t), fakefcm.Options{})
	const several = 3
	env.fake.Script(fakefcm.Rule{Fault: fakefcm.QuotaExceeded, Times: several, RetryAfter: fakefcm.Duration(30 * time.Second)})
	for i := range several {
		env.warning(env.device(fmt.Sprint("first-", i), func(d *models.Device) { d.Push.Proven = env.clock.now() }), nil)
	}
	outbox := env.outbox(nil)
	env.start(outbox)
	env.eventually("the refusals", func() bool { return total(outbox.Stats(), "throttled") == several })
	for i := range 5 {
		env.warning(env.device(fmt.Sprint(i), nil), func(it *models.Warning) {
			it.Lane = []models.Lane{models.LaneUrgent, models.LaneCampaign}[i%2]
		})
	}
	env.clock.advance(20 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range 30 { // it is woken again and again, before the time
		outbox.Wake()
		<-tick.C
		if n := env.fake.Stats().Requests; n != several {
			t.Fatalf("%d requests within the time, want %d", n, several)
		}
	}
	env.clock.advance(15 * time.Second)
	env.eventually("all sent afterwards", func() bool {
		outbox.Wake()
		return total(outbox.Stats(), "sent") == 5+several
	})
}

func TestACampaignThatHangsDoesNotHoldUpAnUrgentWarning(t *testing.T) {
	env := newTestEnv(t, storetest.Open(t), fakefcm.Options{})
	env.fake.Script(fakefcm.Rule{Prefix: "token-campaign", Fault: fakefcm.Hang})
	for i := range 20 {
		env.warning(env.device(fmt.Sprint("campaign-", i), nil), func(it *models.Warning) { it.Lane = models.LaneCampaign })
	}
	outbox := env.outbox(func(o *notify.OutboxOptions) { o.InFlight, o.Timeout = 4, 3*time.Second })
	env.start(outbox)
	env.eventually("a campaign that hangs", func() bool { return env.fake.Stats().InFlight == 4 })
	start := time.Now()
	env.warning(env.device("urgent", nil), nil)
	outbox.Wake()
	env.eventually("the urgent warning", func() bool { return env.state("dev_urgent") == "sent" })
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
	env.fake.Script()
}

func TestStoppingFinishesWhatIsInFlight(t *testing.T) {
	env := newTestEnv(t, storetest.Open(t), fakefcm.Options{Latency: 300 * time.Millisecond})
	env.warning(env.device("ana", nil), nil)
	stop := env.start(env.outbox(nil))
	env.eventually("the push under way", func() bool { return env.fake.Stats().InFlight == 1 })
	stop()
	if got := env.state("dev_ana"); got != "sent" {
		t.Errorf("after the stop the warning is %s, want sent", got)
	}
}

func TestAnErasedDeviceIsNotPushedToAndAWarningThatNeverWorksIsGivenUp(t *testing.T) {
	env := newTestEnv(t, storetest.Open(t), fakefcm.Options{})
	env.fake.Script(fakefcm.Rule{Prefix: "token-ill", Fault: fakefcm.Internal})
	env.warning(env.device("ill", nil), nil)
	outbox := env.outbox(func(o *notify.OutboxOptions) { o.MaxTries, o.Devices = 3, erasingStore{env.store} })
	env.warning(env.device("erased", nil), nil)
	env.start(outbox)
	env.eventually("the erased device", func() bool { return env.state("dev_erased") == "dead device_erased" })
	env.eventually("the last try", func() bool {
		env.clock.advance(time.Minute)
		outbox.Wake()
		return env.state("dev_ill") == "dead too_many_tries"
	})
	if n := env.fake.Stats().Requests; n != 3 {
		t.Errorf("%d requests, want 3", n)
	}
}

// erasingStore is a store from which one device is erased between the claim of
// its warning and the reading of its target.
type erasingStore struct{ *storetest.Database }

func (a erasingStore) Devices(ctx context.Context, ids []string) ([]models.Device, error) {
	found, err := a.Database.Devices(ctx, ids)
	kept := found[:0]
	for _, d := range found {
		if d.ID != "dev_erased" {
			kept = append(kept, d)
		}
	}
	return kept, err
}

// BenchmarkOutbox measures warnings a second from the queue to FCM and back
// into the store, with an FCM that takes 100 ms.
func BenchmarkOutbox(b *testing.B) {
	env := newTestEnv(b, storetest.Node(b, storetest.Durable(b)), fakefcm.Options{Latency: 100 * time.Millisecond, Keep: 1})
	now := env.clock.now()
	var all []models.Warning
	for i := range b.N {
		if i < 1000 {
			env.device(fmt.Sprint(i), nil)
		}
		d := fmt.Sprint("dev_", i%1000)
		all = append(all, models.Warning{
			ID: models.WarningID(d, models.WarningAccuse, int64(i)), Device: d, Class: models.WarningAccuse, Level: models.Danger,
			Kind: models.Phone, Hint: env.hint(), Channel: "call",
			Met: now, Created: now, PushUntil: now.Add(time.Hour), Expires: now.Add(time.Hour),
			Lane: models.LaneUrgent, State: models.WarningDue, Due: now,
		})
	}
	for start := 0; start < len(all); start += 1000 {
		if _, _, err := env.store.PutWarnings(b.Context(), all[start:min(start+1000, len(all))]); err != nil {
			b.Fatal(err)
		}
	}
	outbox := env.outbox(func(o *notify.OutboxOptions) { o.InFlight = 1000 })
	b.ResetTimer()
	stop := env.start(outbox)
	for total(outbox.Stats(), "sent") < int64(b.N) {
		<-time.After(5 * time.Millisecond)
	}
	b.StopTimer()
	stop()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "warnings/s")
}
