package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"example.org/tocsin/config"
	"example.org/tocsin/models"
	"example.org/tocsin/notify"
	"example.org/tocsin/notify/fcm"
	"example.org/tocsin/store"
)

// planted panics in each worker of the program while it is armed, and does what the real part does otherwise.
type planted struct {
	*storage
	notify.Sender

	armed  atomic.Bool
	sweeps atomic.Int64
	runs   atomic.Int64 // of the fan-out
}

func (p *planted) hit() {
	if p.armed.Load() {
		panic("planted")
	}
}

// PutEvidence is in the worker that weighs.
func (p *planted) PutEvidence(ctx context.Context, evidence []models.Evidence) error {
	for _, e := range evidence {
		if e.Signature == models.SignatureID(models.Exact, models.Phone, "+12025550171") {
			p.hit()
		}
	}
	return p.storage.PutEvidence(ctx, evidence)
}

// Evidence is in a reader of its own beside it.
func (p *planted) Evidence(ctx context.Context, signature string, limit int) ([]models.Evidence, error) {
	p.hit()
	return p.storage.Evidence(ctx, signature, limit)
}

// Exposed is in the fan-out; only one of the numbers has exposures of this channel. Every other run fails later, in PutWarnings.
func (p *planted) Exposed(ctx context.Context, keys []string, since time.Time, after string, limit int) ([]models.Exposure, error) {
	found, err := p.storage.Exposed(ctx, keys, since, after, limit)
	for _, e := range found {
		if e.Channel == "sms" && p.runs.Add(1)%2 == 0 {
			p.hit()
		}
	}
	return found, err
}

// PutWarnings is in a writer of its own beside it.
func (p *planted) PutWarnings(ctx context.Context, warnings []models.Warning) (created int, present []string, err error) {
	for _, w := range warnings {
		if w.Channel == "sms" {
			p.hit()
		}
	}
	return p.storage.PutWarnings(ctx, warnings)
}

// Send is in the outbox.
func (p *planted) Send(ctx context.Context, to models.PushTarget, payload notify.Payload) notify.Result {
	p.hit()
	return p.Sender.Send(ctx, to, payload)
}

// Unlogged is in the sweep.
func (p *planted) Unlogged(ctx context.Context, before time.Time, limit int) ([]models.Signature, error) {
	p.sweeps.Add(1)
	p.hit()
	return p.storage.Unlogged(ctx, before, limit)
}

// startPlanted starts a node in this process with a panic planted in each of its workers.
func startPlanted(t *testing.T, environ map[string]string) (*program, *planted) {
	t.Helper()
	cfg, err := config.Load(environ)
	if err != nil {
		t.Fatal(err)
	}
	n := newBareNode(cfg, logger(t.Output(), cfg.LogLevel))
	if n.store, err = openStorage(t.Context(), cfg, n.log, true); err != nil {
		t.Fatal(err)
	}
	sender, err := fcm.New(t.Context(), fcm.Options{Project: cfg.FCMProject, Endpoint: cfg.FCMEndpoint})
	if err != nil {
		t.Fatal(err)
	}
	p := &planted{storage: n.store, Sender: sender}
	p.armed.Store(true)
	n.sender, n.exposures, n.inbox = p, p, p
	if err := n.wire(t.Context()); err != nil {
		t.Fatal(err)
	}
	n.desk.Store.Evidence, n.publisher.Log = p, p
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- n.run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the node ended with %v", err)
		}
	})
	return &program{client: newClient("http://"+n.listener.Addr().String(), 8, 20*time.Second), t: t, reportedAt: now()}, p
}

