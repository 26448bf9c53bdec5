// Package notify warns people of a scammer whom they have already met. It finds
// the devices that are exposed to a signature that has become dangerous, writes
// one warning for each of them, and pushes the warnings that are due.
//
//	verdict log
//	  -> verdictlog.Log.Follow   calls FanOut.Apply with each entry
//	  -> FanOut.Apply            one fan-out job for each signature that warns and
//	                             to which somebody is exposed; package intake adds
//	                             jobs when a report hits such a signature
//	  -> FanOut.Run              claims the jobs; one jobRun works one of them
//	  -> jobRun.execute          exposures -> risk.AtRisk -> warnings, or the reason why not
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
