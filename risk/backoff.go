package risk

import "time"

const (
	baseDelay = time.Second
	maxDelay  = 5 * time.Minute
)

// Backoff returns how long to wait after the given number of failed tries (1
// after the first): a span that doubles from one second to five minutes, of
// which a random part, up to half, is taken off, so that those who failed
// together do not come back together. It is never less than floor (what the
// other side asked for with Retry-After), on top of which the random part
// stays. random is from [0, 1), drawn by the caller.
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
