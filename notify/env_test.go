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
	"example.org/tocsin/store/storetest"
	"example.org/tocsin/verdictlog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is the system's clock with an offset that a test moves forward.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time           { return time.Now().Add(time.Duration(c.offset.Load())) }
func (c *clock) advance(by time.Duration) { c.offset.Add(int64(by)) }

// testEnv is a store, an FCM-shaped server, the real sender for it, and the log that was written.
type testEnv struct {
	t        testing.TB
	store    *storetest.Database
	fake     *fakefcm.Server
	sender   notify.Sender
	messages *notify.Messages
	keyer    models.Keyer
	clock    *clock
	log      *logBuffer
}

// logBuffer keeps the log for the test to read.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// newTestEnv returns an environment on the store s; it ends with the test.
func newTestEnv(t testing.TB, s *storetest.Database, fake fakefcm.Options) *testEnv {
	t.Helper()
	secret := make([]byte, 32)
	_, _ = rand.Read(secret)
	e := &testEnv{t: t, store: s, fake: fakefcm.New(fake), keyer: models.NewKeyer(secret), clock: &clock{}, log: &logBuffer{}}
	srv := httptest.NewUnstartedServer(e.fake)
	srv.EnableHTTP2 = true
	srv.StartTLS()
	t.Cleanup(srv.Close)
	tlsConfig := srv.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	tlsConfig.NextProtos = nil
	sender, err := fcm.New(t.Context(), fcm.Options{Project: "trial", Endpoint: srv.URL, TLS: tlsConfig})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sender.Close() })
	e.sender = sender
	if e.messages, err = notify.NewMessages(); err != nil {
		t.Fatal(err)
	}
	return e
}

// logger writes into the environment's log.
func (e *testEnv) logger() *slog.Logger { return slog.New(slog.NewTextHandler(e.log, nil)) }

// outbox returns an Outbox on the environment; change may alter its options.
func (e *testEnv) outbox(change func(*notify.OutboxOptions)) *notify.Outbox {
	opt := notify.OutboxOptions{
		Warnings: e.store, Threads: e.store, Devices: e.store, Sender: e.sender, Messages: e.messages, Keyer: e.keyer,
		Log: e.logger(), Clock: e.clock.now, Lease: time.Hour,
	}
	if change != nil {
		change(&opt)
	}
	return notify.NewOutbox(opt)
}

// fanOut is a FanOut with the log that feeds it.
type fanOut struct {
	*notify.FanOut
	log *verdictlog.Log
}

// Wake wakes the followers, and with them the fan-out.
func (f fanOut) Wake() {
	f.log.Wake()
	f.FanOut.Wake()
}

// Run runs all of it until ctx ends.
func (f fanOut) Run(ctx context.Context) error {
	var running sync.WaitGroup
	for _, run := range []func(context.Context) error{f.log.Run, f.FanOut.Run} {
		running.Go(func() { _ = run(ctx) }) // it returns nil
	}
	running.Wait()
	return nil
}

// fanOut returns a FanOut on the environment; change may alter its options.
func (e *testEnv) fanOut(change func(*notify.FanOutOptions)) fanOut {
	opt := notify.FanOutOptions{
		Jobs: e.store, Exposures: e.store, Signatures: e.store, Devices: e.store, Inbox: e.store, Changes: e.store,
		Exemptions: &notify.Exemptions{Source: e.store, Keyer: e.keyer, Log: e.logger()},
		Keyer:      e.keyer, Log: e.logger(), Clock: e.clock.now,
	}
	if change != nil {
		change(&opt)
	}
	f := notify.NewFanOut(opt)
	log := &verdictlog.Log{Entries: e.store, Cursors: e.store, Clock: e.clock.now, Logger: e.logger()}
	log.Follow(notify.FanOutFollower, f.Apply(notify.FanOutFollower), verdictlog.FollowOptions{})
	log.Follow(notify.RecheckFollower, f.Apply(notify.RecheckFollower), verdictlog.FollowOptions{MinAge: notify.RecheckDelay})
	return fanOut{f, log}
}

// runner is what a test starts and stops.
type runner interface {
	Run(ctx context.Context) error
}

// start runs r until the returned function is called, or the test ends.
func (e *testEnv) start(r runner) (stop func()) {
	e.t.Helper()
	ctx, cancel := context.WithCancel(e.t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			e.t.Errorf("Run: %v", err)
		}
	})
	e.t.Cleanup(stop)
	return stop
}

// eventually waits until ok, for 15 seconds at most.
func (e *testEnv) eventually(what string, ok func() bool) {
	e.t.Helper()
	const limit = 15 * time.Second
	tick, timeout := time.NewTicker(5*time.Millisecond), time.NewTimer(limit)
	defer tick.Stop()
	defer timeout.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-timeout.C:
			e.t.Fatalf("did not happen within %v: %s\nlog: %s", limit, what, e.log)
		}
	}
}

