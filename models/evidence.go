package models

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"strings"
	"time"
)

// Witness is the kind of evidence: who stands behind it. The level danger needs devices and agents, or the agents of
// two call centres, so that no number of accounts reaches it alone (see risk.Weights.Score).
type Witness string

// The kinds of witness. They are stored with evidence.
const (
	WitnessUnproven Witness = "unproven" // a device whose reports have not proved right yet
	WitnessProven   Witness = "proven"   // a device whose reports have
	WitnessAgent    Witness = "agent"    // a call-centre agent who has spoken to the victim
)

// Evidence is what one reporter says about one signature: one document per pair, whatever the number of reports. What it
// weighs is computed anew each time (risk.Score), since it falls with age.
//
// The reports that it rests on are kept by id, so that one can be taken out and the rest weighed again: the latest 16, and
// of the others what they say together. At, Paid and Category follow from them (Merge).
type Evidence struct {
	ID        string    `bson:"_id"` // EvidenceID
	Signature string    `bson:"sig"`
	Reporter  string    `bson:"reporter"` // Report.Witness, a pseudonym
	Witness   Witness   `bson:"witness"`
	Group     string    `bson:"group"` // witnesses that may be one person: an organisation's; a device is a group of its own
	Category  Category  `bson:"category,omitempty"`
	Paid      bool      `bson:"paid"` // money was lost
	At        time.Time `bson:"at"`   // of the last contact that was reported: a newer word keeps it fresh, an older one changes nothing

	Reports []EvidenceReport `bson:"reports"`          // the latest MaxEvidenceReports, the latest first
	Folded  *FoldedReports   `bson:"folded,omitempty"` // the others; nil: none
	Rev     int64            `bson:"rev"`              // grows by one with every write
}

// EvidenceReport is what one report adds to a piece of evidence.
type EvidenceReport struct {
	ID    string    `bson:"id"` // Report.ID
	At    time.Time `bson:"at"` // Report.At
	Stage Stage     `bson:"stage,omitempty"`
}

// FoldedReports is what the reports say that are not kept one by one.
type FoldedReports struct {
	IDs  []byte    `bson:"ids"` // four bytes of the hash of each id, ascending: by them none is counted twice
	At   time.Time `bson:"at"`  // of the latest of them
	Paid bool      `bson:"paid"`
}

// The bounds of a piece of evidence, so that one witness who reports without end costs two kilobytes for each signature.
const (
	MaxEvidenceReports = 16
	maxFoldedReports   = 256 // counted; beyond that the count stands still
)

// Merge returns the evidence of all reports of both: the latest contact, paid if one of them was, and of several categories
// the first by name. A report in both counts once. However reports are merged, in whatever order and how often, the same
// comes of it (TestEvidenceIsTheSameInAnyOrderOfItsReports), and never less (TestALaterReportOfAnOlderContactLowersNothing
// in package intake). The other fields are those of e.
func (e Evidence) Merge(more Evidence) Evidence {
	all := slices.Concat(e.Reports, more.Reports)
	slices.SortFunc(all, func(a, b EvidenceReport) int { return cmp.Or(b.At.Compare(a.At), strings.Compare(a.ID, b.ID)) })
	all = slices.CompactFunc(all, func(a, b EvidenceReport) bool { return a.ID == b.ID })
	kept := min(len(all), MaxEvidenceReports)
	e.Folded = e.Folded.with(more.Folded, all[kept:])
	e.Reports = all[:kept:kept]
	for _, r := range e.Reports {
		e.Paid = e.Paid || r.Stage == StagePaid
		e.At = latest(e.At, r.At)
	}
	if e.Folded != nil {
		e.Paid = e.Paid || e.Folded.Paid
	}
	if e.Category == "" || more.Category != "" && more.Category < e.Category {
		e.Category = more.Category
	}
	return e
}

// Count returns how many reports are folded, up to 256.
func (f *FoldedReports) Count() int {
	if f == nil {
		return 0
	}
	return len(f.IDs) / foldedIDSize
}

// foldedIDSize is how many bytes stand for a folded report. Of 256 ids two share their four bytes once in 130,000 cases.
const foldedIDSize = 4

// with returns f and other, each nil for none, with more reports folded in.
func (f *FoldedReports) with(other *FoldedReports, more []EvidenceReport) *FoldedReports {
	var out FoldedReports
	var ids []string
	for _, part := range []*FoldedReports{f, other} {
		if part != nil {
			out.At, out.Paid = latest(out.At, part.At), out.Paid || part.Paid
			for id := range slices.Chunk(part.IDs, foldedIDSize) {
				ids = append(ids, string(id))
			}
		}
	}
	for _, r := range more {
		out.At, out.Paid = latest(out.At, r.At), out.Paid || r.Stage == StagePaid
		sum := sha256.Sum256([]byte(r.ID))
		ids = append(ids, string(sum[:foldedIDSize]))
	}
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	out.IDs = []byte(strings.Join(ids[:min(len(ids), maxFoldedReports)], "")) // the lowest: the same ones in any order
	return &out
}

// latest returns the later of two times.
func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// EvidenceID returns the id of a piece of evidence: the same for the same signature and reporter, so that one person's word
// counts once.
func EvidenceID(signature, reporter string) string { return digest(signature, reporter) }
