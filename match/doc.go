// Package match is the in-memory index of signatures. It answers one question, in
// microseconds: which signatures does this touch? It is mechanism and holds no
// opinion on what a hit means; that is package risk.
//
//	   changes of the verdict log, or a snapshot       a query, or one indicator
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
//	| signatures: the latest change of each                                   |
//	|   table    rule, kind, value, hashed -> place of the record             |
//	|   records  label, revision, end, value                                  |
//	|   leads    how many of a block of numbers or a series of links warn     |
//	+-------------------------------------------------------------------------+
//	                                   |
//	                                 hits
//
// The signatures alone say whether one is active. The others are lists of
// candidates that only grow; a candidate counts if its signature is still active. So
// a change of level is one store into a record, and readers never see half of it.
//
// # Rooms
//
//	match           signatures, ranges and leads; the query over all; snapshots
//	match/brands    hosts that look like a protected domain
//	match/words     phrases, phrase sets and patterns in a message
//	match/scripts   messages that repeat a known text
//
// Each room knows values, not signatures: it returns the values that it recognises,
// and this package looks up their signatures. A room can be read and tested alone.
//
// # Promises
//
// Any number of goroutines read while others apply changes; readers take no lock
// but a short one in match/words (TestReadersSeeRevisionEndAndLabelOfOneChange,
// TestReadersSeeEachSignatureOnlyMoveForward,
// TestReaderCloseBehindTheWriterMissesNothing).
//
// The same changes in any order, however often repeated, leave the same index
// (TestAnyOrderOfChangesLeavesTheSameIndex). For that, every signature that was ever
// applied keeps its record until the process ends, also when its level has gone back
// to unknown: the record remembers the revision, so that an older change that arrives
// late does not bring the signature back.
//
// Table and records lie outside the heap that the garbage collector scans (see
// memory): 14 bytes an entry at most (TestEntryTakesFourteenBytesAtMost), 16 bytes a
// record of a phone number. An indicator that nothing is known of costs no memory
// (TestMissAllocatesNothing).
//
// The work for one message is bounded in each room, and by the parts of a link here.
// Hashes are keyed at random, so that nobody can choose values that collide; a hit is
// always verified against the value itself (TestEqualHashesAreToldApartByTheValue).
package match
