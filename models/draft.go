package models

import "time"

// Draft is a report as it was submitted: decoded, but not yet canonical, judged or kept.
type Draft struct {
	IdempotencyKey string // chosen by the caller, the same for each retry
	Body           string // digest of what was submitted, to tell a retry from a reused key
	Indicators     []DraftIndicator
	Message        *Message
	Story          string
	Harm           *Harm
	At             time.Time // when it happened
	Region         string    // ISO 3166 ("CN", "CN-44"), for numbers in national form
	Language       string    // BCP 47
	OnBehalf       string    // a call centre's own reference of the citizen
}

// DraftIndicator is an indicator as somebody wrote it. Package canon makes an Indicator of it, or refuses it.
type DraftIndicator struct {
	Kind  IndicatorKind
	Value string
}

// Outcome is what became of one draft of a batch: Report and Repeated, or Err. One that is refused does not hinder the
// others.
type Outcome struct {
	Report   Report
	Repeated bool // it was stored already under the same idempotency key
	Err      error
}

// CheckRequest is a check as it was submitted. Nothing of it is kept.
type CheckRequest struct {
	Indicators []DraftIndicator
	Text       string // of a message
	Region     string // ISO 3166 ("CN", "CN-44"), for numbers in national form
}

// Encounter is something that a device says it has met: what an Exposure is made of.
type Encounter struct {
	Kind    IndicatorKind
	Value   string
	Channel string // call, sms, chat, email, web, payment
	Region  string // ISO 3166 ("CN", "CN-44"), for a number in national form; "" takes the device's
	Met     time.Time
}

// ExposureResult is the answer to one Encounter: what is known of it now, and until when the exposure is kept.
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
	Level    Level // "": package catalogue takes Danger
	Category Category
	Source   string
	Note     string
	Region   string    // ISO 3166 ("CN", "CN-44"), for numbers in national form
	Ends     time.Time // zero: no end
}

// ImportOutcome is what became of one signature of an import, or in a dry run what would become of it. ID is empty and Err
// is set for a refused one.
type ImportOutcome struct {
	ID     string // Signature.ID
	Result string // one of the results below
	Err    *Error
}

// The results of an import, for one signature. They are part of the API.
const (
	ImportCreated   = "created"
	ImportUpdated   = "updated"
	ImportUnchanged = "unchanged" // it was there with the same content
	ImportRefused   = "refused"   // Err says why
)

// Amendment is an analyst's change of a signature: what is nil stays as it is. It cannot change what the signature
// recognises, since that makes its id.
type Amendment struct {
	Level    *Level
	Category *Category
	Note     *string
	Ends     *time.Time // the zero time: no end
	Reason   string     // why, as a code for the verdict log; "" takes ReasonAnalyst
}

// SignatureFilter selects the signatures that have all the values given; what is empty selects all.
type SignatureFilter struct {
	Kind   IndicatorKind
	Level  Level
	Source string
}

// DeviceDraft is a device as an app registers it. NewDevice makes a Device of it.
type DeviceDraft struct {
	Platform string      // android, ios, web
	Push     *PushTarget // nil: warnings wait in the inbox
	Locale   string      // BCP 47
	Region   string      // ISO 3166 ("CN", "CN-44")
	Zone     string      // IANA time zone
	Consents Consents
}
