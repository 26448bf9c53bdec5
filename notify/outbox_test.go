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
	"example.org/tocsin/store"
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
		{"unavailable-told", fakefcm.Rule{Fault: fakefcm.Unavailable, Times: 1, RetryAfter: after}, "sent"},
		{"internal", fakefcm.Rule{Fault: fakefcm.Internal, Times: 2}, "sent"},
		{"quota", fakefcm.Rule{Fault: fakefcm.QuotaExceeded, Times: 2, RetryAfter: after}, "sent"},
		{"quota-untold", fakefcm.Rule{Fault: fakefcm.QuotaExceeded, Times: 2}, "sent"},
		{"html", fakefcm.Rule{Fault: fakefcm.HTML, Times: 2}, "sent"},
		{"html-ok", fakefcm.Rule{Fault: fakefcm.HTMLOK, Times: 2}, "sent"},
		{"reset", fakefcm.Rule{Fault: fakefcm.Reset, Times: 2}, "sent"},
		{"reset-after-accept", fakefcm.Rule{Fault: fakefcm.ResetAfterAccepts, Times: 1}, "sent"},
		{"hang", fakefcm.Rule{Fault: fakefcm.Hang, Times: 1}, "sent"},
		{"hang-after-accept", fakefcm.Rule{Fault: fakefcm.HangAfterAccepts, Times: 1}, "sent"},
		{"mismatch-once", fakefcm.Rule{Fault: fakefcm.SenderMismatch, Times: 1}, "sent"},
		{"never", fakefcm.Rule{Fault: fakefcm.Unavailable}, "dead expired"},
		{"unregistered", fakefcm.Rule{Fault: fakefcm.Unregistered}, "gone unregistered"},
		{"invalid-target", fakefcm.Rule{Fault: fakefcm.InvalidTarget}, "gone invalid_argument"},
		{"invalid-payload", fakefcm.Rule{Fault: fakefcm.InvalidPayload}, "dead payload_invalid"},
	}
	onEach(t, fakefcm.Options{}, func(t *testing.T, w *world) {
		box := w.outbox(func(o *notify.OutboxOptions) { o.Timeout = 500 * time.Millisecond })
		w.start(box)
		first := w.device("first", nil)
		w.warning(first, nil)
		w.eventually("a payload that works", func() bool { return w.state(first.ID) == "sent" })

		var rules []fakefcm.Rule
		for _, f := range faults {
			f.rule.Prefix = "token-" + f.name + "." // no name begins another
			rules = append(rules, f.rule)
		}
		w.fake.Script(rules...)
		for _, f := range faults {
			w.warning(w.device(f.name+".", nil), func(it *models.Warning) {
				if f.name == "never" {
					it.Expires = w.clock.now().Add(5 * time.Hour)
				}
			})
		}
		ended := func() bool {
			w.clock.move(time.Minute)
			box.Wake()
			for _, f := range faults {
				if strings.HasPrefix(w.state("dev_"+f.name+"."), "due") {
					return false
				}
			}
			return true
		}
		w.eventually("all to end", ended)
		for _, f := range faults {
			if got := w.state("dev_" + f.name + "."); got != f.want {
				t.Errorf("%s: %s, want %s", f.name, got, f.want)
			}
		}
		if got := w.fake.Stats().Repeated; got != 2 {
			t.Errorf("%d pushes were accepted twice, want the 2 whose answers were lost", got)
		}
		if log := w.log.String(); strings.Contains(log, "token-") || strings.Contains(log, "4321") {
			t.Errorf("the log holds personal data: %s", log)
		}
		for name, kept := range map[string]bool{"unregistered": false, "invalid-target": false, "invalid-payload": true} {
			if d, err := w.store.Device(t.Context(), "dev_"+name+"."); err != nil || (d.Push != nil) != kept {
				t.Errorf("%s: push target %v, %v; want kept: %v", name, d.Push, err, kept)
			}
		}
	})
}

