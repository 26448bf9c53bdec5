package notify

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/work"
)

func TestTheThrottlePausesForAsLongAsItIsToldOrEverLonger(t *testing.T) {
	var th throttle
	now := time.Now()
	if until := th.pausedUntil(now); !until.IsZero() {
		t.Errorf("a new gate is closed until %v", until)
	}
	if got := th.pause(30*time.Second, now).Sub(now); got != 30*time.Second {
		t.Errorf("told 30 s, closed for %v", got)
	}
	if got := th.pause(0, now.Add(time.Second)).Sub(now); got != 30*time.Second {
		t.Errorf("a push that was under way moved the end to %v", got)
	}
	now = now.Add(time.Minute)
	if until := th.pausedUntil(now); !until.IsZero() {
		t.Errorf("still closed until %v", until)
	}
	for _, want := range []float64{1, 2, 4, 8, 16, 32, 60, 60} {
		until := th.pause(0, now)
		if got := until.Sub(now).Seconds(); got != want {
			t.Errorf("closed for %vs, want %vs", got, want)
		}
		now = until
	}
	th.recordSuccess(now)
	if got := th.pause(0, now).Sub(now); got != time.Second {
		t.Errorf("after an acceptance closed for %v, want 1s", got)
	}
}

func TestABreakerTakesThreeRefusalsInARowAndOnlyItsPlatform(t *testing.T) {
	var b breaker
	now := time.Now()
	for i := range 10 { // one bad target among good ones stops nobody
		if _, tripped := b.recordFailure("android", now); tripped {
			t.Fatalf("stopped after %d", i)
		}
		b.recordSuccess("android")
	}
	var trips int
	for range 5 {
		if _, tripped := b.recordFailure("ios", now); tripped {
			trips++
		}
	}
	if trips != 1 || b.openUntil("ios", now).Sub(now) != time.Minute || !b.openUntil("android", now).IsZero() {
		t.Errorf("%d stops, ios until %v, android until %v", trips, b.openUntil("ios", now), b.openUntil("android", now))
	}
	now = now.Add(time.Minute)
	if !b.openUntil("ios", now).IsZero() {
		t.Error("still stopped after a minute")
	}
	if until, tripped := b.recordFailure("ios", now); !tripped || until.Sub(now) != 2*time.Minute {
		t.Errorf("the first refusal afterwards: stopped %v for %v, want 2m", tripped, until.Sub(now))
	}
	b.recordSuccess("ios")
	if !b.openUntil("ios", now).IsZero() {
		t.Error("stopped after an acceptance")
	}
}

func TestAPoolClaimsWhenWokenAndEverySecondAndFinishesWhatItBegan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var claims, done atomic.Int64
		due := make(chan struct{}, 10)
		p := pool{name: "test", size: 2, signal: new(work.Signal), log: slog.New(slog.DiscardHandler), claim: func(_ context.Context, n int) ([]func(), error) {
			claims.Add(1)
			var jobs []func()
			for len(jobs) < n && len(due) > 0 {
				<-due
				jobs = append(jobs, func() {
					work := time.NewTimer(10 * time.Second)
					<-work.C
					done.Add(1)
				})
			}
			return jobs, nil
		}}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { p.run(ctx); close(ended) }()
		synctest.Wait()
		if got := claims.Load(); got != 1 {
			t.Errorf("%d claims at the start, want 1", got)
		}
		for range 3 {
			due <- struct{}{}
		}
		p.signal.Wake()
		synctest.Wait()
		if len(due) != 1 {
			t.Errorf("%d left with two hands, want 1", len(due))
		}
		tick := time.NewTimer(10*time.Second + time.Millisecond)
		<-tick.C
		synctest.Wait()
		if len(due) != 0 || done.Load() != 2 {
			t.Errorf("after ten seconds %d left, %d done; want 0 and 2", len(due), done.Load())
		}
		cancel()
		<-ended
		if done.Load() != 3 {
			t.Errorf("%d done at the end, want 3", done.Load())
		}
	})
}

func TestRetryTriesUntilDonePermanentOrOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		err := retry(t.Context(), func(context.Context) error {
			if n++; n < 5 {
				return &models.Error{Kind: models.Unavailable}
			}
			return nil
		})
		if err != nil || n != 5 {
			t.Errorf("%d tries, %v", n, err)
		}
		n = 0
		err = retry(t.Context(), func(context.Context) error { n++; return &models.Error{Kind: models.Stale} })
		if !errors.Is(err, models.Stale) || n != 1 {
			t.Errorf("a lost lease: %d tries, %v", n, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		if err := retry(ctx, func(context.Context) error { return &models.Error{Kind: models.Unavailable} }); err == nil {
			t.Error("no error when the time is over")
		}
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("took %v, want 10s", took)
		}
	})
}
