package work

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.org/tocsin/models"
)

func TestAPoolClaimsWhenWokenAndEverySecondAndFinishesWhatItBegan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var claims, done atomic.Int64
		due := make(chan struct{}, 10)
		p := Pool{Name: "test", Workers: 2, Signal: new(Signal), Logger: slog.New(slog.DiscardHandler), Claim: func(_ context.Context, n int) ([]func(), error) {
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
		err := Retry(t.Context(), func(context.Context) error {
			if n++; n < 5 {
				return &models.Error{Kind: models.Unavailable}
			}
			return nil
		})
		if err != nil || n != 5 {
			t.Errorf("%d tries, %v", n, err)
		}
		n = 0
		err = Retry(t.Context(), func(context.Context) error { n++; return &models.Error{Kind: models.Stale} })
		if !errors.Is(err, models.Stale) || n != 1 {
			t.Errorf("a lost lease: %d tries, %v", n, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		if err := Retry(ctx, func(context.Context) error { return &models.Error{Kind: models.Unavailable} }); err == nil {
			t.Error("no error when the time is over")
		}
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("took %v, want 10s", took)
		}
	})
}
