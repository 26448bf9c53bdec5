package models

import "testing"

func TestLevelsRankAndWarnAsTheGlossarySays(t *testing.T) {
	for _, tt := range []struct {
		level Level
		rank  int
		warns bool
		valid bool
	}{
		{Unknown, 0, false, true},
		{Watch, 1, false, true},
		{Caution, 2, false, true},
		{Danger, 3, true, true},
		{Confirmed, 4, true, true},
		{Imitated, 0, false, true},
		{Cleared, 0, false, true},
		{"dreadful", -1, false, false},
		{"DANGER", -1, false, false},
		{"", -1, false, false},
	} {
		if tt.level.Rank() != tt.rank || tt.level.Warns() != tt.warns || tt.level.Valid() != tt.valid {
			t.Errorf("%q: rank %d, warns %t, valid %t; want %d, %t, %t",
				tt.level, tt.level.Rank(), tt.level.Warns(), tt.level.Valid(), tt.rank, tt.warns, tt.valid)
		}
	}
}

func TestEveryLevelInTheListIsValidAndOnlyTheWorstWarn(t *testing.T) {
	for _, l := range Levels() {
		if !l.Valid() {
			t.Errorf("%s is in the list and not valid", l)
		}
		if l.Warns() != (l.Rank() >= Danger.Rank()) {
			t.Errorf("%s of rank %d: warns %t", l, l.Rank(), l.Warns())
		}
	}
}

func TestTheOrderFromUnknownToConfirmedIsStrict(t *testing.T) {
	order := []Level{Unknown, Watch, Caution, Danger, Confirmed}
	for i := 1; i < len(order); i++ {
		if order[i].Rank() <= order[i-1].Rank() {
			t.Errorf("%s ranks %d, not above %s with %d", order[i], order[i].Rank(), order[i-1], order[i-1].Rank())
		}
	}
}
