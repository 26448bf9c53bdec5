package intake

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.org/tocsin/match"
	"example.org/tocsin/models"
	"example.org/tocsin/store"
	"example.org/tocsin/store/storetest"
)

// node is one running part of Tocsin, as far as intake goes: a desk, a
// catalogue and a follower on one index. Its clock stands still until moved.
type node struct {
	*Desk
	catalogue *Catalogue
	store     *store.Store
	clock     *clock
	wakes     *atomic.Int64
}

type clock struct{ offset atomic.Int64 }

func (c *clock) move(d time.Duration) { c.offset.Add(int64(d)) }

func newClock() (*clock, func() time.Time) {
	c, start := &clock{}, time.Now().UTC().Truncate(time.Second)
	return c, func() time.Time { return start.Add(time.Duration(c.offset.Load())) }
}

// newNode starts a node on s, with its index loaded.
func newNode(t testing.TB, s *store.Store) node {
	t.Helper()
	c, now := newClock()
	index, wakes := match.New(), &atomic.Int64{}
	wakeFanOut := func() { wakes.Add(1) }
	logger := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	follower := &Follower{History: s, Index: index, Logger: logger}
	if err := follower.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	return node{
		Desk: &Desk{
			Store:       Stores{Reports: s, Queue: s, Evidence: s, Signatures: s, Log: s, Exposures: s, FanOutJobs: s},
			Index:       index,
			Follower:    follower,
			Keyer:       models.NewKeyer([]byte("a key for tests")),
			Logger:      logger,
			Clock:       now,
			ExposureTTL: 180 * 24 * time.Hour,
			WakeFanOut:  wakeFanOut,
		},
		catalogue: &Catalogue{Signatures: s, Log: s, Index: index, Follower: follower, Clock: now, WakeFanOut: wakeFanOut},
		store:     s, clock: c, wakes: wakes,
	}
}

func freshNode(t testing.TB) node {
	t.Helper()
	return newNode(t, storetest.Open(t))
}

// weighAll weighs until nothing is due.
func (n node) weighAll(t testing.TB) {
	t.Helper()
	for {
		weighed, err := n.RunOnce(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if weighed == 0 {
			return
		}
	}
}

// file takes in a report of a phone number.
func (n node) file(t testing.TB, caller models.Caller, phone string, change ...func(*models.Draft)) models.Report {
	t.Helper()
	draft := models.Draft{
		IdempotencyKey: strings.Join([]string{phone, caller.Agent}, "/"), Body: phone,
		Indicators: []models.DraftIndicator{{Kind: models.Phone, Value: phone}},
	}
	for _, f := range change {
		f(&draft)
	}
	report, _, err := n.Report(t.Context(), caller, draft)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func paid(d *models.Draft) { d.Harm = &models.Harm{Stage: models.StagePaid} }

func (n node) create(t testing.TB, kind models.IndicatorKind, value string, level models.Level) models.Signature {
	t.Helper()
	s, _, err := n.catalogue.Create(t.Context(), analyst(), models.SignatureDraft{Kind: kind, Value: value, Level: level})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// signature returns the stored exact signature of a phone number; the zero one if there is none.
func (n node) signature(t testing.TB, kind models.IndicatorKind, value string) models.Signature {
	t.Helper()
	found, err := n.store.Signatures(t.Context(), []string{models.SignatureID(models.Exact, kind, value)})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		return models.Signature{}
	}
	return found[0]
}

// entries returns the whole verdict log, and checks that it is one chain.
func (n node) entries(t testing.TB) []models.Entry {
	t.Helper()
	all, err := n.store.Entries(t.Context(), 0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	last := models.Entry{}
	for _, e := range all {
		if !e.Follows(last) {
			t.Errorf("entry %d does not follow entry %d", e.Seq, last.Seq)
		}
		last = e
	}
	return all
}

// asked returns the signatures that there are asks for, and takes them from the queue.
func (n node) claimedJobs(t testing.TB) map[string]int64 {
	t.Helper()
	claimed, err := n.store.ClaimFanOutJobs(t.Context(), 1000, time.Minute, time.Now().Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	revs := make(map[string]int64)
	for _, c := range claimed {
		revs[c.Work.Signature] = c.Work.Rev
	}
	return revs
}

func device(name string) models.Caller { return models.Caller{Device: "dev_" + name} }

func agent(key, name string) models.Caller {
	return models.Caller{Key: "key_" + key, Name: key, Agent: name, Scopes: []models.Scope{models.ScopeReports}}
}

func analyst() models.Caller {
	return models.Caller{Key: "key_analyst", Name: "analysts", Scopes: []models.Scope{models.ScopeSignatures}}
}

// until waits for a condition that another goroutine brings about.
func until(ctx context.Context, t testing.TB, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("waited in vain: %s", what)
		}
	}
}
