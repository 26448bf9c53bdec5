package edge

import (
	"hash/maphash"
	"math"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"example.org/tocsin/models"
)

// Rate is an allowance: Burst requests at once, refilled by PerSecond requests per
// second. A PerSecond of 0 switches the limit off. A Burst of 0 is one second's worth.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Limits holds the allowance of each kind of caller.
type Limits struct {
	Key          Rate // of an API key without a rate of its own
	Device       Rate
	Address      Rate // of callers without a credential, by IPv4 address or IPv6 /64
	Registration Rate // the same, on routes whose policy is Registering
	Failures     Rate // of bad credentials from one address
	MaxCallers   int  // number of callers that are kept in memory; default 131,072
}

// bucket is the name of an allowance in the RateLimit headers.
type bucket string

const (
	bucketKey          bucket = "key"
	bucketDevice       bucket = "device"
	bucketAddress      bucket = "address"
	bucketRegistration bucket = "registration"
	bucketFailures     bucket = "failures"
)

// limitKey identifies one allowance: that of a device or key by its id, or else of an address.
type limitKey struct {
	bucket bucket
	id     string
	addr   netip.Addr
}

const limiterShards = 64

// limiter counts allowances by the generic cell rate algorithm (ITU-T I.371): all
// that it keeps of a caller is the time at which its allowance is full again. A
// caller whose time has passed need not be kept, so memory is bounded without giving
// anybody a new allowance early. Only if all that are kept are below full, the one
// nearest to full is dropped.
type limiter struct {
	limits   Limits
	perShard int
	seed     maphash.Seed
	shards   [limiterShards]struct {
		sync.Mutex
		full map[limitKey]time.Time
	}
}

// newLimiter returns a limiter that knows no caller. The shards share the limit of
// callers evenly, and each has a lock of its own, so that callers rarely wait for each
// other.
func newLimiter(limits Limits) *limiter {
	l := &limiter{limits: limits, perShard: max(orDefault(limits.MaxCallers, 1<<17)/limiterShards, 1), seed: maphash.MakeSeed()}
	for i := range l.shards {
		l.shards[i].full = map[limitKey]time.Time{}
	}
	return l
}

// decision is the result of limiter.take.
type decision struct {
	allowed    bool
	remaining  int           // requests that can still be made at once
	resetAfter time.Duration // until the allowance is full
	retryAfter time.Duration // until the next request is allowed, if this one is not
}

// take counts n requests at once, if the allowance covers them all. With n = 0 it
// only reports whether one request would be allowed.
//
// In the terms of the algorithm, full is the theoretical arrival time. Each request
// moves it on by one emission interval, which is the time in which one request is
// refilled. A request is allowed if full is then no further ahead of now than the
// burst tolerance, which is the time in which the whole burst is refilled. The time
// until it would be allowed follows at once, which gives an exact Retry-After
// (TestNoCallerEverGetsMoreThanItsAllowance).
func (l *limiter) take(key limitKey, r Rate, n int, now time.Time) decision {
	emissionInterval := time.Duration(float64(time.Second) / r.PerSecond)
	burstTolerance := emissionInterval * time.Duration(r.burst())
	s := &l.shards[maphash.Comparable(l.seed, key)%limiterShards]
	s.Lock()
	defer s.Unlock()
	full, known := s.full[key]
	if full.Before(now) {
		full = now
	}
	next := full.Add(emissionInterval * time.Duration(n))
	if over := full.Add(emissionInterval*time.Duration(max(n, 1))).Sub(now) - burstTolerance; over > 0 {
		return decision{resetAfter: full.Sub(now), retryAfter: over}
	}
	if n > 0 {
		if !known && len(s.full) >= l.perShard {
			evict(s.full, now)
		}
		s.full[key] = next
	}
	return decision{allowed: true, remaining: int((burstTolerance - next.Sub(now)) / emissionInterval), resetAfter: next.Sub(now)}
}

// evict drops the caller nearest to full out of up to eight, which a map gives in
// random order: looking at all of them would make a flood of new callers expensive.
func evict(full map[limitKey]time.Time, now time.Time) {
	var least limitKey
	var when time.Time
	looked := 0
	for key, at := range full {
		if looked == 0 || at.Before(when) {
			least, when = key, at
		}
		if looked++; looked == 8 || when.Before(now) {
			break
		}
	}
	delete(full, least)
}

