package verdictlog_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/tocsin/desktest"
	"example.org/tocsin/match"
	"example.org/tocsin/models"
	"example.org/tocsin/verdictlog"
	"example.org/tocsin/work"
)

// history is a verdict log in memory, whose reads can be held up.
type history struct {
	mu       sync.Mutex
	entries  []models.Entry
	restored models.Restored // the newest statement
	reads    atomic.Int64
	block    chan struct{} // reads wait for it to close; nil: they do not
}

func (h *history) add(changes ...models.Change) {
	h.mu.Lock()
	defer h.mu.Unlock()
	last := models.Entry{}
	if n := len(h.entries); n > 0 {
		last = h.entries[n-1]
	}
	h.entries = append(h.entries, models.NextEntry(last, time.Now(), models.Commit(changes)))
}

func (h *history) ListSignatures(context.Context, models.SignatureFilter, string, int) ([]models.Signature, error) {
	return nil, nil
}

func (h *history) Head(context.Context) (models.Entry, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.entries) == 0 {
		return models.Entry{}, nil
	}
	return h.entries[len(h.entries)-1].Head(), nil
}

func (h *history) LastRestored(context.Context) (models.Restored, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.restored, nil
}

func (h *history) Entries(_ context.Context, after int64, limit int) ([]models.Entry, error) {
	h.reads.Add(1)
	if h.block != nil {
		<-h.block
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	from, _ := slices.BinarySearchFunc(h.entries, after+1, func(e models.Entry, seq int64) int { return int(e.Seq - seq) })
	found := h.entries[from:]
	return append([]models.Entry(nil), found[:min(limit, len(found))]...), nil
}

func (h *history) follower() (*verdictlog.Log, *verdictlog.IndexFollower) {
	l := &verdictlog.Log{Entries: h, Logger: slog.New(slog.DiscardHandler), Clock: time.Now}
	return l, verdictlog.FollowIndex(l, h, match.New())
}

// changeTo returns a change of a phone number to a level.
func changeTo(phone string, rev int64, level models.Level) models.Change {
	return models.Change{
		Signature: models.SignatureID(models.Exact, models.Phone, phone), Rule: models.Exact, Kind: models.Phone, Value: phone,
		To: level, Rev: rev,
	}
}

func TestAFollowerStartsFromSignaturesAndGoesOnWithTheLog(t *testing.T) {
	n := desktest.Fresh(t)
	for i := range 3 {
		n.Create(t, models.Phone, fmt.Sprintf("+120255501%02d", i), models.Danger)
	}
	late := desktest.New(t, n.DB)
	if got := late.Index.Stats().Signatures; got != 3 || late.Follower.Position() != 3 {
		t.Fatalf("%d signatures at position %d, want 3 at 3", got, late.Follower.Position())
	}
	s := n.Create(t, models.Phone, "+12025550199", models.Confirmed)
	if err := late.Follower.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	here := n.Index.Lookup(models.Indicator{Kind: s.Kind, Value: s.Value}, n.Now())
	there := late.Index.Lookup(models.Indicator{Kind: s.Kind, Value: s.Value}, n.Now())
	if diff := cmp.Diff(here, there); diff != "" || len(here) != 1 {
		t.Errorf("%d hits; two nodes differ:\n%s", len(here), diff)
	}
	if late.Follower.Position() != 4 || late.Follower.ChainBreaks() != 0 {
		t.Errorf("position %d with %d breaks, want 4 with none", late.Follower.Position(), late.Follower.ChainBreaks())
	}
}

func TestABreakInTheLogIsCountedAndTheLogFollowedStill(t *testing.T) {
	h := &history{}
	h.add(changeTo("+12025550100", 1, models.Danger))
	h.add(changeTo("+12025550101", 1, models.Danger))
	h.add(changeTo("+12025550102", 1, models.Danger))
	h.entries[1].Changes = nil // somebody has removed something
	_, f := h.follower()
	if err := f.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if f.ChainBreaks() != 1 || f.Position() != 3 || f.Index.Stats().Signatures != 2 {
		t.Errorf("%d breaks, position %d, %d signatures, want 1, 3 and 2", f.ChainBreaks(), f.Position(), f.Index.Stats().Signatures)
	}
}

func TestAFollowerPollsAndCanBeWoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &history{}
		l, f := h.follower()
		run(t, l)
		synctest.Wait()
		h.add(changeTo("+12025550100", 1, models.Danger))
		<-time.After(work.PollInterval) // in the bubble's time
		synctest.Wait()
		if f.Position() != 1 {
			t.Errorf("position %d a second later, want 1", f.Position())
		}
		h.add(changeTo("+12025550101", 1, models.Danger))
		l.Wake()
		synctest.Wait()
		if f.Position() != 2 {
			t.Errorf("position %d when woken, want 2", f.Position())
		}
	})
}

func TestSyncsThatWaitForEachOtherShareAReading(t *testing.T) {
	h := &history{block: make(chan struct{})}
	_, f := h.follower()
	var syncing sync.WaitGroup
	var begun atomic.Int64
	call := func() {
		begun.Add(1)
		if err := f.Sync(t.Context()); err != nil {
			t.Error(err)
		}
	}
	syncing.Go(call)
	desktest.Until(t.Context(), t, "the first reads", func() bool { return h.reads.Load() == 1 })
	h.add(changeTo("+12025550100", 1, models.Danger)) // the first may have missed it
	const calls = 100
	for range calls {
		syncing.Go(call)
	}
	desktest.Until(t.Context(), t, "the others wait", func() bool { return begun.Load() == calls+1 })
	close(h.block)
	syncing.Wait()
	if got := h.reads.Load(); got < 2 || got > calls/2 || f.Position() != 1 {
		t.Errorf("%d reads to position %d, want a few to 1", got, f.Position())
	}
}
