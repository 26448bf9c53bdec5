package models

import "time"

// Channel is the way by which a report or an exposure came.
type Channel string

// The channels of a report.
const (
	ChannelApp        Channel = "app"
	ChannelCallCentre Channel = "call_centre"
)

// Stage is how far the scam had come when it was reported.
type Stage string

// The stages of harm.
const (
	StageContact Stage = "contact" // contacted, nothing given
	StageShared  Stage = "shared"  // personal details or codes were given
	StageAccess  Stage = "access"  // a device or an account was opened to them
	StagePaid    Stage = "paid"
)

// Money is an amount in minor units (cents) of an ISO 4217 currency.
type Money struct {
	Minor    int64  `bson:"minor"    json:"minor"`
	Currency string `bson:"currency" json:"currency"`
}

// Harm is what the scam has cost.
type Harm struct {
	Stage  Stage  `bson:"stage,omitempty"  json:"stage,omitempty"`
	Amount *Money `bson:"amount,omitempty" json:"amount,omitempty"`
}

// Message is what the scammer wrote or said.
type Message struct {
	Text   string `bson:"text"             json:"text"`
	Sender string `bson:"sender,omitempty" json:"sender,omitempty"`
	Via    string `bson:"via,omitempty"    json:"via,omitempty"` // sms, chat, email, call
}

// Span is a half-open range of bytes in a text: where a hit was found.
type Span struct {
	Start int `bson:"start" json:"start"`
	End   int `bson:"end"   json:"end"`
}

// Finding is an indicator with the place where it stood: in the list of
// indicators ("indicators/0"), or in the message ("message"), there with its
// span in bytes of the original text.
type Finding struct {
	Indicator `bson:",inline"`

	Where string `bson:"where"           json:"where"`
	Span  *Span  `bson:"span,omitempty"  json:"span,omitempty"`
	Guess bool   `bson:"guess,omitempty" json:"guess,omitempty"` // a second reading of what was written, such as letters for digits: it is matched, proves nothing and accuses nobody
}

// ReportState is the state of a report in the desk's queue.
type ReportState string

// The states of a report. A report is its own outbox: it stays open until it has been weighed.
const (
	ReportOpen    ReportState = "open"
	ReportWeighed ReportState = "weighed"
	ReportDead    ReportState = "dead" // could not be weighed; Fault says why
)

// Report is what somebody says has happened.
type Report struct {
	ID       string      `bson:"_id"`      // ReportID(caller, idempotency key)
	Body     string      `bson:"body"`     // digest of what was submitted, to tell a retry from a reused key
	Reporter string      `bson:"reporter"` // pseudonym, see Keyer.Pseudonym: the owner of the report
	Witness  string      `bson:"witness"`  // pseudonym of whoever saw it: one person's word counts once per signature
	Channel  Channel     `bson:"channel"`
	Agent    string      `bson:"agent,omitempty"`
	At       time.Time   `bson:"at"`          // when it happened
	Received time.Time   `bson:"received_at"` // when it was stored
	Region   string      `bson:"region,omitempty"`
	Language string      `bson:"language,omitempty"`
	Findings []Finding   `bson:"findings"`
	Message  *Message    `bson:"message,omitempty"`
	Story    string      `bson:"story,omitempty"`
	Harm     *Harm       `bson:"harm,omitempty"`
	Verdict  Verdict     `bson:"verdict"` // as it was answered
	State    ReportState `bson:"state"`
	Due      time.Time   `bson:"due"`
	Fault    string      `bson:"fault,omitempty"`
}

// ReportID is the same for the same caller and idempotency key, so that a report sent twice is stored once.
func ReportID(caller, key string) string { return "rep_" + digest(caller, key) }

// Progress is what has become of a report.
type Progress string

// The stages of a report's progress.
const (
	ProgressReceived     Progress = "received"
	ProgressMatched      Progress = "matched"      // it touches something known
	ProgressCorroborated Progress = "corroborated" // others report the same
	ProgressConfirmed    Progress = "confirmed"
	ProgressClosed       Progress = "closed" // with a reason
)

// Status is what the owner of a report is told about it.
type Status struct {
	Report   Report
	Progress Progress
	Reason   string // why it is closed: "protected", "cleared", "no_indicator"
	Verdict  Verdict
}

// Lease is a claim on one piece of queued work. Whoever holds it finishes by
// its Fence; a Fence that has moved means that the lease was lost and the
// result must be thrown away.
type Lease struct {
	ID    string
	Fence int64
	Tries int // including this one
}

// Claimed is a piece of work under a lease.
type Claimed[T any] struct {
	Lease Lease
	Work  T
}
