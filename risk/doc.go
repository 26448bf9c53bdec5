// Package risk is the policy of Tocsin: how bad something is, what the person
// should do, who is at risk, and whether they may be told now. Every decision
// is a pure function of its arguments, so that it can be replayed and tested:
// the package does no I/O, reads no clock and draws no random number.
//
//	hits of one report or check ----> Judge  ----> verdict: level, reasons, advice
//	verdict, channel -------------> NextStep --> what happens with the report now
//	evidence for one signature ---> Score  ----> log-odds and level; Reassess where it has a level, FallsAt when that falls
//	level, exposure, device ------> AtRisk ----> warn or not, and the reason
package risk
