package notify

import (
	"testing"
	"time"
)

func TestTheThrottlePausesForAsLongAsItIsToldOrEverLonger(t *testing.T) {
	var th throttle
	now := time.Now()
	if until := th.pausedUntil(now); !until.IsZero() {
		t.Errorf("a new throttle is paused until %v", until)
	}
	if got := th.pause(30*time.Second, now).Sub(now); got != 30*time.Second {
		t.Errorf("Retry-After 30 s, paused for %v", got)
	}
	if got := th.pause(0, now.Add(time.Second)).Sub(now); got != 30*time.Second {
		t.Errorf("a push that was under way moved the end to %v", got)
	}
	now = now.Add(time.Minute)
	if until := th.pausedUntil(now); !until.IsZero() {
		t.Errorf("still paused until %v", until)
	}
	for _, want := range []float64{1, 2, 4, 8, 16, 32, 60, 60} {
		until := th.pause(0, now)
		if got := until.Sub(now).Seconds(); got != want {
			t.Errorf("paused for %vs, want %vs", got, want)
		}
		now = until
	}
	th.recordSuccess(now)
	if got := th.pause(0, now).Sub(now); got != time.Second {
		t.Errorf("after an acceptance paused for %v, want 1s", got)
	}
}

func TestABreakerTakesThreeRefusalsInARowAndOnlyItsPlatform(t *testing.T) {
	var b breaker
	now := time.Now()
	for i := range 10 { // one bad target among good ones trips nothing
		if _, tripped := b.recordFailure("android", now); tripped {
			t.Fatalf("tripped after %d", i)
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
		t.Errorf("tripped %d times, ios until %v, android until %v", trips, b.openUntil("ios", now), b.openUntil("android", now))
	}
	now = now.Add(time.Minute)
	if !b.openUntil("ios", now).IsZero() {
		t.Error("still open after a minute")
	}
	if until, tripped := b.recordFailure("ios", now); !tripped || until.Sub(now) != 2*time.Minute {
		t.Errorf("the first refusal afterwards: tripped %v for %v, want 2m", tripped, until.Sub(now))
	}
	b.recordSuccess("ios")
	if !b.openUntil("ios", now).IsZero() {
		t.Error("open after an acceptance")
	}
}
