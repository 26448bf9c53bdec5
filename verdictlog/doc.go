// Package verdictlog writes the verdict log and follows it. The log is the
// numbered, hash-chained list of every change of a signature's level
// (models.Entry); whatever must follow such a change follows the log.
//
//	Publisher      writes signatures, and appends their changes
//	Publisher.Run  appends the changes that a crash left unlogged
//	Log            the verdict log as a node follows it: Follow, Run, Wake
//	Follower       passes each entry, in order, to a function: the fan-out of warnings
//	IndexFollower  keeps this node's index equal to the log, from a snapshot or the signatures on
//
// The way of a change:
//
//	Publisher.Write -> signature, unlogged -> entry appended -> mark cleared
//	                                             |
//	                     Log.Wake wakes this node's followers; a change stream
//	                     and a poll every second reach those of other nodes
//	                                             |
//	                       +---------------------+---------------------+
//	                       v                                           v
//	            FollowOptions.Own: the index        a cursor for all nodes: the fan-out
//
// A crash after the signature leaves it marked as unlogged; the next writer or the
// sweep appends its change (TestAChangeLeftUnloggedIsLoggedBeforeTheNext,
// TestASweepLogsWhatACrashLeftUnlogged). A crash after the append leaves the mark,
// and the change is appended once more: whoever applies a change ignores one whose
// revision it has passed. A follower moves its cursor after it has applied an
// entry, so a crash in between applies the entry again, and none is skipped
// (TestAFailedApplyIsTriedAgainAndTheCursorStays).
package verdictlog
