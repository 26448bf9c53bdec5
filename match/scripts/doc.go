// Package scripts finds the known scripts that a message repeats, word for word
// or nearly so: near-duplicate detection. Message and scripts are compared in
// canonical form, in which numbers and links are placeholders (words.Script).
//
//	       message, canonical
//	              |
//	   byHash     +--> the same text? ............................ Match, similarity 1
//	              |
//	gramProfile   |    short grams: 3 runes, or 2 of a dense writing
//	              |    long grams:  8 runes, or 4
//	              |
//	   byKeyGram  |    long gram -> scripts with that key gram (postings)
//	              |    each candidate counted; the 16 with most in common are kept
//	              v
//	   Jaccard similarity of the short grams, at least 0.48 or 0.42 ... Match
//
// A script is cut into 8 to 16 parts and indexed under the rarest long gram of
// each, its key grams. So words that every scam uses are avoided, and an edit
// costs a script few of its key grams. MinHash would draw its keys from all that
// is in the text, and so find many candidates by chance.
//
// # Promises
//
// Messages that differ in numbers and links alone are the same script; of lightly
// edited ones 98 % are found, and at most 1 % of other messages among a thousand
// scripts and more (TestEditedMessagesAreRecognisedAndOthersAreNot; by language in
// docs/benchmarks.md). What is found is what a comparison with each script finds, but
// for 1 % (TestScriptsFindWhatAComparisonWithEachFinds).
//
// The work for one message is bounded, whatever it and the scripts say: so many
// runes are read, so many scripts share one key gram, so many are compared. Where
// more scripts share a key gram, the newest stay, the same ones under all key grams:
// a script can be hidden only behind newer ones that say the same
// (TestManyAlikeScriptsTakeBoundedWorkAndTheNewestIsFound). Hashes are keyed at
// random, so nobody can choose texts that collide.
//
// One goroutine may add while any number search, without locks, and a script is
// found from the moment it is added (TestScriptIsFoundFromTheMomentItIsAdded).
//
// # Traded away
//
// Nothing is ever taken out; the caller says which scripts are active. A script
// inside a message of more than twice its length is not found.
package scripts
