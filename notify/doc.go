// Package notify tells people. It follows the verdict log, finds the devices
// that met what has just become dangerous, writes each of them a warning, and
// pushes the warnings that are due.
//
//	verdict log ── Spread ──> ask ── Spread ──> warnings ── Outbox ──> Sender
//
// Every step reads from the store and writes to it, and every effect has an
// identifier that is the same the second time, so each step may be done twice,
// by two nodes at once, or half and then again after a crash.
package notify
