// Package match answers one question, in memory and in microseconds: which
// signatures does this touch? It is mechanism and holds no opinion on what a
// hit means; that is package risk.
//
//	   changes of the verdict log, or a snapshot       a question, or one indicator
//	              |                                            |
//	            Apply  (one writer at a time)                Match, Lookup (any number)
//	              |                                            |
//	              |        +-----------+   number inside?  +---+--------------------+
//	              +------->|  ranges   |<------------------| +12025550123           |
//	              |        +-----+-----+                   |                        |
//	              |        +-----+-----+   looks like?     |                        |
//	              +------->|  brands   |<------------------| evil.example/pay?x=1   |
//	              |        +-----+-----+                   |                        |
//	              |        +-----+-----+   words inside?   |                        |
//	              +------->|  words    |<------------------| "... the safe account" |
//	              |        +-----+-----+                   |                        |
//	              |        +-----+-----+   the same text?  |                        |
//	              +------->|  scripts  |<------------------| "Dear customer, ..."   |
//	              |        +-----+-----+                   +---+--------------------+
//	              |              | values                      | rule, kind, value; of a link also
//	              v              v                             v its expressions and parent domains
//	+-------------------------------------------------------------------------+
//	| signatures: the last word on each                                       |
//	|   table    rule, kind, value, hashed -> place of the record             |
//	|   records  label, revision, end, value                                  |
//	|   leads    how many of a block of numbers or a series of links warn     |
//	+-------------------------------------------------------------------------+
//	                                   |
//	                                 hits
//
// The signatures alone know what holds. The ranges, brands, words and scripts are lists of
// candidates, which only grow; a candidate counts if the signatures still say so.
// So a change of level is one store into a record, and readers never see half of it.
// Table and records lie outside the heap that the garbage collector looks after (see memory).
//
// Every signature that was ever applied keeps its record until the process
// ends, also when its level has gone back to unknown: the record remembers the
// revision, so that an older change that arrives late does not bring the
// signature back. The same changes in any order, however often repeated, leave
// the same index (TestAnyOrderOfChangesLeavesTheSameIndex).
package match
