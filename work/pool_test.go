package work

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestAPoolClaimsWhenWokenAndEverySecondAndFinishesWhatItBegan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var claims, done atomic.Int64
		due := make(chan struct{}, 10)
		claim := func(_ context.Context, n int) ([]func(), error) {
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
		}
		p := Pool{Name: "test", Workers: 2, Signal: new(Signal), Logger: slog.New(slog.DiscardHandler), Claim: claim}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { p.Run(ctx); close(ended) }()
		synctest.Wait()
		if got := claims.Load(); got != 1 {
			t.Errorf("%d claims at the start, want 1", got)
		}
		for range 3 {
			due <- struct{}{}
		}
		p.Signal.Wake()
		synctest.Wait()
		if len(due) != 1 {
			t.Errorf("%d left with two workers, want 1", len(due))
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

// counted returns a pool whose claims are counted, and fail.
func counted(claims *atomic.Int64) Pool {
	claim := func(context.Context, int) ([]func(), error) {
		claims.Add(1)
		return nil, errors.New("the store is unavailable")
	}
	return Pool{Name: "test", Workers: 1, Signal: new(Signal), Logger: slog.New(slog.DiscardHandler), Claim: claim}
}

func TestAPoolPollsEverySecondAlsoAfterAFailedClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var claims atomic.Int64
		ctx, cancel := context.WithTimeout(t.Context(), 10*PollInterval+PollInterval/2)
		defer cancel()
		counted(&claims).Run(ctx)
		if got := claims.Load(); got != 11 {
			t.Errorf("%d claims in ten and a half seconds, want 11", got)
		}
	})
}

func TestAPoolClaimsNothingWhileItBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var claims atomic.Int64
		p, ready := counted(&claims), time.Now().Add(10*time.Second)
		p.BackOff = func() time.Duration { return time.Until(ready) }
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second+PollInterval/2)
		defer cancel()
		time.AfterFunc(9*time.Second, func() {
			if got := claims.Load(); got != 0 {
				t.Errorf("%d claims while it backs off, want none", got)
			}
		})
		p.Run(ctx)
		if got := claims.Load(); got != 1 {
			t.Errorf("%d claims just after that, want 1", got)
		}
	})
}
