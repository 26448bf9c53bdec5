package work

import (
	"context"
	"errors"
	"time"

	"example.org/tocsin/models"
)

// Retry calls do until it succeeds, fails with a Permanent error, or ctx ends, and
// returns its last error. It is for what must not be given up when the store is
// unavailable for a moment, such as finishing a claim. It waits 50 ms after the
// first failure, then twice as long each time, up to PollInterval
// (TestRetryTriesUntilDonePermanentOrOver).
func Retry(ctx context.Context, do func(context.Context) error) error {
	var pause Signal // never woken: a sleep that ends with ctx
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, PollInterval) {
		err := do(ctx)
		if err == nil || ctx.Err() != nil || Permanent(err) {
			return err
		}
		pause.Wait(ctx, wait)
	}
}

// Permanent reports whether trying again cannot help: the lease has run out, what it
// was about does not exist any more, or the request itself is wrong.
func Permanent(err error) bool {
	return errors.Is(err, models.Conflict) || errors.Is(err, models.Stale) || errors.Is(err, models.NotFound) || errors.Is(err, models.Invalid)
}
