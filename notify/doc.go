// Package notify warns people of a scammer whom they have already met, and takes
// back what was wrong. It finds the devices that are exposed to a signature whose
// level has changed, brings their warnings in line with it, and pushes those that
// are due. It accuses nobody whom a check would not accuse.
//
//	verdict log
//	  -> verdictlog.Log.Follow   calls FanOut.Apply with each entry
//	  -> FanOut.Apply            one fan-out job for each change that matters to
//	                             somebody; package intake adds jobs when a report
//	                             hits a signature that warns
//	  -> FanOut.Run              claims the jobs; one jobRun works one of them
//	  -> jobRun.review           the warnings that list the signature: present level, all-clears
//	  -> jobRun.judge            exposures, Exemptions -> risk.JudgeExposure, risk.AtRisk -> warnings
//	  -> Outbox.Run              claims the warnings that are due and delivers them
//	  -> Sender.Send             one push; package fcm has the Sender for Firebase
//
// Every step reads its work from the store and writes its result there before
// the work counts as done. Every record has an identifier that follows from its
// content, so a step may be repeated, by two nodes at once or after a crash,
// and changes nothing the second time: see
// TestEveryDeviceOfManyIsWarnedOnceHoweverManyNodesFanOut and
// TestARunThatIsCutShortIsDoneAgainAndDoublesNothing. Only a push cannot be
// taken back; Outbox says when one is made twice.
package notify
