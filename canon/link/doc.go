// Package link holds the canonical form of what leads to a host: links, domains,
// hosts of IP addresses and e-mail addresses. It also says what a host is: a
// public suffix, the domain that somebody registered, a hub that strangers share; and
// it tells a link written without a scheme from prose. It is pure: the public
// suffix list and the list of hubs are built in, and no name is resolved.
//
// A link is canonicalised as Safe Browsing does it
// (https://developers.google.com/safe-browsing/v4/urls-hashing), without scheme,
// port and fragment; names of hosts go through IDNA (UTS 46).
//
// What is promised, and which test holds it:
//
//   - Every canonical value is a fixed point (FuzzLink,
//     TestScanTakesNearlyAllRealLinks, TestLinksThatAreWrittenOddly).
//   - All vectors of Safe Browsing pass (TestSafeBrowsingVectors), and each difference
//     to UTS 46 and to the URL standard of browsers is counted
//     (TestHostNamesAgreeWithUTS46, TestLinksAndTheBrowsersStandard).
//   - A link, domain or address that is canonical already is recognised by one pass
//     without an allocation (TestScanTakesNoMemory), with the result of the full
//     way (TestScanLinkEqualsTheFullWay, TestPlainNamesAreHostNames).
//   - A series key joins links of one scam and no honest ones
//     (TestSeriesJoinsScamsAndNothingElse).
package link
