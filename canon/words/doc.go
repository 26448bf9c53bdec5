// Package words holds the canonical form of signatures of text: phrases, sets of
// phrases, patterns (regular expressions) and scripts (a message without what
// changes from one copy to the next). All of them are compared with normalised text;
// see text.Normalise. What they find in a message is package match's business.
//
// What is promised, and which test holds it:
//
//   - A canonical value is a fixed point (FuzzPhraseSet, FuzzPattern, FuzzScript).
//   - Nothing that an ordinary message holds becomes a signature: each value is
//     compared with harmless messages in many languages
//     (TestOrdinaryMessagesAreOfManyLanguages,
//     TestPhraseOfOrdinaryMessagesIsTooBroad).
//   - A pattern takes time linear in the text, since Go's expressions have no back
//     references, and is searched only in messages that hold one of its literals: every
//     match contains one (TestEveryMatchContainsALiteral).
//   - A script is made in time linear in the message
//     (TestScriptOfALongWordTakesNoLongerThanOfManyShort).
package words
