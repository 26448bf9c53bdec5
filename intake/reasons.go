package intake

// The reasons of a signature's level.
const (
	reasonReports = "reports"
	reasonList    = "list"
	reasonAnalyst = "analyst"
)
