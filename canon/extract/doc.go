// Package extract finds the indicators in free text, in the forms in which package
// canon keeps them, and hides what victims write about themselves. It is pure.
//
// A text goes through three stages, and most stop after the first:
//
//  1. scanner looks at each byte once and stops at candidates: places where an
//     indicator may stand, by the bytes around them. Most messages hold none.
//  2. foldedText is the text as a reader takes it: other digits and full-width forms
//     in ASCII, invisible characters gone, defanged links made whole. It is made only
//     of a text that it would change.
//  3. extractor gives each candidate to the parsers of canon.
//
// What is promised, and which test holds it:
//
//   - Every indicator found is canonical, and its span leads to the original text
//     (FuzzExtract, FuzzScanText).
//   - The time is linear in the text, of hostile texts too (TestExtractIsLinear,
//     TestExtractIsLinearInHostileTexts).
//   - A message without an indicator takes no memory
//     (TestMessagesWithoutIndicatorsCostNoMemory).
//   - The scanner passes over no indicator that the parsers would find
//     (FuzzScanText, TestOnlyRunesThatNeverFoldAreSkipped).
//   - Card and identity numbers do not get through Mask (TestMask,
//     TestReplayStoriesAreMasked).
package extract
