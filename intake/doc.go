// Package intake is the desk: whatever comes in is matched, judged, kept and
// weighed, and what that changes goes into the verdict log.
//
//	Report, Reports   a draft becomes canonical, is judged by the index, and is stored
//	Check, CheckOne   the same, and nothing is kept
//	Status            what has become of a report, for its owner
//	Expose            what a device has met is kept as keyed hashes, and answered with what is known
//	Run               stored reports are weighed: evidence, score, level, verdict log, asks
//	Catalogue         the operators' work: signatures by hand and by list
//	Follower          keeps this node's index equal to the verdict log
//
// The store is reached only by the small interfaces in stores.go. Everything
// that Run does may be done again after a crash at any point, because every
// document it writes has an id that follows from what it says.
package intake
