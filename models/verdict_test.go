package models

import "testing"

func TestALeadIsALikenessAndALookAlikeIsALead(t *testing.T) {
	type role struct{ lead, lookAlike bool }
	itself, lead, lookAlike := role{}, role{lead: true}, role{lead: true, lookAlike: true}
	roles := map[MatchType]role{
		MatchSame: itself, MatchUnderDomain: itself, MatchPrefix: itself, MatchRange: itself,
		MatchBlock: lead, MatchSeries: lead, MatchGuess: lead,
		MatchSkeleton: lookAlike, MatchOneEdit: lookAlike, MatchContains: lookAlike, MatchSuffix: lookAlike, MatchBitFlip: lookAlike,
		MatchWords: itself, MatchConfusables: itself, MatchDigits: itself, MatchSameText: itself, MatchSimilarText: itself,
	}
	for _, m := range MatchTypes() {
		want, ok := roles[m]
		if !ok {
			t.Errorf("%s: say here whether it is a lead", m)
		}
		if got := (role{m.Lead(), m.LookAlike()}); got != want {
			t.Errorf("%s: %+v, want %+v", m, got, want)
		}
		delete(roles, m)
	}
	for m := range roles {
		t.Errorf("%s is not in MatchTypes", m)
	}
	for _, m := range []MatchType{"", "telepathy"} {
		if m.Lead() || m.LookAlike() {
			t.Errorf("%q is a lead", m)
		}
	}
}
