package models

import (
	"testing"
	"time"
)

func TestAStoredTimeIsThatOfTheDatabaseAndZeroStaysZero(t *testing.T) {
	given := time.Date(2026, 3, 4, 5, 6, 7, 891_234_567, time.FixedZone("east", 2*60*60))
	want := time.Date(2026, 3, 4, 3, 6, 7, 891_000_000, time.UTC)
	if got := StoredTime(given); got != want || StoredTime(got) != got {
		t.Errorf("StoredTime = %v, want %v", got, want)
	}
	for _, zero := range []time.Time{{}, time.Time{}.In(time.FixedZone("east", 60*60))} {
		if got := StoredTime(zero); got != (time.Time{}) {
			t.Errorf("the zero time becomes %#v", got)
		}
	}
}
