package verdictlog_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/store"
	"example.org/tocsin/store/storetest"
)

func change(n int) models.Change {
	return models.Change{
		Signature: fmt.Sprintf("sig_%d", n), Rule: models.Exact, Kind: models.Domain, Value: "evil.example",
		From: models.Unknown, To: models.Danger, Category: models.CategoryPhishing, Reason: "list", Rev: 1, Ends: storetest.Epoch(),
	}
}

// TestTheLogOfTwoNodesIsOneChain holds the promise of Append: no gap, no
// number twice, every entry behind the one before, whoever appends.
func TestTheLogOfTwoNodesIsOneChain(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, o store.Options) {
		const writers, each = 16, 8
		nodes := []*storetest.Database{storetest.Node(t, o), storetest.Node(t, o)}
		var mu sync.Mutex
		returned := map[int64]models.Entry{}
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					e, err := nodes[w%2].Append(t.Context(), []models.Change{change(w*each + i)}, time.Now())
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					returned[e.Seq] = e
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		entries, err := nodes[0].Entries(t.Context(), 0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		last := models.Entry{}
		for _, e := range entries {
			if !e.Follows(last) {
				t.Fatalf("entry %d does not follow %d", e.Seq, last.Seq)
			}
			if !returned[e.Seq].Follows(last) {
				t.Errorf("entry %d is not what Append returned", e.Seq)
			}
			seen[e.Changes[0].Signature] = true
			last = e
		}
		if len(entries) != writers*each || len(seen) != writers*each {
			t.Errorf("%d entries with %d changes, want %d", len(entries), len(seen), writers*each)
		}
		head, err := nodes[1].Head(t.Context())
		if err != nil || head.Seq != last.Seq || string(head.Hash) != string(last.Hash) || head.Changes != nil {
			t.Errorf("the head is %d with %d changes, %v; want %d without", head.Seq, len(head.Changes), err, last.Seq)
		}
	})
}

func TestAnEntryHoldsManyChangesButNotTooMany(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		changes := make([]models.Change, models.MaxEntryChanges+1)
		for i := range changes {
			changes[i] = change(i)
		}
		for _, wrong := range [][]models.Change{nil, changes} {
			if _, err := s.Append(t.Context(), wrong, storetest.Epoch()); err == nil {
				t.Errorf("an entry of %d changes was taken", len(wrong))
			}
		}
		if _, err := s.Append(t.Context(), changes[1:], storetest.Epoch()); err != nil {
			t.Fatal(err)
		}
		got, err := s.Entries(t.Context(), 0, 1)
		if err != nil || len(got) != 1 || len(got[0].Changes) != models.MaxEntryChanges || !got[0].Follows(models.Entry{}) {
			t.Errorf("read back %d entries, %v", len(got), err)
		}
	})
}

func TestAnEmptyLogHasTheZeroHead(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		if head, err := s.Head(t.Context()); err != nil || head.Seq != 0 || head.Hash != nil {
			t.Errorf("got %+v, %v", head, err)
		}
	})
}

func TestAnAppendThatIsGivenUpDoesNotBlockTheNext(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Append(gone, []models.Change{change(1)}, storetest.Epoch()); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want canceled", err)
		}
		if _, err := s.Append(t.Context(), []models.Change{change(1)}, storetest.Epoch()); err != nil {
			t.Error(err)
		}
	})
}

func TestACursorMovesOnlyFromWhereItStands(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		for _, step := range []struct {
			from, to int64
			want     error
			stands   int64
		}{
			{5, 6, models.Conflict, 0},
			{0, 3, nil, 3},
			{0, 4, models.Conflict, 3},
			{3, 7, nil, 7},
			{3, 8, models.Conflict, 7},
		} {
			if err := s.MoveCursor(t.Context(), "fanout", step.from, step.to); !errors.Is(err, step.want) {
				t.Errorf("move from %d to %d: got %v, want %v", step.from, step.to, err, step.want)
			}
			if at, err := s.Cursor(t.Context(), "fanout"); err != nil || at != step.stands {
				t.Errorf("after the move from %d to %d it stands at %d, %v; want %d", step.from, step.to, at, err, step.stands)
			}
		}
	})
}

// TestAWatcherIsWokenAlsoAfterALongSilence watches for longer than an operation may take.
func TestAWatcherIsWokenAlsoAfterALongSilence(t *testing.T) {
	o := storetest.MongoDB(t)
	o.Timeout = 500 * time.Millisecond
	s := storetest.Node(t, o)
	ctx, cancel := context.WithCancel(t.Context())
	woken, ended := make(chan struct{}, 100), make(chan error, 1)
	go func() { ended <- s.WatchLog(ctx, func() { woken <- struct{}{} }) }()
	<-time.After(3 * o.Timeout)
	if _, err := s.Append(t.Context(), []models.Change{change(1)}, time.Now()); err != nil {
		t.Fatal(err)
	}
	select {
	case <-woken:
	case err := <-ended:
		t.Fatalf("the watch ended with %v", err)
	case <-time.After(10 * time.Second):
		t.Fatal("the watcher was not woken")
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("the watch ended with %v", err)
	}
}

func TestWithoutChangeStreamsTheCallerPolls(t *testing.T) {
	if err := storetest.Open(t).WatchLog(t.Context(), func() {}); err != nil {
		t.Errorf("got %v", err)
	}
}