func TestTwoNodesOnOneQueuePushNothingTwice(t *testing.T) {
	onEach(t, fakefcm.Options{Latency: 2 * time.Millisecond}, func(t *testing.T, w *world) {
		const n = 500
		for i := range n {
			w.warning(w.device(fmt.Sprint(i), nil), func(it *models.Warning) {
				if i%2 == 0 {
					it.Lane = models.LaneCampaign
				}
			})
		}
		first, second := w.outbox(func(o *notify.OutboxOptions) { o.InFlight = 16 }), w.outbox(func(o *notify.OutboxOptions) { o.InFlight = 16 })
		w.start(first)
		w.start(second)
		sent := func() int64 { return total(first.Stats(), "sent") + total(second.Stats(), "sent") }
		w.eventually("all sent", func() bool { return sent() == n })
		if got := w.fake.Stats(); got.Accepted != n || got.Repeated != 0 || got.Targets != n {
			t.Errorf("FCM has %d, %d of them again, to %d targets; want %d, none, %d", got.Accepted, got.Repeated, got.Targets, n, n)
		}
		if lost := total(first.Stats(), "lost") + total(second.Stats(), "lost"); lost != 0 {
			t.Errorf("%d results were thrown away", lost)
		}
	})
}

func TestAPushHasTheTextOfItsDevicesLanguage(t *testing.T) {
	w := newWorld(t, storetest.Open(t), fakefcm.Options{})
	w.start(w.outbox(nil))
	w.warning(w.device("ana", func(d *models.Device) { d.Locale, d.Zone = "es-US", "America/New_York" }), func(it *models.Warning) {
		it.Met = time.Date(2026, 3, 3, 19, 5, 0, 0, time.UTC)
	})
	w.eventually("the push", func() bool { return len(w.fake.Accepted()) == 1 })
	got := w.fake.Accepted()[0]
	if got.Token != "token-ana" || !strings.Contains(got.Title, "Aviso de estafa") || !strings.Contains(got.Body, "el 3 de marzo a las 14:05 (termina en 4321)") {
		t.Errorf("pushed %+v", got)
	}
}

func TestWhatMayNotBePushedIsSettledWithTheReasonAndNotPushed(t *testing.T) {
	w := newWorld(t, storetest.Open(t), fakefcm.Options{})
	cases := []struct {
		name, want string
		device     func(*models.Device)
		warning    func(*models.Warning)
	}{
		{"no-consent", "held no_consent", func(d *models.Device) { d.Consents.Warnings = false }, nil},
		{"no-target", "held no_push_target", func(d *models.Device) { d.Push = nil }, nil},
		{"expired", "dead expired", nil, func(it *models.Warning) { it.Expires = time.Now().Add(time.Hour) }},
	}
	for _, c := range cases {
		w.warning(w.device(c.name, c.device), c.warning)
	}
	w.clock.move(2 * time.Hour)
	box := w.outbox(nil)
	w.start(box)
	for _, c := range cases {
		w.eventually(c.name, func() bool { return w.state("dev_"+c.name) == c.want })
	}
	if n := w.fake.Stats().Requests; n != 0 {
		t.Errorf("%d requests were made, want none", n)
	}
}

func TestWithoutASenderWarningsAreHeldAndTheLogSaysSoOnce(t *testing.T) {
	w := newWorld(t, storetest.Open(t), fakefcm.Options{})
	for i := range 3 {
		w.warning(w.device(fmt.Sprint(i), nil), nil)
	}
	w.start(w.outbox(func(o *notify.OutboxOptions) { o.Sender = nil }))
	for i := range 3 {
		w.eventually("held", func() bool { return w.state(fmt.Sprint("dev_", i)) == "held no_sender" })
	}
	if n := strings.Count(w.log.String(), "no push sender"); n != 1 {
		t.Errorf("the log says so %d times, want once", n)
	}
}

