package notify

import (
	"sync"
	"time"
)

// throttle pauses all pushes while the push service says that we send too fast.
// Both lanes share one, because the service counts them together: FCM has one
// quota a minute for each project
// (https://firebase.google.com/docs/cloud-messaging/throttling-and-quotas).
type throttle struct {
	mu      sync.Mutex
	until   time.Time
	backOff time.Duration // of the last pause whose length the service did not say
}

// The pauses when the service does not say how long to wait. The first is
// shorter than the minute that FCM asks for after QUOTA_EXCEEDED
// (https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode): a short
// overload then delays an urgent warning by a second. Refusals that go on reach
// the minute with the seventh pause.
const (
	minPause = time.Second
	maxPause = time.Minute
)

// pausedUntil returns the end of the pause at now, or the zero time when there is none.
func (t *throttle) pausedUntil(now time.Time) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.until.After(now) {
		return time.Time{}
	}
	return t.until
}

// pause begins a pause of d, the service's Retry-After, or of twice the last
// back-off when d is 0, and returns its end. Without a Retry-After a refusal
// within a pause does not lengthen it: that push was under way when it began.
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

// recordSuccess says that a push was accepted: the next pause is short again. A
// push that was under way when a pause began says nothing about it.
func (t *throttle) recordSuccess(now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.until.After(now) {
		t.backOff = 0
	}
}

// breaker is a circuit breaker for each platform. It stops the pushes to a
// platform for which the service refuses our credentials. Anybody can register a
// target of another Firebase project, which is refused in the same way, so one
// refusal does not trip it: it takes several with no acceptance between them
// (TestABreakerTakesThreeRefusalsInARowAndOnlyItsPlatform).
type breaker struct {
	mu        sync.Mutex
	platforms map[string]*platformState // by platform; none where the last push was accepted
}

// platformState is what the breaker knows of one platform.
type platformState struct {
	failures int           // since the last acceptance
	until    time.Time     // end of the time without pushes
	backOff  time.Duration // length of that time
}

// How many failures in a row trip the breaker of a platform, and for how long it
// stays open: longer each time, because only an operator can repair credentials.
const (
	failuresToTrip = 3
	minOpen        = time.Minute
	maxOpen        = 15 * time.Minute
)

// openUntil returns the time until which the platform gets no pushes, or the
// zero time when it gets them.
func (b *breaker) openUntil(platform string, now time.Time) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.platforms[platform]; s != nil && s.until.After(now) {
		return s.until
	}
	return time.Time{}
}

// recordFailure counts a failure. It returns the end of the time without pushes,
// which is zero or past when there is none, and whether this failure tripped the breaker.
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

// recordSuccess says that a push to the platform was accepted: the breaker closes.
func (b *breaker) recordSuccess(platform string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.platforms, platform)
}
