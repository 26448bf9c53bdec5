// Package work runs work that waits in a queue: a pool of workers that claim
// it, a signal that wakes them, and the retry of what must not be given up.
// What the work is, and where it is kept, its users say.
package work
