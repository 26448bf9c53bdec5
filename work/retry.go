package work

import (
	"context"
	"errors"
	"time"

	"example.org/tocsin/models"
)

// Retry calls do until it succeeds, fails with an error that trying again does not
// help, or ctx ends, and returns its last error. It is for what must not be given up
// when the store is unavailable for a moment, such as finishing a claim. It waits 50 ms
// after the first failure, then twice as long each time, up to PollInterval
// (TestRetryTriesUntilDoneHopelessOrOver).
func Retry(ctx context.Context, do func(context.Context) error) error {
	var pause Signal // never woken: a sleep that ends with ctx
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, PollInterval) {
		err := do(ctx)
		if ctx.Err() != nil || !Retryable(err) {
			return err
		}
		pause.Wait(ctx, wait)
	}
}

// Retryable reports whether the same call may succeed when it is made again: by the
// kind of the error (models.ErrorKind.Retryable), or because its time was over.
func Retryable(err error) bool {
	return models.KindOf(err).Retryable() || errors.Is(err, context.DeadlineExceeded)
}
