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

// Review is that a signature is to be weighed again at Due although nobody reports it: its evidence has aged, or its end
// has come. Its id is that of the signature.
type Review struct {
	ID  string    `bson:"_id"`
	Due time.Time `bson:"due"`
}

// Reviewed is a review that was done under a lease, and when the signature is to be weighed next; zero: not by itself.
type Reviewed struct {
	Lease Lease
	Next  time.Time
	Tries int // claims so far that count towards giving up; 0 after a review that found its signature
}

// ReviewGrace is by how much a review comes after Signature.ReviewAt: it is queued before the signature is written, and
// must not find it unwritten.
const ReviewGrace = time.Minute

// NewReview returns the review that must be queued before next is written over old, and true; false where one is queued
// that is due in time. A later time needs none: the one that is queued comes early, changes nothing, and is queued again.
func NewReview(old, next Signature) (Review, bool) {
	if next.ReviewAt.IsZero() || !old.ReviewAt.IsZero() && !next.ReviewAt.Before(old.ReviewAt) {
		return Review{}, false
	}
	return Review{ID: next.ID, Due: next.ReviewAt.Add(ReviewGrace)}, true
}
