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

// Rate is an allowance: Burst requests at once, refilled by PerSecond. A
// PerSecond of 0 switches the limit off; a Burst of 0 is one second's worth.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Limits is how often callers may ask.
type Limits struct {
	Key          Rate // of a key that has no rate of its own
	Device       Rate
	Address      Rate // of a caller without credential, by IPv4 address or IPv6 /64
	Registration Rate // the same, on routes that are Registering
	Failures     Rate // of an address that presents bad credentials
	Callers      int  // how many are remembered at a time; default 131,072
}

// bucket names an allowance in the RateLimit headers.
type bucket string

const (
	bucketKey          bucket = "key"
	bucketDevice       bucket = "device"
	bucketAddress      bucket = "address"
	bucketRegistration bucket = "registration"
	bucketFailures     bucket = "failures"
)

// subject is whose allowance is counted.
type subject struct {
	bucket bucket
	id     string
	from   netip.Addr
}

const limiterShards = 64

// limiter counts allowances by the generic cell rate algorithm: a caller is one
// point in time, the one at which its allowance will be full again. A caller
// whose point has passed is as good as new and can be forgotten, which is what
// bounds the memory without forgiving anybody; if all are busy, the one that
// is nearest to full is forgotten.
type limiter struct {
	limits Limits
	each   int
	seed   maphash.Seed
	shards [limiterShards]struct {
		sync.Mutex
		full map[subject]time.Time
	}
}

func newLimiter(limits Limits) *limiter {
	l := &limiter{limits: limits, each: max(or(limits.Callers, 1<<17)/limiterShards, 1), seed: maphash.MakeSeed()}
	for i := range l.shards {
		l.shards[i].full = map[subject]time.Time{}
	}
	return l
}

// answer is what became of a demand.
type answer struct {
	ok    bool
	left  int           // requests that can be made at once
	full  time.Duration // until the allowance is full
	retry time.Duration // until the next request, if not ok
}

// take asks for n requests at once. With n = 0 it looks whether one could be made.
func (l *limiter) take(who subject, r Rate, n int, now time.Time) answer {
	step := time.Duration(float64(time.Second) / r.PerSecond)
	room := step * time.Duration(r.burst())
	s := &l.shards[maphash.Comparable(l.seed, who)%limiterShards]
	s.Lock()
	defer s.Unlock()
	full, known := s.full[who]
	if full.Before(now) {
		full = now
	}
	next := full.Add(step * time.Duration(n))
	if over := full.Add(step*time.Duration(max(n, 1))).Sub(now) - room; over > 0 {
		return answer{full: full.Sub(now), retry: over}
	}
	if n > 0 {
		if !known && len(s.full) >= l.each {
			makeRoom(s.full, now)
		}
		s.full[who] = next
	}
	return answer{ok: true, left: int((room - next.Sub(now)) / step), full: next.Sub(now)}
}

// makeRoom looks at a few callers (a map gives them in random order) and forgets the one that loses least by it.
func makeRoom(full map[subject]time.Time, now time.Time) {
	var least subject
	var when time.Time
	looked := 0
	for who, at := range full {
		if looked == 0 || at.Before(when) {
			least, when = who, at
		}
		if looked++; looked == 8 || when.Before(now) {
			break
		}
	}
	delete(full, least)
}

func (r Rate) burst() int {
	if r.Burst > 0 {
		return r.Burst
	}
	return max(int(math.Ceil(r.PerSecond)), 1)
}

// limit counts the request against its caller's allowance, and says how it stands.
func (x *exchange) limit() error {
	who, r := x.allowance()
	if r.PerSecond <= 0 {
		return nil
	}
	a := x.route.server.limiter.take(who, r, 1, x.start)
	x.showLimit(who.bucket, r, a)
	if !a.ok {
		return exhausted(a.retry)
	}
	return nil
}

func exhausted(retry time.Duration) error {
	return &models.Error{Kind: models.Exhausted, Code: "rate_exhausted", Detail: "Too many requests. Try again later.", Retry: retry}
}

func (x *exchange) allowance() (subject, Rate) {
	limits := &x.route.server.limiter.limits
	switch {
	case x.route.policy.probe:
		return subject{}, Rate{}
	case x.caller.Key != "" && x.caller.Rate > 0:
		return subject{bucket: bucketKey, id: x.caller.Key}, Rate{PerSecond: float64(x.caller.Rate)}
	case x.caller.Key != "":
		return subject{bucket: bucketKey, id: x.caller.Key}, limits.Key
	case x.caller.Device != "":
		return subject{bucket: bucketDevice, id: x.caller.Device}, limits.Device
	case x.route.policy.registering:
		return subject{bucket: bucketRegistration, from: x.network()}, limits.Registration
	}
	return subject{bucket: bucketAddress, from: x.network()}, limits.Address
}

// mayFail refuses an address that has presented too many bad credentials.
func (x *exchange) mayFail() error {
	l := x.route.server.limiter
	if l.limits.Failures.PerSecond <= 0 {
		return nil
	}
	if a := l.take(subject{bucket: bucketFailures, from: x.network()}, l.limits.Failures, 0, x.start); !a.ok {
		return exhausted(a.retry)
	}
	return nil
}

func (x *exchange) failed() {
	l := x.route.server.limiter
	if l.limits.Failures.PerSecond > 0 {
		l.take(subject{bucket: bucketFailures, from: x.network()}, l.limits.Failures, 1, x.start)
	}
}

// showLimit writes the headers of draft-ietf-httpapi-ratelimit-headers-10:
// q requests in w seconds; r of them left, all of them again in t seconds.
func (x *exchange) showLimit(b bucket, r Rate, a answer) {
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
	line = strconv.AppendInt(line, int64(a.left), 10)
	line = append(line, ";t="...)
	line = strconv.AppendInt(line, seconds(a.full), 10)
	x.rc.Response.Header.SetCanonical([]byte("RateLimit"), line)
	x.scratch = line[:0]
}

// seconds rounds up: whoever comes back then is served.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }
