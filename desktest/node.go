// Package desktest starts the desks of one node for a test: intake, the catalogue,
// and the publisher and the index follower of the verdict log, on a database that
// the test gives. Several nodes on one database are as many processes; Crashing makes
// one of them die at a chosen write.
package desktest

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.org/tocsin/catalogue"
	"example.org/tocsin/intake"
	"example.org/tocsin/match"
	"example.org/tocsin/models"
	"example.org/tocsin/store/storetest"
	"example.org/tocsin/verdictlog"
)

// Node is the desks of one node, on one index. Nothing runs by itself: a test calls
// Run of what it needs, or WeighAll. The clock stands still until Advance, so that a
// test decides what is due.
type Node struct {
	*intake.Desk
	Catalogue *catalogue.Catalogue
	Publisher *verdictlog.Publisher
	Log       *verdictlog.Log // its one follower is Follower
	Follower  *verdictlog.IndexFollower
	DB        *storetest.Database
	Wakes     *atomic.Int64 // how often the fan-out was woken

	offset *atomic.Int64
}

// Advance moves the node's clock.
func (n Node) Advance(d time.Duration) { n.offset.Add(int64(d)) }

// Now is the node's time, as the database keeps it.
func (n Node) Now() time.Time { return n.Clock() }

// New starts a node on db, with its index loaded.
func New(t testing.TB, db *storetest.Database) Node {
	t.Helper()
	start, offset := time.Now().UTC().Truncate(time.Second), &atomic.Int64{}
	now := func() time.Time { return start.Add(time.Duration(offset.Load())) }
	index, wakes := match.New(), &atomic.Int64{}
	wakeFanOut := func() { wakes.Add(1) }
	logger := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	log := &verdictlog.Log{Entries: db, Cursors: db, Watch: db.WatchLog, Logger: logger, Clock: now}
	follower := verdictlog.FollowIndex(log, db, index)
	if err := follower.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	publisher := &verdictlog.Publisher{
		Signatures: db, Log: db, Index: index, Logger: logger, Clock: now,
		Published: func() { log.Wake(); wakeFanOut() },
	}
	return Node{
		Desk: &intake.Desk{
			Store:       intake.Stores{Reports: db, Queue: db, Evidence: db, Signatures: db, Exposures: db, FanOutJobs: db, Reviews: db},
			Publisher:   publisher,
			Index:       index,
			Follower:    follower,
			Keyer:       models.NewKeyer([]byte("a key for tests")),
			Logger:      logger,
			Clock:       now,
			ExposureTTL: 180 * 24 * time.Hour,
			WakeFanOut:  wakeFanOut,
		},
		Catalogue: &catalogue.Catalogue{Signatures: db, Reviews: db, Publisher: publisher, Index: index, Clock: now},
		Publisher: publisher, Log: log, Follower: follower, DB: db, Wakes: wakes, offset: offset,
	}
}

// Fresh starts a node on a fresh database of the embedded engine.
func Fresh(t testing.TB) Node {
	t.Helper()
	return New(t, storetest.Open(t))
}

// WeighAll weighs until nothing is due.
func (n Node) WeighAll(t testing.TB) {
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

// File takes in a report of a phone number; the changes are applied to its draft.
func (n Node) File(t testing.TB, caller models.Caller, phone string, change ...func(*models.Draft)) models.Report {
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

// Paid makes a draft the report of somebody who paid.
func Paid(d *models.Draft) { d.Harm = &models.Harm{Stage: models.StagePaid} }

// Create creates an exact signature as an analyst does.
func (n Node) Create(t testing.TB, kind models.IndicatorKind, value string, level models.Level) models.Signature {
	t.Helper()
	s, _, err := n.Catalogue.Create(t.Context(), Analyst(), models.SignatureDraft{Kind: kind, Value: value, Level: level})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// StoredSignature returns the stored exact signature of an indicator; the zero one if
// there is none.
func (n Node) StoredSignature(t testing.TB, kind models.IndicatorKind, value string) models.Signature {
	t.Helper()
	found, err := n.DB.Signatures(t.Context(), []string{models.SignatureID(models.Exact, kind, value)})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		return models.Signature{}
	}
	return found[0]
}

// Entries returns the whole verdict log, and checks that each entry follows the one
// before it.
func (n Node) Entries(t testing.TB) []models.Entry {
	t.Helper()
	all, err := n.DB.Entries(t.Context(), 0, 10_000)
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

// ClaimedJobs claims every fan-out job, and returns their revisions by signature.
func (n Node) ClaimedJobs(t testing.TB) map[string]int64 {
	t.Helper()
	claimed, err := n.DB.ClaimFanOutJobs(t.Context(), 1000, time.Minute, time.Now().Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	revs := make(map[string]int64)
	for _, c := range claimed {
		revs[c.Work.Signature] = c.Work.Rev
	}
	return revs
}

// Device is a caller with the app.
func Device(name string) models.Caller { return models.Caller{Device: "dev_" + name} }

// Agent is a call-centre agent.
func Agent(key, name string) models.Caller {
	return models.Caller{Key: "key_" + key, Name: key, Agent: name, Scopes: []models.Scope{models.ScopeReports}}
}

// Analyst is an operator who may write signatures.
func Analyst() models.Caller {
	return models.Caller{Key: "key_analyst", Name: "analysts", Scopes: []models.Scope{models.ScopeSignatures}}
}

// Until waits for a condition that another goroutine brings about, for 20 seconds at
// most.
func Until(ctx context.Context, t testing.TB, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("not within 20 seconds: %s", what)
		}
	}
}
