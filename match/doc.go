// Package match answers one question, in memory and in microseconds: which
// signatures does this touch? It is mechanism and holds no opinion on what a
// hit means; that is package risk.
//
//	   changes of the verdict log                 a question, or one indicator
//	              |                                            |
//	            Apply  (one writer at a time)                Match, Lookup (any number)
//	              |                                            |
//	              |        +-----------+   number inside?  +---+--------------------+
//	              +------->|  ranges   |<------------------| +12025550123           |
//	              |        +-----+-----+                   | evil.example/pay?x=1   |
//	              |              | values                  | "... the safe account" |
//	              |        +-----+-----+   words inside?   +---+--------------------+
//	              +------->|  phrases  |<----------------------+
//	              |        +-----+-----+                       |
//	              |              | values                      | rule, kind, value; of a link also
//	              v              v                             v its expressions and parent domains
//	+-------------------------------------------------------------------------+
//	| table: rule, kind, value -> the last word: rev, level, category, end ... |
//	+-------------------------------------------------------------------------+
//	                                   |
//	                                 hits
//
// The table alone knows what holds. The ranges and phrases are lists of
// candidates, which only grow; a candidate counts if the table still says so.
// So a change of level is one store into the table, and readers never see half of it.
//
// Every signature that was ever applied keeps its entry until the process
// ends, also when its level has gone back to unknown: the entry remembers the
// revision, so that an older change that arrives late does not bring the
// signature back. The same changes in any order, however often repeated, leave
// the same index (TestAnyOrderOfChangesLeavesTheSameIndex).
package match
