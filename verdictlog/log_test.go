package verdictlog_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"example.org/tocsin/models"
	"example.org/tocsin/verdictlog"
	"example.org/tocsin/work"
)

func TestALostWatchIsPolledAndBegunAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, c, r := &history{}, &cursors{}, &recorder{}
		watches, begin := make(chan func(), 1), time.Now()
		first := true
		start(t, h, c, r, func(l *verdictlog.Log, _ *verdictlog.FollowOptions) {
			l.Watch = func(ctx context.Context, grown func()) error {
				if first {
					first = false
					return errors.New("the change stream is lost")
				}
				watches <- grown
				<-ctx.Done()
				return ctx.Err()
			}
		})
		synctest.Wait()
		h.grow(1)
		pass(work.PollInterval)
		r.want(t, "by polling", 1)
		grown := <-watches
		if took := time.Since(begin); took != verdictlog.WatchInterval {
			t.Errorf("watched again after %v, want %v", took, verdictlog.WatchInterval)
		}
		synctest.Wait() // the poll of this instant is over
		h.grow(1)
		grown()
		r.want(t, "when the database says so", 1, 2)
	})
}

func TestADatabaseWithoutASignalIsPolled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, c, r, watches := &history{}, &cursors{}, &recorder{}, 0
		start(t, h, c, r, func(l *verdictlog.Log, _ *verdictlog.FollowOptions) {
			l.Watch = func(context.Context, func()) error { watches++; return nil }
		})
		h.grow(1)
		pass(3 * verdictlog.WatchInterval)
		r.want(t, "by polling", 1)
		if watches != 1 {
			t.Errorf("watched %d times, want once", watches)
		}
	})
}

func TestOneWatchWakesEveryFollower(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, watches := &history{}, make(chan func(), 10)
		l := &verdictlog.Log{Entries: h, Cursors: &cursors{}, Clock: time.Now, Logger: slog.New(slog.DiscardHandler)}
		l.Watch = func(ctx context.Context, grown func()) error {
			watches <- grown
			<-ctx.Done()
			return nil
		}
		own, shared := &recorder{}, &recorder{}
		l.Follow("own", own.apply, verdictlog.FollowOptions{Own: true})
		l.Follow("shared", shared.apply, verdictlog.FollowOptions{})
		run(t, l)
		synctest.Wait()
		h.grow(1)
		(<-watches)()
		own.want(t, "when the database says so", 1)
		shared.want(t, "when the database says so", 1)
		if len(watches) != 0 {
			t.Error("the log is watched more than once")
		}
	})
}

func TestAPanicIsTriedAgainAndEndsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		h, c, left := &history{}, &cursors{}, 9
		r := &recorder{do: func(seq int64) error {
			if seq == 2 && left > 0 {
				left--
				panic("+12025550100 is a secret")
			}
			return nil
		}}
		other := &recorder{}
		h.grow(3)
		l := &verdictlog.Log{Entries: h, Cursors: c, Clock: time.Now, Logger: slog.New(slog.NewTextHandler(&out, nil))}
		f := l.Follow("panics", r.apply, verdictlog.FollowOptions{})
		l.Follow("other", other.apply, verdictlog.FollowOptions{Own: true})
		run(t, l)
		other.want(t, "beside one that panics", 1, 2, 3)
		r.want(t, "at once", 1, 2)
		if f.Panics() != 1 || f.Position() != 1 || f.Lag() != 2 || c.position() != 1 {
			t.Errorf("%d panics, position %d, lag %d, cursor %d, want 1, 1, 2 and 1", f.Panics(), f.Position(), f.Lag(), c.position())
		}
		l.Wake() // shortens no wait
		begin := time.Now()
		for i, seconds := range []int{1, 2, 4, 8, 16, 32, 60, 60, 60} {
			pass(time.Duration(seconds)*time.Second - time.Millisecond)
			synctest.Wait()
			if f.Panics() != int64(i+1) {
				t.Errorf("%d panics after %v, want %d", f.Panics(), time.Since(begin), i+1)
			}
			pass(time.Millisecond)
			synctest.Wait()
		}
		if c.position() != 3 || f.Lag() != 0 || f.Panics() != 9 {
			t.Errorf("cursor %d, lag %d, %d panics at the end, want 3, 0 and 9", c.position(), f.Lag(), f.Panics())
		}
		for _, want := range []string{"follower=panics", "panic at", "follower_test.go"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("the log lacks %s", want)
			}
		}
		if strings.Contains(out.String(), "secret") {
			t.Error("the value of the panic is in the log")
		}
	})
}

func TestTheMetricsShowAFollowerThatStandsStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, c, r := &history{}, &cursors{}, &recorder{do: func(seq int64) error {
			if seq == 2 {
				return errors.New("it never works")
			}
			return nil
		}}
		h.grow(2)
		l, _ := start(t, h, c, r)
		r.want(t, "at once", 1, 2)
		registry, got := prometheus.NewRegistry(), map[string]float64{}
		registry.MustRegister(l)
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, family := range families {
			m := family.GetMetric()[0]
			got[family.GetName()+" "+m.GetLabel()[0].GetValue()] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
		want := map[string]float64{
			"tocsin_follower_position test": 1, "tocsin_follower_lag_entries test": 1, "tocsin_follower_panics_total test": 0,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the metrics (-want +got):\n%s", diff)
		}
	})
}

// Nobody is warned of what was erased; the index sees the whole entry, since its hash is over all of it.
func TestARedactedChangeReachesOnlyWhoAsksForIt(t *testing.T) {
	h := &history{}
	h.add(changeTo("+12025550100", 1, models.Danger), changeTo("+12025550101", 1, models.Danger))
	h.entries[0].Changes[0] = h.entries[0].Changes[0].Redact()
	h.entries[0].Redacted++
	for _, redacted := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var got []models.Change
			l := &verdictlog.Log{Entries: h, Clock: time.Now, Logger: slog.New(slog.DiscardHandler)}
			l.Follow("test", func(_ context.Context, e models.Entry) error {
				got = e.Changes
				return nil
			}, verdictlog.FollowOptions{Own: true, Redacted: redacted})
			run(t, l)
			synctest.Wait()
			if want := 1 + map[bool]int{true: 1}[redacted]; len(got) != want {
				t.Errorf("redacted changes asked for: %v; %d changes, want %d", redacted, len(got), want)
			}
		})
	}
	if len(h.entries[0].Changes) != 2 {
		t.Error("the entry itself was cut")
	}
}
