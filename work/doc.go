// Package work runs work that waits in a queue, whatever it is and wherever it is
// kept, and keeps the process alive whatever the work does.
//
//	Loop       claims work under a lease, does it, puts back or parks what fails
//	Every      does something every so often
//	Signal     wakes one loop; many wakes are one
//	Retry      calls a function until it is done or cannot be
//	Safely     turns a panic into an error
//	Backoff    how long to wait after a failure
//	Totals     what has become of the work
//	Gauges     what is in the queues
//
// The way of a piece of work:
//
//	stored by anybody -> Signal.Wake -> Loop.Claim (under a lease) -> Do: finish it
//	                     or a second later                            |
//	   +------------------------------- fails ------------------------+
//	   |  by itself better soon (Retryable): tried again until the lease ends, then due again
//	   |  otherwise, or by a panic: due again after Backoff
//	   +- eight times in a row: parked, with the reason, until somebody puts it back
//
// Nothing is kept in this package. A crash loses only the claims: their leases run
// out, and another process claims the same work. Work that was claimed again and again
// and never ended, as when it ends the process each time, is tried alone and then
// parked. A signal that is lost costs a second, since every loop also looks by itself
// each PollInterval (TestALoopPollsEverySecondAlsoAfterAFailedClaim).
package work
