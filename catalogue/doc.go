// Package catalogue is the operators' work on signatures: analysts create and
// amend them one by one, and lists are imported.
//
//	Create           a signature by an analyst's decision
//	Amend            a change of one, under the revision that was read
//	Import           many signatures of a list; an analyst's decisions stand
//	Signature, List  what is stored
//
// The data flow is the same for all three ways to write:
//
//	draft -> canonical value -> protected register -> models.Revise -> Publisher.Write
//	                                                                     signature, then verdict log
//
// The Publisher (package verdictlog) writes a signature, marked as unlogged, and
// then appends its change. A crash in between leaves the mark; whoever reads the
// signature next, or the sweep, appends the change
// (verdictlog.TestAChangeLeftUnloggedIsLoggedBeforeTheNext). A crash in the middle
// of an import leaves the parts of up to 1,000 lines that are written; the same
// import again takes up the rest, since lines that are there already are unchanged
// (TestWhatAListMaySay). Two writers of one signature cannot overwrite each other:
// the later one gets a conflict, and reads again or says Stale to its caller
// (TestAmendNeedsTheRevisionThatWasRead).
package catalogue
