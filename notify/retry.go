package notify

import (
	"context"
	"errors"
	"time"

	"example.org/tocsin/models"
	"example.org/tocsin/work"
)

// persist does what must not be given up at the first fault of the store: it
// tries until it is done or ctx ends.
func retry(ctx context.Context, do func(context.Context) error) error {
	var pause work.Signal // never woken: a sleep that ends with ctx
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, pollInterval) {
		err := do(ctx)
		if err == nil || ctx.Err() != nil || permanent(err) {
			return err
		}
		pause.Wait(ctx, wait)
	}
}

// final reports whether trying again cannot help: the claim has run out, or
// what it was about is not there any more.
func permanent(err error) bool {
	return errors.Is(err, models.Conflict) || errors.Is(err, models.Stale) || errors.Is(err, models.NotFound) || errors.Is(err, models.Invalid)
}
