package intake

import (
	"context"
	"time"

	"example.org/tocsin/models"
)

// Stores is what the desk keeps, in small parts, so that each of its methods shows
// what it touches. One *storetest.Database fills them all (cmd/tocsin/serve.go). Every
// call to them has a deadline of its own, and errors are of the kinds of package
// models: Unavailable for a database that does not answer.
type Stores struct {
	Reports    Reports
	Queue      Queue
	Evidence   Evidence
	Signatures Signatures
	Exposures  Exposures
	FanOutJobs FanOutJobs
	Reviews    Reviews
}

// Reports keeps reports. A report put twice is stored once: PutReport answers
// with what is stored, and with true when it was there already.
type Reports interface {
	PutReport(ctx context.Context, report models.Report) (models.Report, bool, error)
	PutReports(ctx context.Context, reports []models.Report) ([]models.Outcome, error)
	Report(ctx context.Context, id string) (models.Report, error)
}

// Queue hands out the reports that are still to be weighed, oldest due first, each
// under a lease. FinishReports and ReleaseReport fail with Stale where a lease has run
// out and the report went to another desk.
type Queue interface {
	ClaimReports(ctx context.Context, n int, lease time.Duration, now time.Time) ([]models.Claimed[models.Report], error)
	FinishReports(ctx context.Context, leases []models.Lease) error
	ReleaseReport(ctx context.Context, lease models.Lease, r models.Release) error
}

// Evidence keeps one document for each pair of signature and witness; what is put
// again is merged with what is there (models.Evidence.Merge). Evidence returns the
// weightiest pieces first.
type Evidence interface {
	PutEvidence(ctx context.Context, evidence []models.Evidence) error
	Evidence(ctx context.Context, signature string, limit int) ([]models.Evidence, error)
}

// Signatures reads signatures; ids that do not exist are left out.
type Signatures interface {
	Signatures(ctx context.Context, ids []string) ([]models.Signature, error)
}

// Publisher writes signatures, and logs the changes of their levels, so that no
// change goes missing between the two.
type Publisher interface {
	// Read returns those of the signatures that exist, by id, all their changes logged.
	Read(ctx context.Context, ids []string, now time.Time) (map[string]models.Signature, error)
	// Write stores signatures that models.Revise has prepared, logs their changes, and
	// returns the ids of those that somebody else wrote in between: read them again.
	Write(ctx context.Context, revised []models.Signature, now time.Time) ([]string, error)
}

// Follower keeps the index equal to the verdict log.
type Follower interface {
	// Sync returns when every entry that was in the verdict log when it was called is in the index.
	Sync(ctx context.Context) error
}

// Exposures keeps what devices have met: of one device and one indicator the latest
// encounter. It fails with NotFound for a device that was erased.
type Exposures interface {
	PutExposures(ctx context.Context, exposures []models.Exposure) error
}

// FanOutJobs queues jobs that warn every device exposed to a signature. A job put
// again makes the same job due once more.
type FanOutJobs interface {
	PutFanOutJobs(ctx context.Context, jobs []models.FanOutJob) error
}

// Reviews queues signatures that are to be weighed again though nobody reports them.
// PutReviews makes a signature due at the earlier of its times, and takes the lease from
// whoever reviews it meanwhile. FinishReviews fails with Stale where a lease is lost; the
// others are finished.
type Reviews interface {
	PutReviews(ctx context.Context, reviews []models.Review) error
	ClaimReviews(ctx context.Context, n int, lease time.Duration, now time.Time) ([]models.Claimed[models.Review], error)
	ReleaseReview(ctx context.Context, lease models.Lease, r models.Release) error
	FinishReviews(ctx context.Context, done []models.Reviewed) error
}
