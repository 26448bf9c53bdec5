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

// WarningClass is what a warning says.
type WarningClass string

// The classes.
const (
	WarningAccuse   WarningClass = "accuse"    // what the device met is dangerous
	WarningAllClear WarningClass = "all_clear" // the accuse warning of the same episode was wrong
)

// Warning is one message owed to one device about one thing that it met. All warnings about it are one thread: in each
// episode one that accuses and, if that was wrong, one that takes it back.
type Warning struct {
	ID         string        `bson:"_id"` // WarningID
	Device     string        `bson:"device"`
	Exposure   string        `bson:"exposure"` // Exposure.ID: of what was met
	Class      WarningClass  `bson:"class"`
	Episode    int64         `bson:"episode"`    // Exposure.Episode
	Signatures []string      `bson:"signatures"` // the ids of those that accuse, or accused, what was met
	Level      Level         `bson:"level"`      // of what was met: the present one, until an all-clear closes the warning
	Category   Category      `bson:"category"`
	Kind       IndicatorKind `bson:"kind"`              // of what was met
	Hint       []byte        `bson:"hint"`              // Exposure.Hint
	Channel    string        `bson:"channel,omitempty"` // Exposure.Channel
	Met        time.Time     `bson:"met_at"`
	Warned     time.Time     `bson:"warned_at,omitempty"` // of an all-clear: when the warning that it takes back was made
	Awaits     bool          `bson:"awaits,omitempty"`    // of an all-clear: the push of that warning was under way
	Created    time.Time     `bson:"created_at"`
	PushUntil  time.Time     `bson:"push_until"` // not pushed from then on
	Expires    time.Time     `bson:"expires_at"` // in the inbox until then
	Lane       Lane          `bson:"lane"`
	State      WarningState  `bson:"state"`
	Due        time.Time     `bson:"due"`              // when it may be pushed: now, later under a lease or after a failure
	Reason     string        `bson:"reason,omitempty"` // of a held, gone or dead one: a code
	Sent       time.Time     `bson:"sent_at,omitempty"`
	Closed     bool          `bson:"closed,omitempty"` // an all-clear has taken it back: nothing changes it any more
	Rev        int64         `bson:"rev"`              // grows with every change of Signatures, Level or Closed
	Receipts   Receipts      `bson:"receipts"`
}

// Seen reports whether the person has, or may have, seen the warning: it was pushed, or the app has said that it has it.
func (w Warning) Seen() bool { return w.State == WarningSent || w.Receipts != Receipts{} }

// WarningChange is what becomes of a warning in the inbox. It applies to the revision Rev alone.
type WarningChange struct {
	ID         string
	Rev        int64
	Signatures []string
	Level      Level
	Category   Category
	Closed     bool
}

// Receipts is what the app has told about a warning, since FCM tells only that it accepted the push. A zero time means that
// nothing was told.
type Receipts struct {
	Received time.Time `bson:"received_at,omitempty" json:"received_at,omitzero"` // it is on the phone
	Opened   time.Time `bson:"opened_at,omitempty"   json:"opened_at,omitzero"`   // the person has read it
	Obeyed   time.Time `bson:"obeyed_at,omitempty"   json:"obeyed_at,omitzero"`   // the person has done what it says
	Ignored  time.Time `bson:"ignored_at,omitempty"  json:"ignored_at,omitzero"`  // the person has put it away
}

// WarningID returns the id of a warning: one for each exposure, class and episode, so that a device is warned once of one
// thing that it met, however many signatures accuse it and however often their levels change.
func WarningID(exposure string, class WarningClass, episode int64) string {
	return "wrn_" + digest(exposure, string(class), itoa(episode))
}

// ThreadID returns what all warnings about one exposure share: on the phone the next one replaces the last.
func ThreadID(exposure string) string { return "thr_" + digest(exposure) }

// FanOutJob is the task to bring the warnings about what a signature recognises in line with its present level. It is
// queued when a signature takes or loses a level that warns or exempts, when such a one ends, and when a report hits one
// that has a level that warns.
type FanOutJob struct {
	ID             string `bson:"_id"` // FanOutJobID
	Signature      string `bson:"sig"`
	Rev            int64  `bson:"rev"` // Signature.LevelRev
	FanOutProgress `bson:",inline"`
	Requests       int64     `bson:"requests"` // how often the job was queued: a run that finds it grown is not the last
	Due            time.Time `bson:"-"`        // of one to be queued: when it is first run; zero: at once
}

// FanOutProgress is how far the runs of a job have come.
type FanOutProgress struct {
	Since    time.Time `bson:"since"`    // exposures recorded before it are done
	Reviewed string    `bson:"reviewed"` // the id of the last warning that was reviewed; AllReviewed: each of them
}

// AllReviewed is FanOutProgress.Reviewed behind every id of a warning.
const AllReviewed = "~"

// FanOutJobID returns the id of a job: the same for the same signature and Signature.LevelRev, so that what is queued twice
// is one job.
func FanOutJobID(signature string, rev int64) string { return "job_" + digest(signature, itoa(rev)) }

// EndJobID returns the id of the job for the end of a signature's time.
func EndJobID(signature string, ends time.Time) string {
	return "job_" + digest(signature, "ends", itoa(ends.UnixMilli()))
}
