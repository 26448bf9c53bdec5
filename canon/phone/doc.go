// Package phone holds the canonical form of telephone numbers: +E.164 for a number
// of the international plan (ITU-T E.164), and country:digits for a short code,
// which only its own country can dial ("CN:95588"). A second reading takes letters
// for digits (ITU-T E.161). It is pure: the numbering plans are the metadata of
// libphonenumber, built in.
//
// What is promised, and which test holds it:
//
//   - Every canonical value is a fixed point, read in whatever country (FuzzPhone).
//   - What numbers there are, and how they are dialled, is the library's answer:
//     the compiled plans decide nothing otherwise
//     (TestInternationalEqualsTheLibrary, TestNationalEqualsTheLibrary,
//     TestShortCodesEqualTheLibrary, TestScanPhoneEqualsTheLibrary). What goes
//     beyond it is listed there: China's short codes, ranges reserved for fiction
//     (TestReservedRangesAreAccepted), numbers from abroad (TestPhonesFromAbroad).
//   - A number is read in time linear in its digits, in some 100 ns, and an
//     international number that is canonical already without an allocation
//     (BenchmarkPhone, BenchmarkNational).
//   - Text is read without guesses: Keypad and numbers from abroad are for values
//     that somebody typed into a field (TestPhonesFromAbroad, FuzzKeypad).
package phone
