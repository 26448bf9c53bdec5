package models

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

// said returns what report n says: the later ones are of later contacts, and some of them cost money.
func said(n int) Evidence {
	e := Evidence{
		ID: "e", Category: []Category{"", CategoryPhishing, CategoryLoan}[n%3],
		Reports: []EvidenceReport{{ID: ReportID("dev_1", fmt.Sprint(n)), At: time.UnixMilli(int64(n/2) * 1000).UTC(), Stage: StageContact}},
	}
	if n%11 == 3 {
		e.Reports[0].Stage = StagePaid
	}
	return e.Merge(Evidence{})
}

// TestEvidenceIsTheSameInAnyOrderOfItsReports merges the same reports in many orders and parts, some of them twice.
func TestEvidenceIsTheSameInAnyOrderOfItsReports(t *testing.T) {
	for _, reports := range []int{1, 2, 16, 17, 60, 400} {
		var want Evidence
		for seed := range uint64(20) {
			r := rand.New(rand.NewPCG(seed, 1))
			parts := []Evidence{}
			for n := range reports {
				parts = append(parts, said(n))
				if seed > 0 && r.IntN(3) == 0 {
					parts = append(parts, said(n))
				}
			}
			if seed > 0 {
				r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
			}
			for len(parts) > 1 {
				i := r.IntN(len(parts) - 1)
				parts[i] = parts[i].Merge(parts[i+1])
				parts = append(parts[:i+1], parts[i+2:]...)
			}
			got := parts[0]
			if seed == 0 {
				want = got
			}
			if !reflect.DeepEqual(want, got) {
				t.Fatalf("%d reports, order %d:\n%+v, want\n%+v", reports, seed, got, want)
			}
		}
		if !want.At.Equal(said(reports-1).At) || want.Paid != (reports > 3) || len(want.Reports) != min(reports, MaxEvidenceReports) {
			t.Errorf("%d reports: at %v, paid %v, %d kept", reports, want.At, want.Paid, len(want.Reports))
		}
		if folded := want.Folded.Count(); folded != min(max(0, reports-MaxEvidenceReports), maxFoldedReports) {
			t.Errorf("%d reports: %d folded", reports, folded)
		}
	}
}

func TestMoneyLostInAFoldedReportStillCounts(t *testing.T) {
	e := said(3) // paid
	for n := range 40 {
		e = e.Merge(said(100 + 11*n))
	}
	if !e.Paid || e.Folded == nil || !e.Folded.Paid {
		t.Errorf("%+v, want it paid by a folded report", e)
	}
}
