package models

import "time"

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
type Evidence struct {
	ID        string    `bson:"_id"` // EvidenceID
	Signature string    `bson:"sig"`
	Reporter  string    `bson:"reporter"` // Report.Witness, a pseudonym
	Witness   Witness   `bson:"witness"`
	Group     string    `bson:"group"` // witnesses that may be one person: an organisation's; a device is a group of its own
	Category  Category  `bson:"category,omitempty"`
	Paid      bool      `bson:"paid"` // money was lost
	At        time.Time `bson:"at"`   // of the first report
}

// EvidenceID returns the id of a piece of evidence: the same for the same signature and reporter, so that one person's word
// counts once.
func EvidenceID(signature, reporter string) string { return digest(signature, reporter) }
