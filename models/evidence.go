package models

import "time"

// Witness is the kind of evidence: who stands behind it. Danger needs two of
// them, so that no crowd of one kind can condemn alone.
type Witness string

// The kinds of witness.
const (
	WitnessUnproven Witness = "unproven" // a device whose reports have not proved right yet
	WitnessProven   Witness = "proven"   // a device whose reports have
	WitnessAgent    Witness = "agent"    // a call-centre agent who has spoken to the victim
)

// Evidence is what one reporter's report weighs for one signature: one
// document per pair, whatever the number of reports.
type Evidence struct {
	ID        string    `bson:"_id"` // EvidenceID
	Signature string    `bson:"sig"`
	Reporter  string    `bson:"reporter"` // Report.Witness
	Witness   Witness   `bson:"witness"`
	Group     string    `bson:"group"` // witnesses that may be one hand: a call centre's key, for a device itself
	Category  Category  `bson:"category,omitempty"`
	Paid      bool      `bson:"paid"` // money was lost
	At        time.Time `bson:"at"`   // of the first report
}

// EvidenceID is the same for the same signature and reporter.
func EvidenceID(signature, reporter string) string { return digest(signature, reporter) }
