package notify

import (
	"sync"
	"time"
)

// throttle slows pushes while the push service says that we send too fast.
//
// The service says so of one target or of all that we send (FCM has a quota a minute for each project, and one for each
// device: https://firebase.google.com/docs/cloud-messaging/throttling-and-quotas), and does not say which. A refusal
// therefore slows the target that it was given for. Only when several targets that have worked before are refused, and
// nothing is accepted in between, all pushes pause: whoever owns a target, or claims one, can have it refused at will
// (TestOneTargetThatIsThrottledSlowsNobodyElse). Both lanes share one throttle, as the service counts them together.
type throttle struct {
	mu      sync.Mutex
	targets map[string]pause    // by target
	refused map[string]struct{} // targets that have worked, refused since the last acceptance
	all     pause
}

// pause is a time without pushes.
type pause struct {
	until   time.Time
	backOff time.Duration // length of the last one whose length the service did not say
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

const (
	// several is how many targets it takes until a refusal is held for that of everybody, in the throttle and in the breaker.
	several = 3

	// maxTargets bounds how many targets that are slowed are kept in mind.
	maxTargets = 10_000
)

// pausedUntil returns the end of the pause of all pushes at now, or the zero time when there is none.
func (t *throttle) pausedUntil(now time.Time) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.all.end(now)
}

// slowedUntil returns the end of the pause of one target at now, or the zero time when there is none.
func (t *throttle) slowedUntil(target string, now time.Time) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.targets[target].end(now)
}

// refuse says that a push to the target was refused for its rate, proven if the target has worked before, with the
// service's Retry-After or 0. It returns until when the target is slowed, and whether all pushes pause from now on.
func (t *throttle) refuse(target string, proven bool, retryAfter time.Duration, now time.Time) (until time.Time, all bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.targets == nil {
		t.targets, t.refused = map[string]pause{}, map[string]struct{}{}
	}
	t.forget(now)
	slowed := t.targets[target].extend(retryAfter, now)
	t.targets[target] = slowed
	if proven && len(t.refused) < several {
		t.refused[target] = struct{}{}
	}
	if !proven || len(t.refused) < several {
		return slowed.until, false
	}
	before := t.all.end(now)
	t.all = t.all.extend(retryAfter, now)
	return slowed.until, before.IsZero()
}

// forget drops targets whose pause is over, the one with the least left when all of them still pause.
func (t *throttle) forget(now time.Time) {
	if len(t.targets) < maxTargets {
		return
	}
	var soonest string
	for target, p := range t.targets {
		if !p.until.After(now) {
			delete(t.targets, target)
		} else if soonest == "" || p.until.Before(t.targets[soonest].until) {
			soonest = target
		}
	}
	if len(t.targets) >= maxTargets {
		delete(t.targets, soonest)
	}
}

// accept says that a push to the target was accepted: the next pause is short again. A
// push that was under way when the pause of all began says nothing about it.
func (t *throttle) accept(target string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.targets, target)
	if t.all.end(now).IsZero() {
		t.all.backOff = 0
		clear(t.refused)
	}
}

// end returns the end of the pause, or the zero time when it is over.
func (p pause) end(now time.Time) time.Time {
	if !p.until.After(now) {
		return time.Time{}
	}
	return p.until
}

// extend begins a pause of d, the service's Retry-After, or of twice the last
// back-off when d is 0. Without a Retry-After a refusal within a pause does not
// lengthen it: that push was under way when it began.
func (p pause) extend(d time.Duration, now time.Time) pause {
	switch {
	case d > 0:
		p.until = later(p.until, now.Add(d))
		return p
	case p.until.After(now):
		return p
	}
	return p.next(minPause, maxPause, now)
}

// next begins a pause that is twice as long as the last one of which the service did not say how long, within bounds.
func (p pause) next(shortest, longest time.Duration, now time.Time) pause {
	backOff := min(max(2*p.backOff, shortest), longest)
	return pause{until: now.Add(backOff), backOff: backOff}
}
