package handlers

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"example.org/tocsin/handlers/edge"
	"example.org/tocsin/models"
)

const batchChunk = 500 // reports in one write

// batchLine is one report of a batch.
type batchLine struct {
	ReportBody

	IdempotencyKey string `json:"idempotency_key" pattern:"^[\\x21-\\x7e]{1,128}$" doc:"Chosen by the client; the same key with the same report files it once, alone or in a batch." example:"8e03978e-40d5-43e8-bc93-6894a57f9324"`
}

// batchResult is a line of the reply: the outcome of one line, or the last line.
type batchResult struct{}

// Schema lists what a line of the reply can be.
func (batchResult) Schema(r huma.Registry) *huma.Schema {
	return oneOf(r, reflect.TypeFor[batchAccepted](), reflect.TypeFor[batchRefused](), reflect.TypeFor[batchTotals]())
}

type batchAccepted struct {
	Line     int    `json:"line" minimum:"1" doc:"The line of the request that this answers."`
	Status   int    `json:"status" enum:"201" doc:"As for a single report."`
	ID       string `json:"id" doc:"The report's id."`
	Level    level  `json:"level" doc:"The level of its verdict."`
	Repeated bool   `json:"repeated,omitempty" doc:"It had been filed before."`
}

type batchRefused struct {
	Line    int    `json:"line" minimum:"1" doc:"The line of the request that this answers."`
	Status  int    `json:"status" minimum:"400" maximum:"599" doc:"As for a single report."`
	Code    string `json:"code" doc:"What is wrong, for programs." example:"phone_malformed"`
	Detail  string `json:"detail,omitempty" doc:"What is wrong, for people."`
	Pointer string `json:"pointer,omitempty" doc:"JSON pointer (RFC 6901) into the line." example:"/indicators/0/value"`
}

type batchTotals struct {
	Done     bool `json:"done" enum:"true" doc:"Every line has been answered."`
	Lines    int  `json:"lines" minimum:"0" doc:"How many were answered. Blank ones are not."`
	Accepted int  `json:"accepted" minimum:"0" doc:"How many were filed now."`
	Repeated int  `json:"repeated" minimum:"0" doc:"How many had been filed before."`
	Refused  int  `json:"refused" minimum:"0" doc:"How many were refused."`
}

// BatchDesk takes the reports of a batch in.
type BatchDesk interface {
	// Reports takes a chunk of a batch in, with one outcome for each draft, in order.
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
		Description: "One report on each line, answered in order while they arrive. The last line counts them; a stream that breaks ends with an error instead.",
	}, edge.DeviceOr(models.ScopeReports), b.postBatch)
}

func (b ReportBatches) postBatch(ctx context.Context, _ *AgentHeader, lines *edge.Lines[batchLine], out *edge.LineWriter) (any, error) {
	caller, err := reporter(ctx)
	if err != nil {
		return nil, err
	}
	totals := batchTotals{Done: true}
	refuse := func(line int, err error) any {
		totals.Refused++
		r := out.Refusal(err)
		return batchRefused{Line: line, Status: r.Status, Code: r.Code, Detail: r.Detail, Pointer: r.Pointer}
	}
	totals.Lines, err = bulkProcessor[batchLine, models.Draft, models.Outcome]{
		chunkSize: batchChunk,
		draft:     func(l batchLine) (models.Draft, error) { return l.draft(l.IdempotencyKey) },
		process:   func(drafts []models.Draft) ([]models.Outcome, error) { return b.Desk.Reports(ctx, caller, drafts) },
		result: func(line int, o models.Outcome) any {
			switch {
			case o.Err != nil:
				return refuse(line, o.Err)
			case o.Repeated:
				totals.Repeated++
			default:
				totals.Accepted++
			}
			return batchAccepted{
				Line: line, Status: http.StatusCreated, ID: o.Report.ID, Level: level(o.Report.Verdict.Level), Repeated: o.Repeated,
			}
		},
		refuse: refuse,
	}.run(lines, out)
	return totals, err
}
