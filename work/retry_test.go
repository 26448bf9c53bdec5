package work

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"example.org/tocsin/models"
)

func TestRetryTriesUntilDoneHopelessOrOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		err := Retry(t.Context(), func(context.Context) error {
			if n++; n < 5 {
				return &models.Error{Kind: models.Unavailable}
			}
			return nil
		})
		if err != nil || n != 5 {
			t.Errorf("%d tries, %v", n, err)
		}
		n = 0
		err = Retry(t.Context(), func(context.Context) error { n++; return &models.Error{Kind: models.Stale} })
		if !errors.Is(err, models.Stale) || n != 1 {
			t.Errorf("a lost lease: %d tries, %v", n, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		if err := Retry(ctx, func(context.Context) error { return &models.Error{Kind: models.Unavailable} }); err == nil {
			t.Error("no error when the time is over")
		}
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("took %v, want 10s", took)
		}
	})
}
