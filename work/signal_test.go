package work

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// waited returns how long one Wait of an hour at most takes.
func waited(ctx context.Context, s *Signal) time.Duration {
	start := time.Now()
	s.Wait(ctx, time.Hour)
	return time.Since(start)
}

func TestManyWakesAreOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s Signal
		var waking sync.WaitGroup
		for range 100 {
			waking.Go(s.Wake) // none of them blocks, though nobody waits
		}
		waking.Wait()
		if got := waited(t.Context(), &s); got != 0 {
			t.Errorf("the first Wait took %v, want none: the wakes came before it", got)
		}
		if got := waited(t.Context(), &s); got != time.Hour {
			t.Errorf("the second Wait took %v, want an hour: 100 wakes are one", got)
		}
	})
}

func TestWaitEndsAtAWakeTheTimeOrTheContext(t *testing.T) {
	for name, tt := range map[string]struct {
		wakeAfter, cancelAfter time.Duration // 0: never
		want                   time.Duration
	}{
		"a wake":               {wakeAfter: time.Minute, want: time.Minute},
		"the time":             {want: time.Hour},
		"the context":          {cancelAfter: time.Second, want: time.Second},
		"a wake before it":     {wakeAfter: time.Second, cancelAfter: time.Minute, want: time.Second},
		"too late for a wake":  {wakeAfter: 2 * time.Hour, want: time.Hour},
		"too late for the ctx": {cancelAfter: 2 * time.Hour, want: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var s Signal
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if tt.wakeAfter > 0 {
					time.AfterFunc(tt.wakeAfter, s.Wake)
				}
				if tt.cancelAfter > 0 {
					time.AfterFunc(tt.cancelAfter, cancel)
				}
				if got := waited(ctx, &s); got != tt.want {
					t.Errorf("Wait took %v, want %v", got, tt.want)
				}
			})
		})
	}
}

func TestAWakeIsKeptForASelect(t *testing.T) {
	var s Signal
	s.Wake()
	select {
	case <-s.channel():
	default:
		t.Error("the channel is empty after a wake")
	}
	select {
	case <-s.channel():
		t.Error("one wake is received twice")
	default:
	}
}
