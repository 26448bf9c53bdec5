package verdictlog_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"example.org/tocsin/desktest"
	"example.org/tocsin/match"
	"example.org/tocsin/models"
	"example.org/tocsin/store/storetest"
	"example.org/tocsin/verdictlog"
)

// copyOf returns a copy of a database, as it is now, on an engine of its own.
func copyOf(t *testing.T, db *storetest.Database) *storetest.Database {
	t.Helper()
	to := storetest.Open(t)
	for _, name := range []string{"log", "signatures", "cursors"} {
		var all []bson.Raw
		cur, err := db.Database().Collection(name).Find(t.Context(), bson.D{})
		if err == nil {
			err = cur.All(t.Context(), &all)
		}
		if err == nil && len(all) > 0 {
			_, err = to.Database().Collection(name).InsertMany(t.Context(), all)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// signer returns the signer with the seed of 32 times that byte.
func signer(t *testing.T, b byte) *models.Signer {
	t.Helper()
	s, err := models.NewSigner(bytes.Repeat([]byte{b}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// levels returns what an index says of phone numbers, in their order.
func levels(f *verdictlog.IndexFollower, now time.Time, numbers ...string) string {
	var out []string
	for _, number := range numbers {
		level := models.Unknown
		for _, hit := range f.Index.Lookup(models.Indicator{Kind: models.Phone, Value: number}, now) {
			level = hit.Level
		}
		out = append(out, string(level))
	}
	return strings.Join(out, " ")
}

func TestARestoredLogIsRefusedUntilAnOperatorStatesIt(t *testing.T) {
	const a, b, c = "+12025550100", "+12025550101", "+12025550102"
	own, now := signer(t, 1), time.Now().Add(time.Hour)
	n := desktest.Fresh(t)
	early := n.Create(t, models.Phone, a, models.Danger)
	older := copyOf(t, n.DB)
	cleared := models.Cleared
	if _, err := n.Catalogue.Amend(t.Context(), desktest.Analyst(), early.ID, early.Rev, models.Amendment{Level: &cleared}); err != nil {
		t.Fatal(err)
	}
	n.Create(t, models.Phone, b, models.Danger)
	s := &memorySnapshots{}
	n.Follower.Snapshots = s
	if err := n.Follower.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	n.Follower.WriteSnapshot(t.Context()) // this node has seen three entries

	restart := func(snapshots *memorySnapshots) *verdictlog.IndexFollower {
		f := verdictlog.FollowIndex(&verdictlog.Log{Entries: older, Logger: slog.New(slog.DiscardHandler), Clock: n.Now}, older, match.New())
		f.Snapshots, f.Signer = snapshots, own
		if err := f.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		return f
	}
	state := func(at time.Time, from int64, by *models.Signer) models.Restored {
		entries, err := n.DB.Entries(t.Context(), from-1, 1)
		if err != nil {
			t.Fatal(err)
		}
		return models.NewRestored(entries[0], "Ada", at, by)
	}
	for _, tt := range []struct {
		name      string
		statement models.Restored
		torn      bool
		fault     string
	}{
		{name: "no statement", fault: "entry 3, which this node has seen, is not in the log, and nobody has stated"},
		{name: "and again at the next start", fault: "nobody has stated"},
		{name: "though the snapshot is torn", torn: true, fault: "nobody has stated"},
		{name: "a statement from before", statement: state(now.Add(-24*time.Hour), 1, own), fault: "nobody has stated"},
		{name: "one of another key", statement: state(now, 1, signer(t, 2)), fault: "not signed with the key"},
		{name: "an unsigned one", statement: state(now.Add(time.Second), 1, nil), fault: "not signed with the key"},
		{name: "one about an entry that is gone", statement: state(now.Add(2*time.Second), 2, own), fault: "about another log"},
		{name: "the right one", statement: state(now.Add(3*time.Second), 1, own)},
	} {
		if tt.statement.ID != 0 {
			if err := older.PutRestored(t.Context(), tt.statement); err != nil {
				t.Fatal(err)
			}
		}
		snapshots := &memorySnapshots{data: s.data}
		if tt.torn {
			snapshots.data = s.data[:len(s.data)-3]
		}
		f := restart(snapshots)
		if got := f.Fault(); !strings.Contains(got, tt.fault) || (got == "") != (tt.fault == "") {
			t.Errorf("%s: the fault is %q, want %q", tt.name, got, tt.fault)
		}
		if want := int64(min(len(tt.fault), 1)); f.ChainBreaks() != want {
			t.Errorf("%s: %d breaks are counted, want %d", tt.name, f.ChainBreaks(), want)
		}
		if got := levels(f, n.Now(), a, b); got != "danger unknown" {
			t.Errorf("%s: the index says %s, want what the restored signatures say", tt.name, got)
		}
		before := snapshots.data
		f.WriteSnapshot(t.Context())
		if written := !bytes.Equal(before, snapshots.data); written != (tt.fault == "") {
			t.Errorf("%s: a snapshot is written: %v", tt.name, written)
		}
		if tt.fault == "" {
			s = snapshots
		}
	}
	on := desktest.New(t, older)
	on.Create(t, models.Phone, c, models.Danger)
	f := restart(s)
	if got := levels(f, n.Now(), a, b, c); got != "danger unknown danger" || f.Fault() != "" || f.ChainBreaks() != 0 || f.Position() != 2 {
		t.Errorf("after the restore the index says %s at %d, fault %q", got, f.Position(), f.Fault())
	}
}

// replaced runs a node on h until its log is replaced; it returns what the head checks returned at last, nil if they went on.
func replaced(t *testing.T, h *history, replace func(*history, *verdictlog.Log)) (*verdictlog.IndexFollower, *memorySnapshots, error) {
	t.Helper()
	l, f := h.follower()
	s := &memorySnapshots{}
	f.Snapshots = s
	if err := f.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	run(t, l)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- f.RunHeadChecks(ctx) }()
	synctest.Wait()
	replace(h, l)
	select {
	case err := <-ended:
		stop()
		return f, s, err
	case <-time.After(time.Minute):
		stop()
		return f, s, <-ended
	}
}

// cut is a log whose entries from n on are lost.
func (h *history) cut(n int) (rest []models.Entry) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.entries, rest = h.entries[:n:n], h.entries[n:]
	return rest
}

func TestALogThatIsReplacedUnderANodeEndsIt(t *testing.T) {
	for name, replace := range map[string]func(*history, *verdictlog.Log){
		"a shorter log": func(h *history, _ *verdictlog.Log) { h.cut(2) },
		"one with another head": func(h *history, _ *verdictlog.Log) {
			h.cut(2)
			h.grow(1)
		},
		"one that has grown again": func(h *history, _ *verdictlog.Log) {
			h.cut(2)
			h.add(changeTo("+12025550199", 1, models.Danger)) // not what the node has seen
			h.grow(2)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := &history{}
				h.grow(3)
				f, s, err := replaced(t, h, replace)
				if err == nil || f.Fault() == "" || f.ChainBreaks() == 0 {
					t.Fatalf("the checks return %v, the fault is %q, %d breaks", err, f.Fault(), f.ChainBreaks())
				}
				f.WriteSnapshot(t.Context()) // as the node does when it ends
				_, again := h.follower()
				again.Snapshots = s
				if err := again.Load(t.Context()); err != nil {
					t.Fatal(err)
				}
				if !strings.Contains(again.Fault(), "entry 3, which this node has seen") {
					t.Errorf("after a restart the fault is %q: it is forgotten", again.Fault())
				}
			})
		})
	}
}

func TestAShortMomentOfAnOlderHeadIsNoFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &history{}
		h.grow(3)
		f, _, err := replaced(t, h, func(h *history, _ *verdictlog.Log) {
			lost := h.cut(2)
			pass(verdictlog.HeadInterval + time.Second) // one check
			h.mu.Lock()
			h.entries = append(h.entries, lost...)
			h.mu.Unlock()
		})
		if err != nil || f.Fault() != "" || f.ChainBreaks() != 0 {
			t.Errorf("the checks return %v, the fault is %q, %d breaks", err, f.Fault(), f.ChainBreaks())
		}
	})
}