// hurry makes what waits for the end of a back-off due at once.
func hurry(ctx context.Context, t *testing.T, s *storage) {
	t.Helper()
	for _, name := range []string{"reports", "warnings", "asks", "fanout_jobs"} {
		_, err := s.Database().Collection(name).UpdateMany(ctx,
			bson.D{store.KV("state", bson.D{store.KV("$in", bson.A{"open", "due"})}), store.KV("owner", bson.D{store.KV("$exists", false)})},
			bson.D{store.KV("$set", bson.D{store.KV("due", time.Now().Add(-time.Minute))})})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestAPanicInAnyWorkerParksItsWorkAndTheProcessLives(t *testing.T) {
	onEachEngine(t, func(t *testing.T, environ map[string]string) {
		pushes := newPushServer(t)
		pushes.start(t)
		environ = mergeEnviron(environ, pushes.environ())
		key := createKey(t, environ, models.ScopeSignatures, models.ScopeOperate)
		p, planted := startPlanted(t, environ)

		// One of each: a warning that is to be pushed, a fan-out job, and two reports, for which evidence is written and read.
		pushed, exposed := p.device("token-pushed"), p.device("token-exposed")
		p.expose(pushed, "+12025550172")
		p.exposeBy(exposed, "+12025550173", "sms")
		p.importSignatures(key, dangerSignature("+12025550172"), dangerSignature("+12025550173"))
		p.report(pushed, "+12025550171", "writes")
		p.report(pushed, "+12025550172", "reads")
		want := map[string]int64{"reports": 2, "fanout_jobs": 1, "warnings_urgent": 1, "warnings_campaign": 0, "reviews": 0}
		eventually(t, "all of it is parked", func() bool {
			hurry(t.Context(), t, planted.storage)
			return maps.Equal(p.parked(key), want)
		})
		metrics, err := p.do(t.Context(), request{method: "GET", path: "/metrics"})
		if err != nil {
			t.Fatal(err)
		}
		for queue, n := range want {
			line := fmt.Sprintf("tocsin_queue_work{queue=%q,state=\"parked\"} %d\n", queue, n)
			eventually(t, "the gauge shows it", func() bool {
				metrics, err = p.do(t.Context(), request{method: "GET", path: "/metrics"})
				return err == nil && strings.Contains(string(metrics.body), line)
			})
		}
		if planted.sweeps.Load() == 0 || !strings.Contains(string(metrics.body), `tocsin_work_total{event="panicked",queue="sweep"}`) {
			t.Error("the sweep has not panicked, or is not counted")
		}
		if n := len(pushes.Accepted()); n != 0 {
			t.Errorf("%d pushes before the repair, want none", n)
		}

		planted.armed.Store(false)
		for queue, n := range want {
			if n > 0 {
				workRetry(t, p.server, key, queue, n)
			}
		}
		eventually(t, "what was parked is done", func() bool {
			return pushes.pushesTo("token-pushed") == 1 && pushes.pushesTo("token-exposed") == 1
		})
		for number, level := range map[string]string{"+12025550171": "watch", "+12025550172": "danger"} {
			eventually(t, "the reports are weighed", func() bool {
				got := p.must(request{method: "GET", path: "/v1/checks/phone/" + strings.Replace(number, "+", "%2B", 1), credential: pushed}, nil)
				return got["verdict"].(map[string]any)["level"] == level
			})
		}
	})
}

// exposeBy stores an exposure of a device to a number on a channel.
func (p *program) exposeBy(device, number, channel string) {
	p.t.Helper()
	p.must(request{method: "PUT", path: "/v1/devices/me/exposures", credential: device}, map[string]any{
		"exposures": []any{map[string]any{"kind": "phone", "value": number, "channel": channel, "met_at": now()}},
	})
}

// parked returns how much work is parked in each queue, by the API.
func (p *program) parked(key string) map[string]int64 {
	p.t.Helper()
	parked := map[string]int64{}
	for _, q := range p.must(request{method: "GET", path: "/v1/work", credential: key}, nil)["queues"].([]any) {
		queue := q.(map[string]any)
		parked[queue["name"].(string)] = int64(queue["parked"].(float64))
	}
	return parked
}

// workRetry runs tocsin work list, show and retry on a queue of a running server.
func workRetry(t *testing.T, server, key, queue string, n int64) {
	t.Helper()
	tocsin := func(args ...string) string {
		var out, log bytes.Buffer
		args = append([]string{"work"}, append(args, "--server", server, "--key", key)...)
		if err := run(t.Context(), args, environment{vars: map[string]string{}, out: &out, log: &log}); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, log.String())
		}
		return out.String()
	}
	list := tocsin("list", queue)
	lines := strings.Split(strings.TrimSpace(list), "\n")
	if len(lines) != 4+int(n) || !strings.Contains(lines[4], "panic") {
		t.Errorf("work list %s printed\n%s\nwant %d parked by panic", queue, list, n)
	}
	id := strings.Fields(lines[4])[1]
	if show := tocsin("show", queue, id); !strings.Contains(show, "parked") || !strings.Contains(show, "panic") {
		t.Errorf("work show printed\n%s", show)
	}
	if got := tocsin("retry", queue, "--all"); got != fmt.Sprintf("%d put back\n", n) {
		t.Errorf("work retry printed %q", got)
	}
}