func TestATargetThatIsReplacedWhileTheOldOneIsTriedStays(t *testing.T) {
	w := newWorld(t, storetest.Open(t), fakefcm.Options{})
	w.fake.Script(fakefcm.Rule{Prefix: "token-ana", Fault: fakefcm.Unregistered, Latency: fakefcm.Duration(300 * time.Millisecond)})
	ana := w.device("ana", nil)
	w.warning(ana, nil)
	w.start(w.outbox(nil))
	w.eventually("the push under way", func() bool { return w.fake.Stats().InFlight == 1 })
	ana.Rev, ana.Push = 2, &models.Push{Kind: models.PushFID, Value: "new"}
	if err := w.store.ReplaceDevice(t.Context(), ana); err != nil {
		t.Fatal(err)
	}
	w.eventually("the warning settled", func() bool { return w.state(ana.ID) == "gone unregistered" })
	if d, err := w.store.Device(t.Context(), ana.ID); err != nil || d.Push == nil || d.Push.Value != "new" {
		t.Errorf("the push target is %v, %v", d.Push, err)
	}
}

func TestAPlatformThatDoesNotLetUsInIsStoppedAndTheOthersAreNot(t *testing.T) {
	w := newWorld(t, storetest.Open(t), fakefcm.Options{})
	w.fake.Script(fakefcm.Rule{Prefix: "token-apple", Fault: fakefcm.ThirdPartyAuth})
	const apples = 8
	for i := range apples {
		w.warning(w.device(fmt.Sprint("apple-", i), func(d *models.Device) { d.Platform = "ios" }), nil)
	}
	box := w.outbox(nil)
	w.start(box)
	w.eventually("the stop", func() bool { return total(box.Stats(), "halt") == 1 })
	w.eventually("all given back", func() bool { return total(box.Stats(), "later") == apples })
	refused := w.fake.Stats().Requests
	w.warning(w.device("robot", nil), nil)
	w.eventually("the other platform", func() bool { return w.state("dev_robot") == "sent" })
	w.clock.move(20 * time.Second) // they are due again, and the platform is still stopped
	box.Wake()
	w.eventually("none is tried while it is stopped", func() bool {
		return box.Stats()[notify.Count{What: "later", Reason: notify.ReasonHalted}] > 0
	})
	if n := w.fake.Stats().Requests; n != refused+1 {
		t.Errorf("%d requests, want %d", n, refused+1)
	}
	if n := strings.Count(w.log.String(), "level=ERROR"); n != 1 {
		t.Errorf("%d errors for the operator, want 1: %s", n, w.log)
	}
	w.fake.Script()
	for i := range apples {
		w.eventually("sent once it is repaired", func() bool {
			w.clock.move(10 * time.Second)
			box.Wake()
			return w.state(fmt.Sprint("dev_apple-", i)) == "sent"
		})
	}
}

