package models

// The reasons of a signature's level (Signature.Reason) that the server gives by itself. An analyst may give another one, in
// a word of their own.
const (
	ReasonReports = "reports" // the evidence of reports
	ReasonList    = "list"    // an imported list
	ReasonAnalyst = "analyst" // an analyst, who named no other
)
