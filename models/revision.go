package models

import (
	"time"
)

// revise returns next as the revision after old. What the index must know is
// logged. A new level, and the return of a signature that had ended, are also a new
// LevelRev, so that whoever met it is warned anew; another category or end is not.
func Revise(old, next Signature, now time.Time) Signature {
	next.Rev, next.Changed = old.Rev+1, now
	returns := old.Ended(now) && !next.Ended(now)
	if returns {
		old.Level = Unknown // as every index has had it
	}
	if next.Level != old.Level {
		next.LevelRev = next.Rev
	}
	if next.Level != old.Level || next.Category != old.Category || next.Reason != old.Reason || !next.Ends.Equal(old.Ends) {
		next.LogRev, next.Unlogged, next.From = next.Rev, true, old.Level
	}
	return next
}
