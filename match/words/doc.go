// Package words finds phrases, phrase sets and patterns in a message: many
// thousand of each, in one search of the text.
//
//	           normalised text
//	                  |
//	phraseIndex       |  at every second byte: 8 bytes x key -> Bloom filter -> slot -> items -> compare;
//	                  |  shorter strings have tables and passes of their own
//	                  v
//	   occurrences: each string where it stands first
//	          |                 |                   |
//	        phrase        member of a set      literal of a pattern
//	          |                 |                   |
//	          |            phraseSets           patterns
//	          |      all members there,     the expression is run
//	          |      no excluded phrase      on the whole text
//	          v                 v                   v
//	        []Match, in the order of the text
//
// Strings are found by q-grams, a few successive bytes each, hashed as the text
// is read (as Rabin-Karp and Wu-Manber do). A string is indexed under its rarest
// gram, not its first: words that every scam uses are frequent in messages too.
// Aho-Corasick would read every byte once as well, but by one dependent load
// each, and must be built anew for a new string; here a string is added in place.
//
// A pattern is run only where a literal that it cannot match without was found
// (the prefilter of RE2 and of code search by trigrams), a set only where its
// rarest member was. Package regexp takes time in proportion to the text (RE2).
//
// # Promises
//
// What is found is what a search for each alone finds
// (TestPhrasesFindWhatASearchForEachFinds, TestSetsAndPatternsFindWhatEachAloneFinds).
// One goroutine may add while any number search, and what was added before a
// search began is found by it (TestReadersFindWhatWasAddedBefore). Searches take
// no lock unless a member or a literal was found, and then a short one.
//
// The work for one text is bounded, whatever it and the signatures say: there are
// limits on occurrences, comparisons, sets, patterns and matches
// (TestNoTextHasMoreThanTheMostMatches, BenchmarkWorstMessage). Hashes are keyed
// at random, so nobody can choose strings that collide.
//
// # Traded away
//
// Nothing is ever taken out: a match counts only while the caller has its
// signature. Beyond a limit, further matches of the same text are lost.
package words