// device stores a device whose push target is "token-" and its name.
func (e *testEnv) device(name string, change func(*models.Device)) models.Device {
	e.t.Helper()
	d := models.Device{
		ID: "dev_" + name, Platform: "android", Locale: "en", Zone: "UTC", Rev: 1, Created: e.clock.now(),
		Push:     &models.PushTarget{Kind: models.PushToken, Value: "token-" + name, Updated: e.clock.now()},
		Consents: models.Consents{Exposures: true, Warnings: true},
	}
	if change != nil {
		change(&d)
	}
	if err := e.store.PutDevice(e.t.Context(), d); err != nil {
		e.t.Fatal(err)
	}
	return d
}

// exposure returns an exposure of a device to an indicator that one recogniser finds.
func (e *testEnv) exposure(device, recogniser string, met time.Time) models.Exposure {
	key := e.keyer.ExposureKey(recogniser)
	return models.Exposure{
		ID: models.ExposureID(device, key+met.String()), Device: device, Keys: []string{key}, Kind: models.Phone, Hint: e.hint(),
		Channel: "call", Met: met, Recorded: e.clock.now().UTC().Truncate(time.Millisecond), Expires: e.clock.now().Add(24 * time.Hour),
	}
}

// hint returns the sealed hint "4321".
func (e *testEnv) hint() []byte {
	return e.keyer.SealHint(models.Indicator{Kind: models.Phone, Value: "+12025554321"})
}

// expose stores exposures.
func (e *testEnv) expose(exposures ...models.Exposure) {
	e.t.Helper()
	if err := e.store.PutExposures(e.t.Context(), exposures); err != nil {
		e.t.Fatal(err)
	}
}

// warning stores a warning that is due for a device.
func (e *testEnv) warning(d models.Device, change func(*models.Warning)) models.Warning {
	e.t.Helper()
	now := e.clock.now()
	it := models.Warning{
		ID: models.WarningID(d.ID, models.WarningAccuse, 0), Device: d.ID, Exposure: d.ID, Class: models.WarningAccuse,
		Signatures: []string{"sig_x"}, Level: models.Danger,
		Kind: models.Phone, Hint: e.hint(), Channel: "call", Met: now, Created: now,
		PushUntil: now.Add(7 * 24 * time.Hour), Expires: now.Add(7 * 24 * time.Hour),
		Lane: models.LaneUrgent, State: models.WarningDue, Due: now,
	}
	if change != nil {
		change(&it)
	}
	if _, _, err := e.store.PutWarnings(e.t.Context(), []models.Warning{it}); err != nil {
		e.t.Fatal(err)
	}
	return it
}

// inbox returns up to 100 warnings of a device.
func (e *testEnv) inbox(device string) []models.Warning {
	e.t.Helper()
	all, err := e.store.Warnings(e.t.Context(), device, "", 100)
	if err != nil {
		e.t.Fatal(err)
	}
	return all
}

// state returns state and reason of a device's only warning, such as "sent" or "dead expired".
func (e *testEnv) state(device string) string {
	e.t.Helper()
	all := e.inbox(device)
	if len(all) != 1 {
		e.t.Fatalf("%s has %d warnings, want 1", device, len(all))
	}
	return strings.TrimSpace(fmt.Sprint(all[0].State, " ", all[0].Reason))
}

// signature returns a signature of a number, or of a range "from-to", with its level since revision 1.
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

// publish stores signatures, and appends their changes from unknown to the verdict log.
func (e *testEnv) publish(signatures ...models.Signature) {
	e.t.Helper()
	faults, err := e.store.InsertSignatures(e.t.Context(), signatures)
	if err != nil {
		e.t.Fatal(err)
	}
	changes := make([]models.Change, len(signatures))
	for i, s := range signatures {
		if faults[i] != nil {
			e.t.Fatal(faults[i])
		}
		changes[i] = s.Change(models.Unknown)
	}
	if _, err := e.store.Append(e.t.Context(), changes, e.clock.now()); err != nil {
		e.t.Fatal(err)
	}
}

// total adds up the counts of one event, whatever the reason.
func total(counts map[notify.Count]int64, event string) (n int64) {
	for c, count := range counts {
		if c.Event == event {
			n += count
		}
	}
	return n
}

// onEach runs a test on every engine of package storetest, each with an environment of its own.
func onEach(t *testing.T, fake fakefcm.Options, run func(t *testing.T, e *testEnv)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, s *storetest.Database) { run(t, newTestEnv(t, s, fake)) })
}
