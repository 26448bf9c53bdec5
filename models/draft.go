package models

import "time"

// Draft is a report as it was submitted: read, but not yet canonical, judged or kept.
type Draft struct {
	IdempotencyKey string
	Body           string // digest of what was submitted, to tell a retry from a reused key
	Indicators     []DraftIndicator
	Message        *Message
	Story          string
	Harm           *Harm
	At             time.Time // when it happened
	Region         string    // ISO 3166, for numbers in national form
	Language       string    // BCP 47
	OnBehalf       string    // a call centre's own reference of the citizen
}

// DraftIndicator is an indicator as somebody wrote it.
type DraftIndicator struct {
	Kind  IndicatorKind
	Value string
}

// Outcome is what became of one draft of a batch: Report and Repeated, or Err.
type Outcome struct {
	Report   Report
	Repeated bool
	Err      error
}

// Query is a check as it was submitted. Nothing of it is kept.
type CheckRequest struct {
	Indicators []DraftIndicator
	Text       string // of a message
	Region     string
}

// Encounter is something that a device says it has met.
type Encounter struct {
	Kind    IndicatorKind
	Value   string
	Channel string // call, sms, chat, email, web, payment
	Region  string // for a number in national form; "" takes the device's
	Met     time.Time
}

// Exposed is the answer to one Encounter: what is known now, and until when the exposure is kept.
type ExposureResult struct {
	Kind    IndicatorKind
	Verdict Verdict
	Expires time.Time
}

// SignatureDraft is a signature as an operator or a list submits it.
type SignatureDraft struct {
	Rule     Rule // "": exact
	Kind     IndicatorKind
	Value    string
	Level    Level // "": the desk's choice for an import
	Category Category
	Source   string
	Note     string
	Region   string // for numbers in national form
	Ends     time.Time
}

// ImportOutcome is what became of one signature of an import, or in a dry run
// what would become of it. ID is empty and Err is set for a refused one.
type ImportOutcome struct {
	ID     string
	Result string // one of the results below
	Err    *Error
}

// The results of an import.
const (
	ImportCreated   = "created"
	ImportUpdated   = "updated"
	ImportUnchanged = "unchanged"
	ImportRefused   = "refused"
)

// Amendment is an analyst's change of a signature: what is nil stays as it is.
type Amendment struct {
	Level    *Level
	Category *Category
	Note     *string
	Ends     *time.Time // the zero time: no end
	Reason   string     // why, in a word, for the verdict log; "" takes "analyst"
}

// SignatureFilter selects signatures: what is empty selects all.
type SignatureFilter struct {
	Kind   IndicatorKind
	Level  Level
	Source string
}

// DeviceDraft is a device as an app registers it.
type DeviceDraft struct {
	Platform string // android, ios, web
	Push     *PushTarget
	Locale   string // BCP 47
	Region   string // ISO 3166
	Zone     string // IANA time zone
	Consents Consents
}
