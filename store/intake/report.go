package intake

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"example.org/tocsin/models"
	"example.org/tocsin/store"
)

// maxReportSize is the most bytes that a stored report may take. MongoDB refuses a
// document over 16 MiB, and with it the whole write that it came in.
const maxReportSize = 1 << 20

// reportDoc is a report as it is stored: the work of the queue is the report itself.
type reportDoc struct {
	Report models.Report     `bson:",inline"`
	Lease  store.LeaseFields `bson:",inline"`
}

func claimedReport(d reportDoc) models.Claimed[models.Report] {
	return models.Claimed[models.Report]{Lease: d.Lease.Next(d.Report.ID), Work: d.Report}
}

// asStored is r with its times as they come back from the database, so that the
// first answer and a repeated one are equal (TestAReportSentOftenIsStoredOnce).
func asStored(r models.Report) models.Report {
	r.At, r.Received, r.Due = models.StoredTime(r.At), models.StoredTime(r.Received), models.StoredTime(r.Due)
	if r.State == "" {
		r.State = models.ReportOpen
	}
	return r
}

// encodeReport returns the document of r, or TooLarge.
func encodeReport(r models.Report) (bson.Raw, error) {
	raw, err := bson.Marshal(reportDoc{Report: r})
	if err == nil && len(raw) > maxReportSize {
		return nil, &models.Error{Kind: models.TooLarge, Code: "report_too_large", Detail: "The report is too large to be stored."}
	}
	return raw, err
}

// PutReport stores a report, durably on a majority of the servers when it
// returns without an error. A report with the same ID is not stored again: it
// is returned as it is stored, with repeated set, or refused as Invalid when the
// stored one has another Body. Reports that arrive together are written together.
func (s *Store) PutReport(ctx context.Context, r models.Report) (stored models.Report, repeated bool, err error) {
	r = asStored(r)
	raw, err := encodeReport(r)
	if err != nil {
		return models.Report{}, false, store.WrapOp("encode report", err)
	}
	err = s.db.UntilCommitted(ctx, "put report", func() error {
		repeated = false
		err := s.inserts.Do(ctx, raw)
		if !errors.Is(err, models.Conflict) {
			stored = r
			return err
		}
		repeated = true
		stored, err = s.Report(ctx, r.ID)
		return err
	})
	if err != nil {
		return models.Report{}, false, store.WrapOp("put report", err)
	}
	return stored, repeated, checkSameBody(r, stored)
}

// checkSameBody refuses a report that has the ID of another one.
func checkSameBody(sent, stored models.Report) error {
	if sent.Body == stored.Body {
		return nil
	}
	return &models.Error{
		Kind: models.Invalid, Code: "idempotency_key_reused",
		Detail: "The idempotency key was used before for another report.",
	}
}

// insertReports writes one batch and returns one error or nil for each of it.
func (s *Store) insertReports(ctx context.Context, raws []bson.Raw) []error {
	_, err := s.reports.InsertMany(ctx, raws, options.InsertMany().SetOrdered(false))
	return store.PerWriteErrors(len(raws), err)
}

// PutReports stores many reports with one write and returns one outcome for
// each, in order, as PutReport would. The error is that of the whole write; then
// some of the reports may be stored, and storing them again is safe.
func (s *Store) PutReports(ctx context.Context, reports []models.Report) ([]models.Outcome, error) {
	out := make([]models.Outcome, len(reports))
	var raws []bson.Raw
	var pos []int // where each of raws belongs in out
	for i, r := range reports {
		out[i].Report = asStored(r)
		raw, err := encodeReport(out[i].Report)
		if err != nil {
			out[i] = models.Outcome{Err: store.WrapOp("encode report", err)}
			continue
		}
		raws, pos = append(raws, raw), append(pos, i)
	}
	if len(raws) == 0 {
		return out, nil
	}
	var repeats []int
	for i, err := range s.insertReports(ctx, raws) {
		switch {
		case errors.Is(err, models.Conflict):
			repeats = append(repeats, pos[i])
		case err != nil:
			out[pos[i]] = models.Outcome{Err: store.WrapOp("put report", err)}
		}
	}
	if err := s.fillRepeated(ctx, out, repeats); err != nil {
		return nil, store.WrapOp("read repeated reports", err)
	}
	return out, nil
}

// fillRepeated fills in the outcomes of the reports that were stored already. One
// that is not found in spite of that is stored singly: the report in its way is
// not yet kept by a majority, which PutReport waits for.
func (s *Store) fillRepeated(ctx context.Context, out []models.Outcome, repeats []int) error {
	if len(repeats) == 0 {
		return nil
	}
	ids := make(bson.A, len(repeats))
	for i, pos := range repeats {
		ids[i] = out[pos].Report.ID
	}
	cur, err := s.reports.Find(ctx, bson.D{store.IDIn(ids)})
	found, err := store.Collect[models.Report](ctx, cur, err)
	if err != nil {
		return err
	}
	byID := make(map[string]models.Report, len(found))
	for _, r := range found {
		byID[r.ID] = r
	}
	for _, pos := range repeats {
		o := &out[pos]
		if stored, ok := byID[o.Report.ID]; ok {
			*o = models.Outcome{Report: stored, Repeated: true, Err: checkSameBody(o.Report, stored)}
			continue
		}
		o.Report, o.Repeated, o.Err = s.PutReport(ctx, o.Report)
	}
	return nil
}

// Report returns one report; NotFound when there is none.
func (s *Store) Report(ctx context.Context, id string) (models.Report, error) {
	var r models.Report
	err := s.reports.FindOne(ctx, bson.D{store.KV("_id", id)}).Decode(&r)
	return r, store.WrapOp("read report", err)
}

// ClaimReports leases up to n reports that are due at now until now plus lease,
// the longest due first.
func (s *Store) ClaimReports(ctx context.Context, n int, lease time.Duration, now time.Time) ([]models.Claimed[models.Report], error) {
	claimed, err := s.reportQueue.Claim(ctx, nil, n, lease, now)
	return claimed, store.WrapOp("claim reports", err)
}

// FinishReports marks reports as weighed. It fails with Stale when some of the
// leases are lost; the others' reports are finished all the same.
func (s *Store) FinishReports(ctx context.Context, leases []models.Lease) error {
	err := s.reportQueue.CompleteAll(ctx, leases, bson.D{store.KV("state", models.ReportWeighed)})
	return store.WrapOp("finish reports", err)
}

// ReleaseReport gives a report back to the queue, or parks it. A lost lease is Stale.
func (s *Store) ReleaseReport(ctx context.Context, l models.Lease, r models.Release) error {
	return store.WrapOp("release report", s.reportQueue.Release(ctx, l, r))
}
