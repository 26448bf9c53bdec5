// Package brands finds hosts that imitate a protected domain: look-alike
// domains, also known as typosquatting, combosquatting and homograph attacks.
//
//	          "secure-n0rthbank.top"
//	                    |
//	parsedHost          |  letters as they look, without dots and hyphens: "securenorthbanktop";
//	                    |  where words end; a polynomial hash of every prefix (Rabin-Karp)
//	                    |
//	brandSearch         |  hash of each label and word ............ a name itself
//	                    |  the same without one letter ............ a name one edit away
//	                    |  substrings of the lengths of names ..... a name inside other letters
//	                    |
//	deletionIndex       |  Bloom filter -> slots: hash -> name
//	                    |
//	                    |  letters compared in full; log odds added up
//	                    v
//	Lookalike{"northbank.example", models.MatchSkeleton, 0.9}
//
// The name of a domain is the label right below its public suffix: "northbank".
// A host looks like the domain if one of its labels, a word of one, or several
// labels read as one
//
//	are the same name once look-alike letters are one (UTS #39)    n0rthbank, пorthbank
//	are one edit off it (Damerau-Levenshtein distance 1)           nortbank, northbanq
//	hold it as a word, or beside common words                      northbank-login, mynorthbank
//	are the same name under another suffix or domain               northbank.test, northbank.evil.test
//
// Names one edit away are found by symmetric deletion (FastSS, SymSpell): the
// index holds each name and the name without each of its letters, a search
// hashes the host's letters in the same two ways, and two strings are within
// one edit only if they have one of these in common. So an edit costs one hash
// for each letter, however many names there are
// (TestEverythingWithinOneEditOfTheSkeletonIsFound).
//
// How likely it is that the likeness is meant is a sum of log odds, one for
// each trait (naive Bayes with weights set by hand), turned into 0 to 1. What
// the weights are worth is measured on real hosts, if there is test data
// (TestFewOrdinaryHostsLookLikeABrand, TestPermutationsOfRealBrandsAreRecognised).
//
// # Promises
//
// One goroutine may add while any number search; neither waits for the other
// (TestBrandsAreFoundWhileOthersAreAdded). Nothing is ever taken out: whether a
// domain is protected at a given time is for the caller to say, whose answer may
// change at any time (TestOnlyProtectedDomainsAreFound). The work for one host is
// bounded, and a host that looks like nothing costs no memory of its own
// (TestAMissAllocatesNothing). Hashes are keyed at random, so nobody can choose
// names that collide.
//
// # Traded away
//
// Two edits are not found, nor one edit in a name of fewer than five letters:
// everything is one edit away from those. Names of fewer than four letters are
// found as a label or word only, not inside one. Names of fewer than three, of
// digits alone, or with a letter that looks like no Latin one, are not found at all.
package brands
