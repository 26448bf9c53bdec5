package notify

import (
	"fmt"
	"testing"
	"time"
)

func TestATargetIsSlowedForAsLongAsTheServiceSaysOrEverLonger(t *testing.T) {
	var th throttle
	now := time.Now()
	if until := th.slowedUntil("a", now); !until.IsZero() {
		t.Errorf("a new throttle slows until %v", until)
	}
	if until, _ := th.refuse("a", true, 30*time.Second, now); until.Sub(now) != 30*time.Second {
		t.Errorf("Retry-After 30 s, slowed for %v", until.Sub(now))
	}
	if until, _ := th.refuse("a", true, 0, now.Add(time.Second)); until.Sub(now) != 30*time.Second {
		t.Errorf("a push that was under way moved the end to %v", until.Sub(now))
	}
	now = now.Add(time.Minute)
	if until := th.slowedUntil("a", now); !until.IsZero() {
		t.Errorf("still slowed until %v", until)
	}
	for _, want := range []float64{1, 2, 4, 8, 16, 32, 60, 60} {
		until, all := th.refuse("a", true, 0, now)
		if got := until.Sub(now).Seconds(); got != want || all {
			t.Errorf("slowed for %vs, want %vs; all: %v", got, want, all)
		}
		now = until
	}
	if !th.pausedUntil(now).IsZero() || !th.slowedUntil("b", now).IsZero() {
		t.Error("others are slowed too")
	}
	th.accept("a", now)
	if until, _ := th.refuse("a", true, 0, now); until.Sub(now) != time.Second {
		t.Errorf("after an acceptance slowed for %v, want 1s", until.Sub(now))
	}
}

func TestAllPushesPauseWhenSeveralTargetsThatWorkAreRefused(t *testing.T) {
	var th throttle
	now := time.Now()
	for i := range 1000 { // however often, and however many that have never worked
		if _, all := th.refuse(fmt.Sprint("fresh", i), false, time.Minute, now); all {
			t.Fatal("fresh targets pause all")
		}
		if _, all := th.refuse("known", true, time.Minute, now); all {
			t.Fatal("one target pauses all")
		}
	}
	th.accept("other", now)
	th.refuse("known 2", true, time.Minute, now)
	if _, all := th.refuse("known 3", true, time.Minute, now); all {
		t.Error("two targets since the last acceptance pause all")
	}
	if _, all := th.refuse("known 4", true, 20*time.Second, now); !all || th.pausedUntil(now).Sub(now) != 20*time.Second {
		t.Errorf("three targets: paused %v for %v, want 20s", all, th.pausedUntil(now).Sub(now))
	}
	if _, all := th.refuse("known 5", true, 0, now); all {
		t.Error("the pause begins twice")
	}
}

func TestTheThrottleKeepsNoMoreTargetsThanItsBound(t *testing.T) {
	var th throttle
	now := time.Now()
	for i := range maxTargets + 100 {
		th.refuse(fmt.Sprint(i), false, time.Minute+time.Duration(i)*time.Millisecond, now)
	}
	if n := len(th.targets); n > maxTargets {
		t.Errorf("%d targets kept", n)
	}
	if th.slowedUntil(fmt.Sprint(maxTargets+99), now).IsZero() {
		t.Error("the last one is not slowed")
	}
}

func TestABreakerTakesSeveralTargetsInARowAndOnlyTheirPlatform(t *testing.T) {
	var b breaker
	now := time.Now()
	for i := range 100 { // one target, tried often; and several with acceptances between them
		if _, tripped := b.refuse("android", "one", true, now); tripped {
			t.Fatalf("tripped by one target after %d", i)
		}
	}
	for i := range 10 {
		if _, tripped := b.refuse("android", fmt.Sprint(i), true, now); tripped {
			t.Fatalf("tripped after %d", i)
		}
		b.accept("android", now)
	}
	var trips int
	for i := range 5 {
		if _, tripped := b.refuse("ios", fmt.Sprint(i), false, now); tripped { // nothing was ever accepted
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
	if _, tripped := b.refuse("ios", "1", true, now); tripped {
		t.Error("a target that caused the stop causes the next")
	}
	if _, tripped := b.refuse("ios", "fresh", false, now); tripped {
		t.Error("a target that never worked causes the next stop")
	}
	if until, tripped := b.refuse("ios", "proven", true, now); !tripped || until.Sub(now) != 2*time.Minute {
		t.Errorf("the first refusal afterwards: tripped %v for %v, want 2m", tripped, until.Sub(now))
	}
	b.accept("ios", now)
	if !b.openUntil("ios", now).IsZero() {
		t.Error("open after an acceptance")
	}
}

func TestFreshTargetsStopNoPlatform(t *testing.T) {
	var b breaker
	now := time.Now()
	b.accept("android", now)
	for i := range 1000 {
		if _, tripped := b.refuse("android", fmt.Sprint(i), false, now.Add(lately/2)); tripped {
			t.Fatal("targets that never worked stop a platform that accepts pushes")
		}
	}
	if !b.accepts("android", now.Add(lately/2)) {
		t.Error("after that the platform does not accept")
	}
	for i := range several {
		if _, tripped := b.refuse("android", fmt.Sprint("proven", i), true, now); tripped != (i == several-1) {
			t.Errorf("proven target %d: tripped %v", i, tripped)
		}
	}
	if b.accepts("android", now.Add(lately/2)) {
		t.Error("the platform accepts, though several targets that have worked are refused")
	}
}
