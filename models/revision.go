package models

import "time"

// Revise returns next as the revision after old, changed now. old is the stored signature with all its changes logged, or
// for a new one a Signature of level Unknown.
//
//   - Another level is a new LevelRev: whoever met the signature is warned again.
//   - So is the return of a signature whose time was over, at whatever level. It returns from Unknown, since every index
//     has treated it as unknown meanwhile.
//   - Another level, category, reason or end is a new LogRev, and marks the signature as unlogged: the indexes must know.
//   - The source stays that of the first revision, so that a list of one source can be read page by page while its
//     signatures change (TestASignatureThatChangesBetweenPagesIsStillSeen). Who decided since is in DecidedBy.
//   - Anything else, such as a note or a score, is a new Rev and nothing more.
//
// TestReviseLogsWhatAnIndexMustKnow holds each of them.
func Revise(old, next Signature, now time.Time) Signature {
	next.Rev, next.Changed = old.Rev+1, now
	if old.Rev > 0 {
		next.Source = old.Source
	}
	if !next.Decided {
		next.DecidedBy = ""
	}
	returns := old.Ended(now) && !next.Ended(now)
	if returns {
		old.Level = Unknown // what every index took it for
	}
	if next.Level != old.Level {
		next.LevelRev = next.Rev
	}
	if next.Level != old.Level || next.Category != old.Category || next.Reason != old.Reason || !next.Ends.Equal(old.Ends) {
		next.LogRev, next.Unlogged, next.From = next.Rev, true, old.Level
	}
	return next
}
