package work

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestBackoffDoublesToItsLongest(t *testing.T) {
	for _, tt := range []struct {
		tries  int
		floor  time.Duration
		random float64
		want   time.Duration
	}{
		{1, 0, 0, 500 * time.Millisecond},
		{1, 0, 0.5, 750 * time.Millisecond},
		{0, 0, 0, 500 * time.Millisecond},
		{-5, 0, 0, 500 * time.Millisecond},
		{2, 0, 0, time.Second},
		{5, 0, 0, 8 * time.Second},
		{9, 0, 0, 128 * time.Second},
		{10, 0, 0, 150 * time.Second},
		{1_000_000, 0, 0, 150 * time.Second},
		{1, time.Minute, 0, time.Minute},
		{3, time.Minute, 0.5, 61 * time.Second},
		{10, time.Second, 0, 150 * time.Second},
		{1, -time.Minute, 0, 500 * time.Millisecond},
		{1, 0, math.NaN(), 500 * time.Millisecond},
		{1, 0, 7, 500 * time.Millisecond},
	} {
		if got := Backoff(tt.tries, tt.floor, tt.random); got != tt.want {
			t.Errorf("Backoff(%d, %v, %v) = %v, want %v", tt.tries, tt.floor, tt.random, got, tt.want)
		}
	}
}

func TestBackoffIsNeverBelowItsFloorNorOverItsSpan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tries := rapid.Int().Draw(t, "tries")
		floor := time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "floor"))
		got := Backoff(tries, floor, rapid.Float64Range(0, 1).Draw(t, "random"))
		if got < floor || got > max(floor, maxDelay/2)+maxDelay/2 {
			t.Fatalf("waits %v", got)
		}
	})
}
