package notify

import (
	"sync"
	"time"
)

// gate holds all pushes back while the service says that we send too fast.
// Both lanes share it: the service counts them together.
type throttle struct {
	mu      sync.Mutex
	until   time.Time
	backOff time.Duration // of the last closing that was not told how long
}

// The pauses of a gate that was not told how long to close.
const (
	minPause = time.Second
	maxPause = time.Minute
)

// closed returns until when nothing is sent; the zero time when open.
func (t *throttle) pausedUntil(now time.Time) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.until.After(now) {
		return time.Time{}
	}
	return t.until
}

// slow closes the gate for d, or for twice the last time when d is 0, and
// returns until when. Results of pushes that were under way when it closed do
// not lengthen it.
func (t *throttle) pause(d time.Duration, now time.Time) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	if d == 0 && t.until.After(now) {
		return t.until
	}
	if d == 0 {
		t.backOff = min(max(2*t.backOff, minPause), maxPause)
		d = t.backOff
	}
	if until := now.Add(d); until.After(t.until) {
		t.until = until
	}
	return t.until
}

// accepted says that the service takes pushes again.
func (t *throttle) recordSuccess(now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.until.After(now) {
		t.backOff = 0
	}
}

// breaker stops the pushes to a platform that does not let us in. One target
// can be at fault alone (anybody can register a target of another project), so
// it takes several refusals with no acceptance between them.
type breaker struct {
	mu        sync.Mutex
	platforms map[string]*platformState // by platform
}

type platformState struct {
	failures int // since the last acceptance
	until    time.Time
	backOff  time.Duration
}

// How many refusals in a row stop a platform, and for how long.
const (
	failuresToTrip = 3
	minOpen        = time.Minute
	maxOpen        = 15 * time.Minute
)

// open returns until when the platform is stopped; the zero time when it is not.
func (b *breaker) openUntil(platform string, now time.Time) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.platforms[platform]; s != nil && s.until.After(now) {
		return s.until
	}
	return time.Time{}
}

// halt counts a refusal, and reports whether it stopped the platform just now.
func (b *breaker) recordFailure(platform string, now time.Time) (until time.Time, tripped bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.platforms == nil {
		b.platforms = map[string]*platformState{}
	}
	s := b.platforms[platform]
	if s == nil {
		s = &platformState{}
		b.platforms[platform] = s
	}
	s.failures++
	if s.until.After(now) || s.failures < failuresToTrip {
		return s.until, false
	}
	s.backOff = min(max(2*s.backOff, minOpen), maxOpen)
	s.until = now.Add(s.backOff)
	return s.until, true
}

// accepted says that the platform lets us in.
func (b *breaker) recordSuccess(platform string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.platforms, platform)
}
