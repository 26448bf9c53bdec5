package models

// The reasons of a signature's level.
const (
	ReasonReports = "reports"
	ReasonList    = "list"
	ReasonAnalyst = "analyst"
)
