package store_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.uber.org/goleak"

	"example.org/tocsin/models"
	"example.org/tocsin/store"
	"example.org/tocsin/store/all"
	"example.org/tocsin/store/storetest"
)

func TestAStoreSaysWhatItRunsOn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		if err := s.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		if got := s.Engine(); got != "embedded" && !strings.HasPrefix(got, "mongodb ") {
			t.Errorf("the engine is %q", got)
		}
	})
}

func TestAStoreOpensAgainOnItsOwnIndexes(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, o store.Options) {
		o.Production = true
		storetest.Node(t, o)
		storetest.Node(t, o)
	})
}

func TestAnExistingDatabaseIsNotMade(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, o store.Options) {
		o.Existing = true
		for range 2 { // the refusal has made nothing either
			if _, err := all.Open(t.Context(), o); !errors.Is(err, models.NotFound) {
				t.Fatalf("Open of nothing gave %v", err)
			}
		}
		o.Existing = false
		storetest.Node(t, o)
		o.Existing = true
		storetest.Node(t, o)
	})
}

func TestAnIndexThatDiffersStopsTheStart(t *testing.T) {
	for name, differ := range map[string]mongo.IndexModel{
		"its key":   {Keys: bson.D{{Key: "witness", Value: 1}}, Options: options.Index().SetName("reporter")},
		"its order": {Keys: bson.D{{Key: "reporter", Value: -1}}, Options: options.Index().SetName("reporter")},
		"a part": {
			Keys:    bson.D{{Key: "reporter", Value: 1}},
			Options: options.Index().SetName("reporter").SetPartialFilterExpression(bson.D{{Key: "state", Value: "open"}}),
		},
		"an end": {Keys: bson.D{{Key: "reporter", Value: 1}}, Options: options.Index().SetName("reporter").SetExpireAfterSeconds(9)},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.EachDatabase(t, func(t *testing.T, o store.Options) {
				before, err := store.Open(t.Context(), o) // without the indexes of the stores
				if err != nil {
					t.Fatal(err)
				}
				if _, err := before.Database().Collection("reports").Indexes().CreateOne(t.Context(), differ); err != nil {
					t.Fatal(err)
				}
				if err := before.Close(t.Context()); err != nil {
					t.Fatal(err)
				}
				s, err := all.Open(t.Context(), o)
				if err == nil {
					_ = s.Close(t.Context())
					t.Fatal("the store opened")
				}
				if !strings.Contains(err.Error(), `"reporter"`) || !strings.Contains(err.Error(), `"reports"`) {
					t.Errorf("the error does not name the index: %v", err)
				}
			})
		})
	}
}

// blackHole accepts connections and never answers.
func blackHole(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer c.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return l.Addr().String()
}

func TestADatabaseThatDoesNotAnswerIsUnavailableInTime(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	for name, addr := range map[string]string{"a black hole": blackHole(t), "nobody there": free.Addr().String()} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			_, err := store.Open(t.Context(), store.Options{URI: "mongodb://" + addr, Timeout: 200 * time.Millisecond})
			var e *models.Error
			if !errors.As(err, &e) || e.Kind != models.Unavailable || e.RetryAfter < time.Second || e.RetryAfter > 2*time.Second {
				t.Errorf("got %v, want unavailable with a time to try again", err)
			}
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// TestADatabaseThatStopsAnsweringIsUnavailableInTime loses the server after the start.
func TestADatabaseThatStopsAnsweringIsUnavailableInTime(t *testing.T) {
	storetest.EachDatabase(t, func(t *testing.T, o store.Options) {
		ctx, hang := context.WithCancel(t.Context())
		o = hanging(o, ctx.Done())
		o.Timeout = 500 * time.Millisecond
		s, err := all.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close(t.Context()) }()
		hang()
		began := time.Now()
		if _, _, err := s.PutReport(t.Context(), storetest.Report(1)); !errors.Is(err, models.Unavailable) {
			t.Errorf("a report got %v, want unavailable", err)
		}
		if _, err := s.Report(t.Context(), "rep_1"); !errors.Is(err, models.Unavailable) {
			t.Errorf("a read got %v, want unavailable", err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// hanging makes connections that swallow everything once hang is closed.
func hanging(o store.Options, hang <-chan struct{}) store.Options {
	dial := o.Dial
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	o.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		near, far := net.Pipe()
		go relay(far, c, hang)
		go relay(c, far, hang)
		return near, nil
	}
	return o
}

func relay(to, from net.Conn, hang <-chan struct{}) {
	defer to.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		select {
		case <-hang:
			continue
		default:
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

func TestACallerWhoLeavesIsNotAnOutage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *storetest.Database) {
		ctx, leave := context.WithCancel(t.Context())
		leave()
		_, err := s.Report(ctx, "rep_1")
		if !errors.Is(err, context.Canceled) || errors.Is(err, models.Unavailable) {
			t.Errorf("got %v, want canceled alone", err)
		}
	})
}

func TestAPasswordIsNotInTheError(t *testing.T) {
	for _, uri := range []string{"mongodb://user:hunter2%@db.example", "mongodb://user:hunter2@db.example/?w=x&journal=maybe", "hunter2@x"} {
		if _, err := store.Open(t.Context(), store.Options{URI: uri}); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v", err)
		}
	}
}

func TestAClosedStoreLeavesNoGoroutine(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	t.Run("use", func(t *testing.T) {
		storetest.Each(t, func(t *testing.T, s *storetest.Database) {
			if _, _, err := s.PutReport(t.Context(), storetest.Report(1)); err != nil {
				t.Error(err)
			}
		})
	})
	goleak.VerifyNone(t, ignore)
}

// TestCloseWaitsForTheWritesOfEveryBatcher closes while two batchers write, as
// the batchers of queues do.
func TestCloseWaitsForTheWritesOfEveryBatcher(t *testing.T) {
	s, err := all.Open(t.Context(), storetest.Embedded(t))
	if err != nil {
		t.Fatal(err)
	}
	release := make(chan struct{})
	var written atomic.Int64
	var callers sync.WaitGroup
	for range 2 {
		started := make(chan struct{})
		b := store.NewBatcher(s.DB, func(_ context.Context, items []int) []error {
			close(started)
			<-release
			written.Add(1)
			return make([]error, len(items))
		})
		callers.Go(func() {
			if err := b.Do(t.Context(), 1); err != nil {
				t.Error(err)
			}
		})
		<-started
	}
	time.AfterFunc(50*time.Millisecond, func() { close(release) })
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if n := written.Load(); n != 2 {
		t.Errorf("%d writes had ended when Close returned, want 2", n)
	}
	callers.Wait()
}
