// Package embedded is a database in the process: it answers the commands of the MongoDB wire protocol that the store
// sends, from one file on disk. It is for trials, tests and small pilots on a single node; everything else runs on a
// MongoDB replica set, with the same store and the same driver in front of it.
//
//	e, err := embedded.Open(dir, embedded.Options{Log: log})
//	options.Client().ApplyURI("mongodb://embedded/?directConnection=true").SetDialer(e)
//
// # Connections
//
// Dial gives one end of a pipe in memory, and a goroutine reads OP_MSG at the other end; no port is opened. hello answers
// as a standalone server without sessions, so the driver neither retries writes nor offers transactions. A connection is
// served in order, one command at a time; the driver opens as many connections as it has commands in flight.
//
// # On disk
//
// One bbolt file, "tocsin.db" in the data directory, locked against other processes. A bucket "format" says how to read it.
// Each collection is a bucket named "database.collection", which holds
//
//	documents      the _id's key -> the document, as BSON with the _id in first place
//	index NAME     the keys of the fields, then the _id's key -> the offset of the _id's key (two bytes)
//	record         the specifications of the indexes, and which of their fields have met an array
//
// A key is an encoding of a value whose bytes compare as MongoDB compares values: numbers of all types by their value,
// null as missing, then strings, documents, arrays, binary, object ids, booleans and dates (key.go). Fields of a descending
// index are the same bytes inverted.
//
// # Writing
//
// A single goroutine, the writer, changes the file. Writing commands queue up for it; all that have come in while one group
// was forced to disk are the next group and share one bbolt transaction and one fsync. So a write is on disk when it is
// answered, whatever its write concern (TestNothingAcknowledgedIsLostWhenTheProcessIsKilled), at the price of one fsync
// per group and not per write (TestManyWritesShareACommit). With one writer, an update is a compare-and-set by
// construction (TestNoJobIsClaimedTwice), and a group in which nothing changed is not committed.
//
// A statement checks everything that may be refused before its first write, so a refusal leaves nothing behind and its
// neighbours in the group alone. A task that fails otherwise may have left half of its work: the transaction is rolled
// back and the rest of the group is run again without it (TestATaskThatFailsDoesNotUndoItsNeighbours).
//
// # Reading
//
// Reads run on bbolt read transactions: each command sees one state, all of it on disk, and waits for no writer. A
// cursor holds no transaction between its batches. It remembers the last key and goes on after it, so it sees each
// document that was there all the time exactly once if what it is ordered by does not change, as MongoDB's cursors do.
//
// # Planning
//
// The filter's equalities fix the first fields of an index to values, one range may follow, and the entries come in the
// order of the rest, at the end of which the _id always stands. Where $in fixes several values, the ranges are read side
// by side if the order asks for it. What an index cannot tell is tested on each document, so an index may be chosen
// badly, but never changes the answer (TestIndexesDoNotChangeWhatIsFound). There are no statistics: a fixed field counts
// more than a range, a range more than an order, and the _id most (plan.go). Options.MaxCollectionScan makes a
// query fail that no index narrows, which in a test is a missing index.
//
// # What is refused, and why
//
// The engine holds what the store uses, as tables of names (language.go), and answers everything else with an error and
// MongoDB's code for it: commands, options of commands, and operators. An option that is ignored
// gives a wrong answer that nobody notices (TestWhatIsNotKnownIsRefused). What no test of the store asks for goes
// (TestEveryFeatureOfTheEngineIsUsed), and what comes gets its place in docs/decisions/0001-embedded-engine.md
// (TestTheDecisionNamesEveryFeature). Refused by design, though MongoDB has it:
//
//   - aggregation, findAndModify, and whatever drops or renames a collection or an index;
//   - documents without an _id, which the driver makes, and booleans or doubles where the driver sends integers;
//   - projections that reach into documents or name the _id beside an exclusion, and hints;
//   - partial indexes by anything but equalities;
//   - values that the keys do not order: decimals, timestamps, regular expressions, code, min and max keys;
//   - numbers in field paths, and updates of arrays, by position, or by a pipeline: store arrays whole;
//   - field names that start with a dollar sign;
//   - range conditions on documents and arrays;
//   - two fields of one index within arrays, even within the same array;
//   - unique, sparse, text, hashed, geo and wildcard indexes, and collations: what must be unique is an _id;
//   - sessions, transactions, change streams, all write concerns but the majority, unacknowledged writes among them, and
//     read concerns but local and majority;
//   - index keys and _ids of more than 32 KiB.
//
// TestCommandsAnswerAsMongoDBDoes compares the replies with those of a MongoDB server, or with a record of them.
package embedded
