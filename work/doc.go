// Package work runs work that waits in a queue, whatever it is and wherever it is
// kept.
//
//	Signal     wakes one loop; many wakes are one
//	Pool       claims work and does it in a fixed number of workers
//	Retry      calls a function until it is done or cannot be
//	Permanent  tells which errors cannot be helped by trying again
//
// The way of a piece of work:
//
//	stored by anybody -> Signal.Wake -> Pool.Claim (under a lease) -> worker -> Retry: finish it
//	                     or a second later
//
// Nothing is kept in this package. A crash loses only the claims: their leases run
// out, and another process claims the same work. A signal that is lost costs a
// second, since every loop also looks by itself each PollInterval
// (TestAPoolPollsEverySecondAlsoAfterAFailedClaim).
package work
