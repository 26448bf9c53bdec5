package notify

import (
	"context"
	"time"

	"example.org/tocsin/models"
)

// Payload is what one push says, in the language of its device.
type Payload struct {
	WarningID string // id; a push that comes twice is shown once under it
	Level     models.Level
	Kind      models.IndicatorKind
	Title     string
	Body      string
	Expires   time.Time // not to be shown after
}

// Sender pushes one payload to one target. It does not try twice, returns
// before ctx ends or soon after, and may be called from many goroutines.
type Sender interface {
	Send(ctx context.Context, to models.PushTarget, p Payload) Result
}

// Outcome is what has become of one push.
type Outcome uint8

// The outcomes. The zero Outcome is none of them.
const (
	Accepted  Outcome = iota + 1 // handed over
	Gone                         // the target does not exist any more
	Retry                        // may work in a while
	Throttled                    // as Later, and everybody sends too fast
	Refused                      // will never work
	Denied                       // we are not let in: no push to this platform can work until an operator has acted
)

// Result is the outcome of one push, and why.
type Result struct {
	Outcome       Outcome
	RetryAfter    time.Duration // of Later and Slow: the least time to wait; 0 when the service did not say
	Reason        string        // a code; empty when accepted
	TargetSuspect bool          // of Refused: the fault may lie in the target and not in the payload
	Err           error         // the cause, for the log; never holds the target
}
