package models

import "time"

// WarningState is how far a warning has come.
type WarningState string

// The states of a warning. Every warning is in the device's inbox from the start, whatever becomes of its push. It ends in
// one of the last four; all but the first of these have a reason.
const (
	WarningDue  WarningState = "due"  // to be pushed at Due
	WarningSent WarningState = "sent" // accepted by FCM
	WarningHeld WarningState = "held" // not pushed on purpose; Reason says why
	WarningGone WarningState = "gone" // the push target does not exist any more
	WarningDead WarningState = "dead" // given up; Reason says why

	// WarningParked is the state of one that made its worker fail: see StateParked.
	WarningParked WarningState = StateParked
)

// Lane is a queue of pushes with workers of its own, so that the urgent lane never waits for the other.
type Lane string

// The lanes.
const (
	LaneUrgent   Lane = "urgent"   // warnings of what the person has met
	LaneCampaign Lane = "campaign" // warnings to many, of what they may meet
)

// Warning is one message owed to one device because of one change of a signature's level.
type Warning struct {
	ID        string        `bson:"_id"` // WarningID
	Device    string        `bson:"device"`
	Signature string        `bson:"sig"`
	Rev       int64         `bson:"rev"` // Signature.LevelRev
	Level     Level         `bson:"level"`
	Category  Category      `bson:"category"`
	Kind      IndicatorKind `bson:"kind"`              // of what was met
	Hint      []byte        `bson:"hint"`              // Exposure.Hint
	Channel   string        `bson:"channel,omitempty"` // Exposure.Channel
	Met       time.Time     `bson:"met_at"`
	Created   time.Time     `bson:"created_at"`
	Expires   time.Time     `bson:"expires_at"` // not pushed from then on
	Lane      Lane          `bson:"lane"`
	State     WarningState  `bson:"state"`
	Due       time.Time     `bson:"due"`              // when it may be pushed: now, later under a lease or after a failure
	Reason    string        `bson:"reason,omitempty"` // of a held, gone or dead one: a code
	Sent      time.Time     `bson:"sent_at,omitempty"`
	Receipts  Receipts      `bson:"receipts"`
}

// Receipts is what the app has told about a warning, since FCM tells only that it accepted the push. A zero time means that
// nothing was told.
type Receipts struct {
	Received time.Time `bson:"received_at,omitempty" json:"received_at,omitzero"` // it is on the phone
	Opened   time.Time `bson:"opened_at,omitempty"   json:"opened_at,omitzero"`   // the person has read it
	Obeyed   time.Time `bson:"obeyed_at,omitempty"   json:"obeyed_at,omitzero"`   // the person has done what it says
	Ignored  time.Time `bson:"ignored_at,omitempty"  json:"ignored_at,omitzero"`  // the person has put it away
}

// WarningID returns the id of a warning: the same for the same device, signature and Signature.LevelRev, so that a device
// is warned once of one level, whatever the number of its exposures.
func WarningID(device, signature string, rev int64) string {
	return "wrn_" + digest(device, signature, itoa(rev))
}

// FanOutJob is the task to warn every device that is exposed to a signature. It is queued when a signature takes a level
// that warns, and again when a report hits one that has such a level.
type FanOutJob struct {
	ID        string    `bson:"_id"` // FanOutJobID
	Signature string    `bson:"sig"`
	Rev       int64     `bson:"rev"`   // Signature.LevelRev
	Since     time.Time `bson:"since"` // exposures recorded before it were seen by an earlier run
	Requests  int64     `bson:"asks"`  // how often the job was queued: a run that finds it grown is not the last
}

// FanOutJobID returns the id of a job: the same for the same signature and Signature.LevelRev, so that what is queued twice
// is one job. The prefix is the stored one.
func FanOutJobID(signature string, rev int64) string { return "ask_" + digest(signature, itoa(rev)) }
