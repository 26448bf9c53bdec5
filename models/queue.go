package models

import "time"

// StateParked is the state of work, in any queue, that has failed too often to be tried again by itself. It waits for
// somebody who has repaired the cause and puts it back.
const StateParked = "parked"

// Lease is the claim of one node on one piece of queued work, for a time. Whoever holds it names its Fence at the end; a
// fence that has moved means that the time was over and another node has the work: the result must be thrown away.
type Lease struct {
	ID     string // of the work
	Fence  int64  // grows by one with every claim
	Tries  int    // claims, including this one
	Faults int    // claims since the last one that ended as it should, including this one
}

// Claimed is a piece of work under a lease.
type Claimed[T any] struct {
	Lease Lease
	Work  T
}

// Release is how a piece of work goes back into its queue without being done.
type Release struct {
	Due    time.Time // when it may be claimed again; of parked work the time at which it was parked
	Faults int       // Lease.Faults from now on: what the next claim adds one to
	Reason string    // why: a code
	Park   bool      // it is not claimed again until somebody puts it back
}

// QueueStats is how much work is in one queue. Numbers are exact up to MaxQueueCount, and then MaxQueueCount.
type QueueStats struct {
	Due    int64         // waits for a worker
	Leased int64         // is under a lease
	Parked int64         // has failed too often
	Oldest time.Duration // for how long the work that is due longest has been due
}

// MaxQueueCount is up to where the work in a queue is counted: beyond it nobody needs the number, and a count costs time.
const MaxQueueCount = 100_000

// QueuedWork is a piece of work as its queue sees it: nothing of what it is about.
type QueuedWork struct {
	ID     string    `json:"id"`
	State  string    `json:"state"`
	Due    time.Time `json:"due_at"`
	Tries  int       `json:"tries"`
	Faults int       `json:"faults"`
	Reason string    `json:"reason,omitempty"`
}
