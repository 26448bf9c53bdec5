package models

import "time"

// Channel is the way by which a report came.
type Channel string

// The channels of a report.
const (
	ChannelApp        Channel = "app"         // from the device of whoever saw it
	ChannelCallCentre Channel = "call_centre" // from an agent, for a citizen who called
)

// Stage is how far the scam had come when it was reported.
type Stage string

// The stages of harm.
const (
	StageContact Stage = "contact" // contacted, nothing given
	StageShared  Stage = "shared"  // personal details or codes were given
	StageAccess  Stage = "access"  // a device or an account was opened to them
	StagePaid    Stage = "paid"    // money was lost
)

// Money is an amount in the minor units that ISO 4217 gives its currency: cents, or whole yen. It is an integer, since a
// binary fraction cannot hold a cent.
type Money struct {
	Minor    int64  `bson:"minor"    json:"minor"`
	Currency string `bson:"currency" json:"currency"`
}

// Harm is how far a scam has come, and what it has cost.
type Harm struct {
	Stage  Stage  `bson:"stage,omitempty"  json:"stage,omitempty"`
	Amount *Money `bson:"amount,omitempty" json:"amount,omitempty"`
}

// Message is what the scammer wrote or said. It is kept with card and identity numbers masked.
type Message struct {
	Text   string `bson:"text"             json:"text"`
	Sender string `bson:"sender,omitempty" json:"sender,omitempty"`
	Via    string `bson:"via,omitempty"    json:"via,omitempty"` // sms, chat, email, call
}

// Span is a half-open range of bytes in a text in UTF-8, from Start to before End: where a finding or a hit stands.
type Span struct {
	Start int `bson:"start" json:"start"`
	End   int `bson:"end"   json:"end"`
}

// Finding is an indicator with the place where it stood: in the list of indicators ("indicators/0"), or in the message
// ("message"), there with its span in the original text.
type Finding struct {
	Indicator `bson:",inline"`

	Where string `bson:"where"           json:"where"`
	Span  *Span  `bson:"span,omitempty"  json:"span,omitempty"`

	// Guess says that this is a second reading of what was written, such as letters for digits. It is matched, but is
	// evidence against nobody.
	Guess bool `bson:"guess,omitempty" json:"guess,omitempty"`
}

// ReportState is the state of a report in the queue of those that are still to be weighed.
type ReportState string

// The states of a report. A report is its own outbox: it stays open until it has been weighed, so a crash in between leaves
// it in the queue. See StateParked for one that cannot be weighed.
const (
	ReportOpen    ReportState = "open"    // to be weighed at Due
	ReportWeighed ReportState = "weighed" // its evidence is stored
	ReportParked  ReportState = StateParked
)

// Report is what somebody says has happened, as it is kept: canonical, and with card and identity numbers masked.
type Report struct {
	ID       string      `bson:"_id"`      // ReportID(caller, idempotency key)
	Body     string      `bson:"body"`     // digest of what was submitted, to tell a retry from a reused key
	Reporter string      `bson:"reporter"` // pseudonym, see Keyer.Pseudonym: the owner of the report
	Witness  string      `bson:"witness"`  // pseudonym of whoever saw it: one person's word counts once per signature
	Group    string      `bson:"group"`    // pseudonym of the organisation that reports, of a device the witness: see Evidence.Group
	Channel  Channel     `bson:"channel"`
	Agent    string      `bson:"agent,omitempty"`    // Caller.Agent
	At       time.Time   `bson:"at"`                 // when it happened
	Received time.Time   `bson:"received_at"`        // when it was stored
	Region   string      `bson:"region,omitempty"`   // ISO 3166 ("CN", "CN-44")
	Language string      `bson:"language,omitempty"` // BCP 47
	Findings []Finding   `bson:"findings"`
	Message  *Message    `bson:"message,omitempty"`
	Story    string      `bson:"story,omitempty"`
	Harm     *Harm       `bson:"harm,omitempty"`
	Verdict  Verdict     `bson:"verdict"` // as it was answered
	State    ReportState `bson:"state"`
	Due      time.Time   `bson:"due"` // when it may be weighed: now, later under a lease or after a failure
}

// ReportID returns the id of a report: the same for the same Caller.ID and idempotency key, so that a report sent twice is
// stored once. Two callers may use the same key.
func ReportID(caller, key string) string { return "rep_" + digest(caller, key) }

// Progress is what has become of a report.
type Progress string

// The stages of a report's progress.
const (
	ProgressReceived     Progress = "received"     // it is kept
	ProgressMatched      Progress = "matched"      // it touches something known
	ProgressCorroborated Progress = "corroborated" // others report the same
	ProgressConfirmed    Progress = "confirmed"    // an analyst has confirmed what it names
	ProgressClosed       Progress = "closed"       // nothing more comes of it; Status.Reason says why
)

// Status is what the owner of a report is told about it.
type Status struct {
	Report   Report
	Progress Progress
	Reason   string  // why it is closed: "protected", "cleared", "no_indicator"
	Verdict  Verdict // as of now; Report.Verdict is the one that was answered
}