// A node that has started on the restored log needs no restart: its index is that of this log.
func TestANodeThatRunsAcceptsTheStatementOfARestore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, s := &history{}, &memorySnapshots{}
		h.grow(3)
		_, before := h.follower()
		before.Snapshots = s
		if err := before.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		before.WriteSnapshot(t.Context())
		h.cut(2)
		l, f := h.follower()
		f.Snapshots = s
		if err := f.Load(t.Context()); err != nil || f.Fault() == "" {
			t.Fatalf("Load = %v, fault %q, want a fault", err, f.Fault())
		}
		run(t, l)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- f.RunHeadChecks(ctx) }()
		pass(3 * verdictlog.HeadInterval)
		if f.Fault() == "" {
			t.Error("the log is accepted without a statement")
		}
		h.grow(1)
		h.mu.Lock()
		h.restored = models.NewRestored(h.entries[1], "Ada", time.Now(), nil)
		h.mu.Unlock()
		pass(2 * verdictlog.HeadInterval)
		if f.Fault() != "" || f.Position() != 3 {
			t.Errorf("fault %q at %d, want none at 3", f.Fault(), f.Position())
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestTheHeadIsLoggedAtTheStart(t *testing.T) {
	var out bytes.Buffer
	h := &history{}
	h.grow(2)
	l := &verdictlog.Log{Entries: h, Logger: slog.New(slog.NewTextHandler(&out, nil)), Clock: time.Now}
	if err := verdictlog.FollowIndex(l, h, match.New()).Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf(`msg="verdict log read" position=2 head=%x`, h.entries[1].Hash); !strings.Contains(out.String(), want) {
		t.Errorf("the log is\n%swant %s", out.String(), want)
	}
}

// The snapshot is from before the change, and the change has no value any more: only the store knows.
func TestANodeFromAnOlderSnapshotKnowsWhatWasRedacted(t *testing.T) {
	const number = "+12025550100"
	n := desktest.Fresh(t)
	signature := n.Create(t, models.Phone, number, models.Danger)
	s := &memorySnapshots{}
	n.Follower.Snapshots = s
	if err := n.Follower.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	n.Follower.WriteSnapshot(t.Context())
	cleared := models.Cleared
	_, err := n.Catalogue.Amend(t.Context(), desktest.Analyst(), signature.ID, signature.Rev, models.Amendment{Level: &cleared})
	if err != nil {
		t.Fatal(err)
	}
	if changes, err := n.DB.Redact(t.Context(), signature.ID); err != nil || changes != 2 {
		t.Fatalf("Redact = %d, %v, want 2 changes", changes, err)
	}
	f, used := restarted(t, n, s)
	if got := levels(f, n.Now(), number); got != "cleared" || !used || f.Fault() != "" || f.Index.Stats().Signatures != 1 {
		t.Errorf("the index says %s, snapshot used %v, fault %q, %d signatures", got, used, f.Fault(), f.Index.Stats().Signatures)
	}
}
