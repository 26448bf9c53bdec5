// Package intake takes in what citizens and call centres send: reports, checks
// and exposures. It matches and judges them at once, and weighs the stored
// reports afterwards.
//
//	Report, Reports   a draft becomes canonical, is judged, and is stored
//	Check, CheckOne   the same without storing anything
//	Status            what has become of a report, for its owner
//	Expose            what a device has met is stored as keyed hashes, and answered with what is known
//	Run               stored reports become evidence, levels and fan-out jobs
//	RunReviews        levels fall as their evidence ages, and when decisions end
//
// The way of a report:
//
//	draft -> validate -> findings -> match.Index -> risk.Judge -> store (open)     Report, Reports
//	                                                                |
//	   +------------------------- claim, under a lease -------------+              Run
//	   v
//	evidence of each signature and witness -> risk.Score -> Publisher (signature, then verdict log)
//	   |
//	   +-> a hit on a dangerous signature -> fan-out job -> report finished        weigh
//
// A report is answered when it is stored, before it is weighed. A crash at any
// point of the weighing leaves the report open, and after its lease any node
// weighs it again. Every document that is written has an id that follows from
// its content, so doing it twice changes nothing
// (TestACrashAfterAnyStepIsRepaired, TestAnyOrderOfReportsComesToTheSame). A
// report that cannot be weighed holds up no other
// (TestOneReportThatCannotBeWeighedHoldsUpNoOther).
//
// The database is reached only by the small interfaces in stores.go. The
// operators' work on signatures is package catalogue; the verdict log and the
// followers that keep the index equal to it are package verdictlog.
package intake
