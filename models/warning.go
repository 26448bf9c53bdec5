package models

import "time"

// WarningState is how far a warning has come.
type WarningState string

// The states of a warning. Every warning ends in one of the last four, with a
// reason, and is in the device's inbox from the start.
const (
	WarningDue  WarningState = "due"
	WarningSent WarningState = "sent" // accepted by FCM
	WarningHeld WarningState = "held" // not pushed on purpose: inbox only; Reason says why
	WarningGone WarningState = "gone" // the push target does not exist any more
	WarningDead WarningState = "dead" // given up; Reason says why
)

// Lane is a queue of pushes. The urgent lane never waits for the other.
type Lane string

// The lanes.
const (
	LaneUrgent   Lane = "urgent"
	LaneCampaign Lane = "campaign"
)

// Warning is one message owed to one device because of one change.
type Warning struct {
	ID        string        `bson:"_id"` // WarningID
	Device    string        `bson:"device"`
	Signature string        `bson:"sig"`
	Rev       int64         `bson:"rev"`
	Level     Level         `bson:"level"`
	Category  Category      `bson:"category"`
	Kind      IndicatorKind `bson:"kind"` // of what was met
	Hint      string        `bson:"tail"`
	Channel   string        `bson:"channel,omitempty"`
	Met       time.Time     `bson:"met_at"`
	Created   time.Time     `bson:"created_at"`
	Expires   time.Time     `bson:"expires_at"`
	Lane      Lane          `bson:"lane"`
	State     WarningState  `bson:"state"`
	Due       time.Time     `bson:"due"`
	Reason    string        `bson:"reason,omitempty"` // of a held, gone or dead one: a code
	Sent      time.Time     `bson:"sent_at,omitempty"`
	Receipts  Receipts      `bson:"receipts"`
}

// Receipts is what the app told us about a warning: FCM itself tells nothing.
type Receipts struct {
	Received time.Time `bson:"received_at,omitempty" json:"received_at,omitzero"`
	Opened   time.Time `bson:"opened_at,omitempty"   json:"opened_at,omitzero"`
	Obeyed   time.Time `bson:"obeyed_at,omitempty"   json:"obeyed_at,omitzero"`
	Ignored  time.Time `bson:"ignored_at,omitempty"  json:"ignored_at,omitzero"`
}

// WarningID is the same for the same device, signature and the revision at
// which the signature took its level, so that a device is warned once.
func WarningID(device, signature string, rev int64) string {
	return "wrn_" + digest(device, signature, itoa(rev))
}

// Ask is a demand that everybody exposed to a signature be warned. It is queued
// when a signature becomes dangerous and when a report hits one that is.
type FanOutJob struct {
	ID        string    `bson:"_id"` // AskID
	Signature string    `bson:"sig"`
	Rev       int64     `bson:"rev"`
	Since     time.Time `bson:"since"` // exposures recorded before were seen by an earlier round
	Requests  int64     `bson:"asks"`  // grows when somebody asks again while a round runs
}

// AskID is the same for the same signature and revision.
func FanOutJobID(signature string, rev int64) string { return "ask_" + digest(signature, itoa(rev)) }
