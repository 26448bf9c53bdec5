package work

import "time"

// The shortest and the longest delay of Backoff, before the random part is taken off.
const (
	baseDelay = time.Second
	maxDelay  = 5 * time.Minute
)

// Backoff returns how long to wait after the given number of failed tries, 1 after the first: a delay that doubles from one
// second to five minutes, of which a random part, up to half, is taken off, so that those who failed together do not try
// again together. This is the "equal jitter" of M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
//
// It is never less than floor, which is what the other side asked for with Retry-After (RFC 9110, section 10.2.3); the
// random part comes on top of it. random is from [0, 1), drawn by the caller; any other value counts as 0.
// TestBackoffDoublesToItsLongest and TestBackoffIsNeverBelowItsFloorNorOverItsSpan hold it.
func Backoff(tries int, floor time.Duration, random float64) time.Duration {
	delay := maxDelay
	if doublings := max(tries, 1) - 1; doublings < 9 { // 2^9 s > 5 min
		delay = min(baseDelay<<doublings, maxDelay)
	}
	if !(random >= 0 && random < 1) { // NaN too
		random = 0
	}
	half := delay / 2
	return max(half, floor) + time.Duration(random*float64(half))
}