func TestAQuotaThatIsUsedUpHoldsEverythingBackForAsLongAsFCMSays(t *testing.T) {
	w := newWorld(t, storetest.Open(t), fakefcm.Options{})
	w.fake.Script(fakefcm.Rule{Fault: fakefcm.QuotaExceeded, Times: 1, RetryAfter: fakefcm.Duration(30 * time.Second)})
	w.warning(w.device("first", nil), nil)
	box := w.outbox(nil)
	w.start(box)
	w.eventually("the refusal", func() bool { return total(box.Stats(), "slow") == 1 })
	for i := range 5 {
		w.warning(w.device(fmt.Sprint(i), nil), func(it *models.Warning) { it.Lane = []models.Lane{models.LaneUrgent, models.LaneCampaign}[i%2] })
	}
	w.clock.move(20 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range 30 { // it is woken again and again, before the time
		box.Wake()
		<-tick.C
		if n := w.fake.Stats().Requests; n != 1 {
			t.Fatalf("%d requests within the time, want 1", n)
		}
	}
	w.clock.move(15 * time.Second)
	w.eventually("all sent afterwards", func() bool {
		box.Wake()
		return total(box.Stats(), "sent") == 6
	})
}

func TestACampaignThatHangsDoesNotHoldUpAnUrgentWarning(t *testing.T) {
	w := newWorld(t, storetest.Open(t), fakefcm.Options{})
	w.fake.Script(fakefcm.Rule{Prefix: "token-campaign", Fault: fakefcm.Hang})
	for i := range 20 {
		w.warning(w.device(fmt.Sprint("campaign-", i), nil), func(it *models.Warning) { it.Lane = models.LaneCampaign })
	}
	box := w.outbox(func(o *notify.OutboxOptions) { o.InFlight, o.Timeout = 4, 3*time.Second })
	w.start(box)
	w.eventually("a campaign that hangs", func() bool { return w.fake.Stats().InFlight == 4 })
	began := time.Now()
	w.warning(w.device("urgent", nil), nil)
	box.Wake()
	w.eventually("the urgent warning", func() bool { return w.state("dev_urgent") == "sent" })
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
	w.fake.Script()
}

func TestStoppingFinishesWhatIsInFlight(t *testing.T) {
	w := newWorld(t, storetest.Open(t), fakefcm.Options{Latency: 300 * time.Millisecond})
	w.warning(w.device("ana", nil), nil)
	stop := w.start(w.outbox(nil))
	w.eventually("the push under way", func() bool { return w.fake.Stats().InFlight == 1 })
	stop()
	if got := w.state("dev_ana"); got != "sent" {
		t.Errorf("after the stop the warning is %s, want sent", got)
	}
}

func TestAnErasedDeviceIsNotPushedToAndAWarningThatNeverWorksIsGivenUp(t *testing.T) {
	w := newWorld(t, storetest.Open(t), fakefcm.Options{})
	w.fake.Script(fakefcm.Rule{Prefix: "token-ill", Fault: fakefcm.Internal})
	w.warning(w.device("ill", nil), nil)
	box := w.outbox(func(o *notify.OutboxOptions) { o.MaxTries, o.Devices = 3, absent{w.store} })
	w.warning(w.device("erased", nil), nil)
	w.start(box)
	w.eventually("the erased device", func() bool { return w.state("dev_erased") == "dead device_erased" })
	w.eventually("the last try", func() bool {
		w.clock.move(time.Minute)
		box.Wake()
		return w.state("dev_ill") == "dead too_many_tries"
	})
	if n := w.fake.Stats().Requests; n != 3 {
		t.Errorf("%d requests, want 3", n)
	}
}

// absent is a store from which one device was erased between the claim of its
// warning and the reading of its target; its warning is deleted a moment later.
type absent struct{ *store.Store }

func (a absent) Devices(ctx context.Context, ids []string) ([]models.Device, error) {
	found, err := a.Store.Devices(ctx, ids)
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
	w := newWorld(b, storetest.Node(b, storetest.Durable(b)), fakefcm.Options{Latency: 100 * time.Millisecond, Keep: 1})
	now := w.clock.now()
	var all []models.Warning
	for i := range b.N {
		if i < 1000 {
			w.device(fmt.Sprint(i), nil)
		}
		d := fmt.Sprint("dev_", i%1000)
		all = append(all, models.Warning{
			ID: models.WarningID(d, "sig", int64(i)), Device: d, Level: models.Danger, Kind: models.Phone, Tail: "4321", Channel: "call",
			Met: now, Created: now, Expires: now.Add(time.Hour), Lane: models.LaneUrgent, State: models.WarningDue, Due: now,
		})
	}
	for begin := 0; begin < len(all); begin += 1000 {
		if _, err := w.store.PutWarnings(b.Context(), all[begin:min(begin+1000, len(all))]); err != nil {
			b.Fatal(err)
		}
	}
	box := w.outbox(func(o *notify.OutboxOptions) { o.InFlight = 1000 })
	b.ResetTimer()
	stop := w.start(box)
	for total(box.Stats(), "sent") < int64(b.N) {
		<-time.After(5 * time.Millisecond)
	}
	b.StopTimer()
	stop()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "warnings/s")
}
