package handlers

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"example.org/tocsin/handlers/edge"
	"example.org/tocsin/models"
)

const batchChunk = 500 // reports that are stored at once, at most

// batchReport is one line of a batch.
type batchReport struct {
	ReportRequest

	IdempotencyKey batchKey `json:"idempotency_key"`
}

// batchKey is an idempotency key in a body, where the contract can hold its form.
type batchKey string

// Schema is that of the header, with the form.
func (batchKey) Schema(r huma.Registry) *huma.Schema {
	s := idempotencyKey("").Schema(r)
	s.Pattern = `^[\x21-\x7e]{1,128}$`
	return s
}

// batchResult is a line of the reply: the result of one line, or the last line.
type batchResult struct{}

// Schema lists the types of a line of the reply.
func (batchResult) Schema(r huma.Registry) *huma.Schema {
	return oneOf(r, reflect.TypeFor[batchAccepted](), reflect.TypeFor[batchRefused](), reflect.TypeFor[batchSummary]())
}

// batchAccepted is the result of a line whose report is stored. It leaves out the
// reasons of the verdict, which a call centre can read with the report's id.
type batchAccepted struct {
	Line     int    `json:"line" minimum:"1" doc:"The number of the line in the request, from 1."`
	Status   int    `json:"status" enum:"201" doc:"The HTTP status that a single report would get."`
	ID       string `json:"id" doc:"The report's id."`
	Level    level  `json:"level" doc:"The level of the report's verdict."`
	Repeated bool   `json:"repeated,omitempty" doc:"True if the report was stored by an earlier request or line."`
}

// batchRefused is the result of a line that was refused. Its members are those of
// edge.Refusal.
type batchRefused struct {
	Line    int    `json:"line" minimum:"1" doc:"The number of the line in the request, from 1."`
	Status  int    `json:"status" minimum:"400" maximum:"599" doc:"The HTTP status that a single report would get."`
	Code    string `json:"code" doc:"The stable error code." example:"phone_malformed"`
	Detail  string `json:"detail,omitempty" doc:"The error in one English sentence."`
	Pointer string `json:"pointer,omitempty" doc:"JSON pointer (RFC 6901) into the line." example:"/indicators/0/value"`
}

// batchSummary is the last line of a complete reply. A reply without it was cut off.
type batchSummary struct {
	Done     bool `json:"done" enum:"true" doc:"Every line has a result."`
	Lines    int  `json:"lines" minimum:"0" doc:"The number of lines with a result. Blank lines have none."`
	Accepted int  `json:"accepted" minimum:"0" doc:"The number of reports that were stored now."`
	Repeated int  `json:"repeated" minimum:"0" doc:"The number of reports that were stored before."`
	Refused  int  `json:"refused" minimum:"0" doc:"The number of lines that were refused."`
}

// BatchDesk stores the reports of a batch.
type BatchDesk interface {
	// Reports stores a chunk of a batch and returns one outcome for each draft, in order.
	Reports(context.Context, models.Caller, []models.Draft) ([]models.Outcome, error)
}

// ReportBatches serves batches of reports. Every field must be set.
type ReportBatches struct {
	Desk BatchDesk
}

// Register adds the route of /v1/reports:batch.
func (b ReportBatches) Register(s *edge.Server) {
	edge.Stream[batchResult](s, huma.Operation{
		OperationID: "post-report-batch", Method: http.MethodPost, Path: "/v1/reports:batch",
		Summary: "File many reports", Tags: []string{"reports"},
		Description: "Takes one report on each line and returns one result for each, in the order of the lines, while they arrive. " +
			"The last line of the reply counts the results. A stream that breaks off ends with an error instead: send the lines " +
			"without a result again.",
	}, edge.DeviceOr(models.ScopeReports), b.postBatch)
}

// postBatch files one report for each line. Every line has an idempotency key of its
// own, the same as for a single report, so a client sends a broken batch again as a
// whole and nothing is stored twice (TestBatchAnswersEveryLineInOrder). The counts are
// written from one goroutine, so they need no lock.
func (b ReportBatches) postBatch(ctx context.Context, _ *AgentHeader, lines *edge.Lines[batchReport], out *edge.LineWriter) (any, error) {
	caller, err := reporter(ctx)
	if err != nil {
		return nil, err
	}
	summary := batchSummary{Done: true}
	refuse := func(line int, err error) any {
		summary.Refused++
		r := out.Refusal(err)
		return batchRefused{Line: line, Status: r.Status, Code: r.Code, Detail: r.Detail, Pointer: r.Pointer}
	}
	summary.Lines, err = bulkProcessor[batchReport, models.Draft, models.Outcome]{
		chunkSize: batchChunk,
		draft:     func(l batchReport) (models.Draft, error) { return l.draft(string(l.IdempotencyKey)) },
		process:   func(drafts []models.Draft) ([]models.Outcome, error) { return b.Desk.Reports(ctx, caller, drafts) },
		result: func(line int, o models.Outcome) any {
			switch {
			case o.Err != nil:
				return refuse(line, o.Err)
			case o.Repeated:
				summary.Repeated++
			default:
				summary.Accepted++
			}
			return batchAccepted{
				Line: line, Status: http.StatusCreated, ID: o.Report.ID, Level: level(o.Report.Verdict.Level), Repeated: o.Repeated,
			}
		},
		refuse: refuse,
	}.run(lines, out)
	return summary, err
}
