package notify

import (
	"sync"
	"time"
)

// gate holds all pushes back while the service says that we send too fast.
// Both lanes share it: the service counts them together.
type gate struct {
	mu    sync.Mutex
	until time.Time
	wait  time.Duration // of the last closing that was not told how long
}

// The pauses of a gate that was not told how long to close.
const (
	shortestPause = time.Second
	longestPause  = time.Minute
)

// closed returns until when nothing is sent; the zero time when open.
func (g *gate) closed(now time.Time) time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.until.After(now) {
		return time.Time{}
	}
	return g.until
}

// slow closes the gate for d, or for twice the last time when d is 0, and
// returns until when. Results of pushes that were under way when it closed do
// not lengthen it.
func (g *gate) slow(d time.Duration, now time.Time) time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	if d == 0 && g.until.After(now) {
		return g.until
	}
	if d == 0 {
		g.wait = min(max(2*g.wait, shortestPause), longestPause)
		d = g.wait
	}
	if until := now.Add(d); until.After(g.until) {
		g.until = until
	}
	return g.until
}

// accepted says that the service takes pushes again.
func (g *gate) accepted(now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.until.After(now) {
		g.wait = 0
	}
}

// breaker stops the pushes to a platform that does not let us in. One target
// can be at fault alone (anybody can register a target of another project), so
// it takes several refusals with no acceptance between them.
type breaker struct {
	mu    sync.Mutex
	sides map[string]*side // by platform
}

type side struct {
	halts int // since the last acceptance
	until time.Time
	wait  time.Duration
}

// How many refusals in a row stop a platform, and for how long.
const (
	haltsToStop  = 3
	shortestHalt = time.Minute
	longestHalt  = 15 * time.Minute
)

// open returns until when the platform is stopped; the zero time when it is not.
func (b *breaker) open(platform string, now time.Time) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.sides[platform]; s != nil && s.until.After(now) {
		return s.until
	}
	return time.Time{}
}

// halt counts a refusal, and reports whether it stopped the platform just now.
func (b *breaker) halt(platform string, now time.Time) (until time.Time, stopped bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sides == nil {
		b.sides = map[string]*side{}
	}
	s := b.sides[platform]
	if s == nil {
		s = &side{}
		b.sides[platform] = s
	}
	s.halts++
	if s.until.After(now) || s.halts < haltsToStop {
		return s.until, false
	}
	s.wait = min(max(2*s.wait, shortestHalt), longestHalt)
	s.until = now.Add(s.wait)
	return s.until, true
}

// accepted says that the platform lets us in.
func (b *breaker) accepted(platform string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.sides, platform)
}
