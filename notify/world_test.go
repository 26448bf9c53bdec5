package notify_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"example.org/tocsin/models"
	"example.org/tocsin/notify"
	"example.org/tocsin/notify/fcm"
	"example.org/tocsin/notify/fcm/fakefcm"
	"example.org/tocsin/store"
	"example.org/tocsin/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is the present moved forward by hand.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time        { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) move(by time.Duration) { c.ahead.Add(int64(by)) }

// world is a store, an FCM-shaped server, the real sender between them, and the log that was written.
type world struct {
	t        testing.TB
	store    *store.Store
	fake     *fakefcm.Server
	sender   notify.Sender
	messages *notify.Messages
	keyer    models.Keyer
	clock    *clock
	log      *written
}

// written keeps a log to look into.
type written struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func (w *written) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

func newWorld(t testing.TB, s *store.Store, fake fakefcm.Options) *world {
	t.Helper()
	secret := make([]byte, 32)
	_, _ = rand.Read(secret)
	w := &world{t: t, store: s, fake: fakefcm.New(fake), keyer: models.NewKeyer(secret), clock: &clock{}, log: &written{}}
	serving := httptest.NewUnstartedServer(w.fake)
	serving.EnableHTTP2 = true
	serving.StartTLS()
	t.Cleanup(serving.Close)
	secure := serving.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	secure.NextProtos = nil
	sender, err := fcm.New(t.Context(), fcm.Options{Project: "trial", Endpoint: serving.URL, TLS: secure})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sender.Close() })
	w.sender = sender
	if w.messages, err = notify.NewMessages(); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) logger() *slog.Logger { return slog.New(slog.NewTextHandler(w.log, nil)) }

// outbox returns an Outbox on the world; change may alter its options.
func (w *world) outbox(change func(*notify.OutboxOptions)) *notify.Outbox {
	opt := notify.OutboxOptions{
		Warnings: w.store, Devices: w.store, Sender: w.sender, Messages: w.messages,
		Log: w.logger(), Clock: w.clock.now, Lease: time.Hour,
	}
	if change != nil {
		change(&opt)
	}
	return notify.NewOutbox(opt)
}

// spread returns a Spread on the world; change may alter its options.
func (w *world) spread(change func(*notify.SpreadOptions)) *notify.Spread {
	opt := notify.SpreadOptions{
		VerdictLog: w.store, Asks: w.store, Exposures: w.store, Signatures: w.store, Inbox: w.store,
		Keyer: w.keyer, Log: w.logger(), Clock: w.clock.now,
	}
	if change != nil {
		change(&opt)
	}
	return notify.NewSpread(opt)
}

// runner is what a test starts and stops.
type runner interface {
	Run(ctx context.Context) error
}

// start runs r until the returned function is called, or the test ends.
func (w *world) start(r runner) (stop func()) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			w.t.Errorf("Run: %v", err)
		}
	})
	w.t.Cleanup(stop)
	return stop
}

// eventually waits until ok, for ten seconds at most.
func (w *world) eventually(what string, ok func() bool) {
	w.t.Helper()
	tick, over := time.NewTicker(5*time.Millisecond), time.NewTimer(15*time.Second)
	defer tick.Stop()
	defer over.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-over.C:
			w.t.Fatalf("waited in vain: %s\nlog: %s", what, w.log)
		}
	}
}

// device stores a device whose push target is "token-" and its name.
func (w *world) device(name string, change func(*models.Device)) models.Device {
	w.t.Helper()
	d := models.Device{
		ID: "dev_" + name, Platform: "android", Locale: "en", Zone: "UTC", Rev: 1, Created: w.clock.now(),
		Push:     &models.Push{Kind: models.PushToken, Value: "token-" + name, Updated: w.clock.now()},
		Consents: models.Consents{Exposures: true, Warnings: true},
	}
	if change != nil {
		change(&d)
	}
	if err := w.store.PutDevice(w.t.Context(), d); err != nil {
		w.t.Fatal(err)
	}
	return d
}

// exposure is that a device met an indicator that one recogniser finds.
func (w *world) exposure(device, recogniser string, met time.Time) models.Exposure {
	key := w.keyer.Exposure(recogniser)
	return models.Exposure{
		ID: models.ExposureID(device, key+met.String()), Device: device, Keys: []string{key}, Kind: models.Phone, Tail: "4321",
		Channel: "call", Met: met, Recorded: w.clock.now().UTC().Truncate(time.Millisecond), Expires: w.clock.now().Add(24 * time.Hour),
	}
}

func (w *world) expose(exposures ...models.Exposure) {
	w.t.Helper()
	if err := w.store.PutExposures(w.t.Context(), exposures); err != nil {
		w.t.Fatal(err)
	}
}

// warning stores a warning that is due for a device.
func (w *world) warning(d models.Device, change func(*models.Warning)) models.Warning {
	w.t.Helper()
	now := w.clock.now()
	it := models.Warning{
		ID: models.WarningID(d.ID, "sig_x", 1), Device: d.ID, Signature: "sig_x", Rev: 1, Level: models.Danger,
		Kind: models.Phone, Tail: "4321", Channel: "call", Met: now, Created: now, Expires: now.Add(7 * 24 * time.Hour),
		Lane: models.LaneUrgent, State: models.WarningDue, Due: now,
	}
	if change != nil {
		change(&it)
	}
	if _, err := w.store.PutWarnings(w.t.Context(), []models.Warning{it}); err != nil {
		w.t.Fatal(err)
	}
	return it
}

// inbox returns the warnings of a device.
func (w *world) inbox(device string) []models.Warning {
	w.t.Helper()
	all, err := w.store.Warnings(w.t.Context(), device, "", 100)
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// state returns state and reason of a device's only warning, "sent" or "dead expired".
func (w *world) state(device string) string {
	w.t.Helper()
	all := w.inbox(device)
	if len(all) != 1 {
		w.t.Fatalf("%s has %d warnings, want 1", device, len(all))
	}
	return strings.TrimSpace(fmt.Sprint(all[0].State, " ", all[0].Reason))
}

// signature returns a signature of a number that took its level at its first revision.
func signature(level models.Level, value string) models.Signature {
	rule := models.Exact
	if strings.Contains(value, "-") {
		rule = models.Range
	}
	return models.Signature{
		ID: models.SignatureID(rule, models.Phone, value), Rule: rule, Kind: models.Phone, Value: value, Level: level,
		Category: models.CategoryImpersonation, Rev: 1, LevelRev: 1, LogRev: 1,
	}
}

// publish stores signatures and their changes from unknown.
func (w *world) publish(signatures ...models.Signature) {
	w.t.Helper()
	faults, err := w.store.InsertSignatures(w.t.Context(), signatures)
	if err != nil {
		w.t.Fatal(err)
	}
	changes := make([]models.Change, len(signatures))
	for i, s := range signatures {
		if faults[i] != nil {
			w.t.Fatal(faults[i])
		}
		changes[i] = s.Change(models.Unknown)
	}
	if _, err := w.store.Append(w.t.Context(), changes, w.clock.now()); err != nil {
		w.t.Fatal(err)
	}
}

// total adds up the counts of one kind, whatever the reason.
func total(counts map[notify.Count]int64, what string) (n int64) {
	for c, of := range counts {
		if c.What == what {
			n += of
		}
	}
	return n
}

func onEach(t *testing.T, fake fakefcm.Options, run func(t *testing.T, w *world)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, s *store.Store) { run(t, newWorld(t, s, fake)) })
}
