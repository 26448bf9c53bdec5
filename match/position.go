package match

// LogPosition says up to where in the verdict log a snapshot holds every change. It is also
// the last head of the log that a node has seen, for the time in which it does not run.
type LogPosition struct {
	Seq  int64  // of the last entry
	Hash string // of that entry, to tell another log with the same numbers
	At   int64  // of that entry, in milliseconds since 1970
}
