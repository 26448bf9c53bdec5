package notify

import (
	"context"
	"time"

	"example.org/tocsin/models"
)

// Payload is what one push says, in the language of its device.
type Payload struct {
	WarningID string // the app shows a push that comes twice once, under this ID
	Class     models.WarningClass
	Thread    string // models.ThreadID: on the phone the next push of a thread replaces the last
	Level     models.Level
	Kind      models.IndicatorKind
	Title     string
	Body      string
	Expires   time.Time // the push is not shown after it
}

// Sender pushes one payload to one target. It does not retry: the Outbox does,
// and knows what else is waiting. Send returns when ctx ends or soon after, and
// may be called from many goroutines.
type Sender interface {
	Send(ctx context.Context, to models.PushTarget, p Payload) Result
}

// Outcome says how one push ended.
type Outcome uint8

// The outcomes; the zero Outcome is none of them. Package fcm maps the error
// codes of Firebase to them
// (https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode).
const (
	Accepted  Outcome = iota + 1 // the service has taken the push; it does not say when a phone shows it
	Gone                         // the target does not exist any more
	Retry                        // the same push may work later
	Throttled                    // like Retry, and pushes are sent too fast: to this target, or all of them
	Refused                      // the same push never works
	Denied                       // the service refuses our credentials: an operator has to act
	Foreign                      // the service does not let us reach this target: it is another app's, or our credentials are
)

// Result is the outcome of one push, and why.
type Result struct {
	Outcome       Outcome
	RetryAfter    time.Duration // of Retry and Throttled: the least time to wait (Retry-After, RFC 9110, 10.2.3); 0 when not given
	Reason        string        // a code; empty when accepted
	TargetSuspect bool          // of Refused: the fault may lie in the target and not in the payload
	Err           error         // the cause, for the log; never holds the target
}
