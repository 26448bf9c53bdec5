// Package text holds what every parser of canon needs of characters and text:
// classes of ASCII bytes, boundaries of words, the normal form in which
// messages are compared, the readings of a message in which hidden words come
// out, and the skeletons that show which host names look alike. It is pure, and
// its tables are constant: everything may be used by several goroutines at once,
// but for one Reading.
//
// What is promised, and which test holds it:
//
//   - Normalise is what the Unicode tables say (TestNormaliseEqualsItsPlainForm,
//     TestNormaliseOfEveryRuneEqualsItsPlainForm) and is its own normal form
//     (FuzzNormalise). It takes time linear in the text, and returns a text that is
//     normal already without allocating (BenchmarkNormalise).
//   - Readings takes linear time too, on hostile texts as well
//     (TestReadingsAreNoSlowerThanPlainNormalisation). Reading.Span leads back to the
//     bytes of the message (TestSpanIsWhatAReadingWasReadFrom, FuzzReading).
//   - Skeleton is its own skeleton (TestSkeletonOfEveryRuneIsItsOwnSkeleton,
//     FuzzSkeleton) and is bounded (TestSkeletonOfALongLabelIsBounded).
//   - The table of confusables is that of UTS #39
//     (TestConfusablesAreThoseOfICU, TestTheTableOfConfusablesIsSortedAndWhole,
//     TestConfusablePairsShareASkeleton).
package text
