package intake

import (
	"context"
	"time"

	"example.org/tocsin/models"
)

// Stores is what the desk needs kept. One store fills all of it; the parts are
// apart so that each room of the desk shows what it touches.
type Stores struct {
	Reports    Reports
	Queue      Queue
	Evidence   Evidence
	Signatures Signatures
	Log        VerdictLog
	Exposures  Exposures
	FanOutJobs FanOutJobs
}

// Reports keeps reports. A report put twice is stored once: PutReport answers
// with what is stored, and with true when it was there already.
type Reports interface {
	PutReport(ctx context.Context, report models.Report) (models.Report, bool, error)
	PutReports(ctx context.Context, reports []models.Report) ([]models.Outcome, error)
	Report(ctx context.Context, id string) (models.Report, error)
}

// Queue hands out the reports that are still to be weighed, each under a lease.
type Queue interface {
	ClaimReports(ctx context.Context, n int, lease time.Duration, now time.Time) ([]models.Claimed[models.Report], error)
	FinishReports(ctx context.Context, leases []models.Lease) error
	RetryReport(ctx context.Context, lease models.Lease, due time.Time, fault string, dead bool) error
}

// Evidence keeps one document for each pair of signature and witness.
type Evidence interface {
	PutEvidence(ctx context.Context, evidence []models.Evidence) error
	Evidence(ctx context.Context, signature string, limit int) ([]models.Evidence, error)
}

// Signatures keeps signatures. InsertSignatures and ReplaceSignatures answer
// with one error for each: Conflict for one that exists, Stale for one whose
// Rev has moved.
type Signatures interface {
	Signature(ctx context.Context, id string) (models.Signature, error)
	Signatures(ctx context.Context, ids []string) ([]models.Signature, error)
	ListSignatures(ctx context.Context, filter models.SignatureFilter, after string, limit int) ([]models.Signature, error)
	InsertSignatures(ctx context.Context, signatures []models.Signature) ([]error, error)
	ReplaceSignatures(ctx context.Context, signatures []models.Signature) ([]error, error)
}

// VerdictLog takes changes of level, and remembers which signatures still owe it one.
type VerdictLog interface {
	Append(ctx context.Context, changes []models.Change, now time.Time) (models.Entry, error)
	Unlogged(ctx context.Context, before time.Time, limit int) ([]models.Signature, error)
	MarkLogged(ctx context.Context, signatures []models.Signature) error
}

// Exposures keeps what devices have met.
type Exposures interface {
	PutExposures(ctx context.Context, exposures []models.Exposure) error
}

// Asks queues demands that everybody exposed to a signature be warned.
type FanOutJobs interface {
	PutFanOutJobs(ctx context.Context, jobs []models.FanOutJob) error
}

// History is what a follower reads: the signatures once, and the verdict log
// from then on.
type History interface {
	ListSignatures(ctx context.Context, filter models.SignatureFilter, after string, limit int) ([]models.Signature, error)
	Head(ctx context.Context) (models.Entry, error)
	Entries(ctx context.Context, after int64, limit int) ([]models.Entry, error)
	WatchLog(ctx context.Context, changed func()) error
}
