package notify

import (
	"sync"
	"time"
)

// breaker is a circuit breaker for each platform. It stops the pushes to a platform for which the service refuses our
// credentials, so that an operator hears of it and the service is left in peace.
//
// Anybody can register a target that the service refuses, so it counts targets and not tries: several with no acceptance
// between them. Where the platform has accepted a push lately, and while the breaker is being tried after a stop, only
// targets that have worked before count (TestFreshTargetsStopNoPlatform).
type breaker struct {
	mu        sync.Mutex
	platforms map[string]*platformState
}

// platformState is what the breaker knows of one platform.
type platformState struct {
	accepted time.Time           // the last acceptance
	failing  map[string]struct{} // targets that count, refused since then; kept through a stop
	stop     pause               // the last since then; the zero pause: there was none
}

// For how long the breaker stays open: longer each time, because only an operator can repair credentials. And for how
// long an acceptance says that the credentials are good.
const (
	minOpen = time.Minute
	maxOpen = 15 * time.Minute
	lately  = time.Hour
)

// openUntil returns the time until which the platform gets no pushes, or the
// zero time when it gets them.
func (b *breaker) openUntil(platform string, now time.Time) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.platforms[platform]; s != nil {
		return s.stop.end(now)
	}
	return time.Time{}
}

// accepts reports whether the platform accepts pushes, as far as the last of them tell: what it refuses then is the target's fault.
func (b *breaker) accepts(platform string, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.platforms[platform]
	return s != nil && s.acceptsAt(now) && len(s.failing) < several
}

// acceptsAt reports whether the last acceptance was lately; the zero time was not.
func (s *platformState) acceptsAt(now time.Time) bool {
	return now.Sub(s.accepted) < lately
}

// refuse says that a push to the target was refused for our credentials; proven if the target has worked before. It
// returns the end of the time without pushes, which is zero or past when there is none, and whether it begins now.
// After a stop one target that was not among those which caused it is enough for the next.
func (b *breaker) refuse(platform, target string, proven bool, now time.Time) (until time.Time, tripped bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.platform(platform)
	stopped := s.stop != pause{}
	if s.stop.until.After(now) || !proven && (stopped || s.acceptsAt(now)) {
		return s.stop.until, false
	}
	if _, known := s.failing[target]; known {
		return s.stop.until, false
	}
	if len(s.failing) < maxTargets {
		s.failing[target] = struct{}{}
	}
	if !stopped && len(s.failing) < several {
		return s.stop.until, false
	}
	s.stop = s.stop.next(minOpen, maxOpen, now)
	return s.stop.until, true
}

// accept says that a push to the platform was accepted: the breaker closes.
func (b *breaker) accept(platform string, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.platform(platform)
	*s = platformState{accepted: now, failing: s.failing}
	clear(s.failing)
}

// platform returns the state of a platform, made if need be. Platforms are few: models.Draft names them.
func (b *breaker) platform(name string) *platformState {
	if b.platforms == nil {
		b.platforms = map[string]*platformState{}
	}
	s := b.platforms[name]
	if s == nil {
		s = &platformState{failing: map[string]struct{}{}}
		b.platforms[name] = s
	}
	return s
}