// burst is Burst, or one second's worth.
func (r Rate) burst() int {
	if r.Burst > 0 {
		return r.Burst
	}
	return max(int(math.Ceil(r.PerSecond)), 1)
}

// limit counts the request against its caller's allowance and writes the RateLimit headers.
func (x *exchange) limit() error {
	key, r := x.allowance()
	if r.PerSecond <= 0 || x.expects == expectAdmitted { // it was counted when it asked
		return nil
	}
	a := x.route.server.limiter.take(key, r, 1, x.start)
	x.writeLimitHeaders(key.bucket, r, a)
	if !a.allowed {
		return exhausted(a.retryAfter)
	}
	return nil
}

// exhausted is the error of a request beyond its allowance. retry is the time until
// the next one is allowed.
func exhausted(retry time.Duration) error {
	return &models.Error{
		Kind: models.RateLimited, Code: "rate_exhausted", RetryAfter: retry,
		Detail: "Too many requests. Try again after the time in Retry-After.",
	}
}

// allowance selects the allowance of the caller. Probes have none.
func (x *exchange) allowance() (limitKey, Rate) {
	limits := &x.route.server.limiter.limits
	switch {
	case x.route.policy.probe:
		return limitKey{}, Rate{} // 0 per second: no limit
	case x.caller.Key != "" && x.caller.Rate > 0:
		return limitKey{bucket: bucketKey, id: x.caller.Key}, Rate{PerSecond: float64(x.caller.Rate)}
	case x.caller.Key != "":
		return limitKey{bucket: bucketKey, id: x.caller.Key}, limits.Key
	case x.caller.Device != "":
		return limitKey{bucket: bucketDevice, id: x.caller.Device}, limits.Device
	case x.route.policy.registering:
		return limitKey{bucket: bucketRegistration, addr: x.network()}, limits.Registration
	}
	return limitKey{bucket: bucketAddress, addr: x.network()}, limits.Address
}

// checkFailureLimit refuses an address that has sent too many bad credentials.
func (x *exchange) checkFailureLimit() error {
	l := x.route.server.limiter
	if l.limits.Failures.PerSecond <= 0 {
		return nil
	}
	// The credential is not known yet, so the allowance is only looked at here. A valid
	// credential costs nothing (see countFailure).
	if a := l.take(limitKey{bucket: bucketFailures, addr: x.network()}, l.limits.Failures, 0, x.start); !a.allowed {
		return exhausted(a.retryAfter)
	}
	return nil
}

// countFailure counts a bad credential against its address.
func (x *exchange) countFailure() {
	l := x.route.server.limiter
	if l.limits.Failures.PerSecond > 0 {
		l.take(limitKey{bucket: bucketFailures, addr: x.network()}, l.limits.Failures, 1, x.start)
	}
}

// writeLimitHeaders writes the headers of draft-ietf-httpapi-ratelimit-headers-10:
// a quota of q requests in w seconds, of which r are left, and t seconds until all are available again.
func (x *exchange) writeLimitHeaders(b bucket, r Rate, a decision) {
	q := r.burst()
	line := append(x.scratch[:0], '"')
	line = append(line, b...)
	line = append(line, `";q=`...)
	line = strconv.AppendInt(line, int64(q), 10)
	line = append(line, ";w="...)
	line = strconv.AppendInt(line, int64(math.Ceil(float64(q)/r.PerSecond)), 10)
	x.rc.Response.Header.SetCanonical([]byte("RateLimit-Policy"), line)
	line = append(line[:0], '"')
	line = append(line, b...)
	line = append(line, `";r=`...)
	line = strconv.AppendInt(line, int64(a.remaining), 10)
	line = append(line, ";t="...)
	line = strconv.AppendInt(line, seconds(a.resetAfter), 10)
	x.rc.Response.Header.SetCanonical([]byte("RateLimit"), line)
	x.scratch = line[:0]
}

// seconds rounds up, so that a request after that time is allowed.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }
