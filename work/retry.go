package work

import (
	"context"
	"errors"
	"time"

	"example.org/tocsin/models"
)

// persist does what must not be given up at the first fault of the store: it
// tries until it is done or ctx ends.
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

// final reports whether trying again cannot help: the claim has run out, or
// what it was about is not there any more.
func Permanent(err error) bool {
	return errors.Is(err, models.Conflict) || errors.Is(err, models.Stale) || errors.Is(err, models.NotFound) || errors.Is(err, models.Invalid)
}
