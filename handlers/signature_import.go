package handlers

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"example.org/tocsin/handlers/edge"
	"example.org/tocsin/models"
)

type importInput struct {
	DryRun bool `query:"dry_run" doc:"Say what would happen, and change nothing."`
}

// importResult is a line of the reply: the outcome of one line, or the last line.
type importResult struct{}

// Schema lists what a line of the reply can be.
func (importResult) Schema(r huma.Registry) *huma.Schema {
	return oneOf(r, reflect.TypeFor[importTaken](), reflect.TypeFor[importRefused](), reflect.TypeFor[importTotals]())
}

type importTaken struct {
	Line   int    `json:"line" minimum:"1" doc:"The line of the request that this answers."`
	Result string `json:"result" enum:"created,updated,unchanged" doc:"What was done."`
	ID     string `json:"id" doc:"The signature's id."`
}

type importRefused struct {
	Line    int    `json:"line" minimum:"1" doc:"The line of the request that this answers."`
	Result  string `json:"result" enum:"refused" doc:"Nothing was done."`
	Code    string `json:"code" doc:"What is wrong, for programs." example:"signature_too_broad"`
	Detail  string `json:"detail,omitempty" doc:"What is wrong, for people."`
	Pointer string `json:"pointer,omitempty" doc:"JSON pointer (RFC 6901) into the line." example:"/value"`
}

type importTotals struct {
	Done      bool `json:"done" enum:"true" doc:"Every line has been answered."`
	Lines     int  `json:"lines" minimum:"0" doc:"How many were answered. Blank ones are not."`
	Created   int  `json:"created" minimum:"0" doc:"How many are new."`
	Updated   int  `json:"updated" minimum:"0" doc:"How many have changed."`
	Unchanged int  `json:"unchanged" minimum:"0" doc:"How many were there already."`
	Refused   int  `json:"refused" minimum:"0" doc:"How many were refused."`
}

func (t *importTotals) count(result string) {
	switch result {
	case models.ImportCreated:
		t.Created++
	case models.ImportUpdated:
		t.Updated++
	default:
		t.Unchanged++
	}
}

// ImportCatalogue takes lists of signatures in.
type ImportCatalogue interface {
	// Import takes a chunk in, with one outcome for each draft, in order. A dry run changes nothing.
	Import(ctx context.Context, caller models.Caller, drafts []models.SignatureDraft, dryRun bool) ([]models.ImportOutcome, error)
}

// SignatureImports serves the import of lists. Every field must be set.
type SignatureImports struct {
	Catalogue ImportCatalogue
}

// Register adds the route of /v1/signatures:import.
func (i SignatureImports) Register(s *edge.Server) {
	edge.Stream[importResult](s, huma.Operation{
		OperationID: "import-signatures", Method: http.MethodPost, Path: "/v1/signatures:import",
		Summary: "Import a list of signatures", Tags: []string{"signatures"},
		Description: "One signature on each line, answered in order while they arrive. The last line counts them; a stream that breaks ends with an error instead, and may be sent again.",
	}, edge.Scopes(models.ScopeSignatures), i.postImport)
}

func (i SignatureImports) postImport(ctx context.Context, in *importInput, lines *edge.Lines[signatureBody], out *edge.LineWriter) (any, error) {
	caller, totals := edge.CallerFrom(ctx), importTotals{Done: true}
	refuse := func(line int, err error) any {
		totals.Refused++
		r := out.Refusal(err)
		return importRefused{Line: line, Result: models.ImportRefused, Code: r.Code, Detail: r.Detail, Pointer: r.Pointer}
	}
	var err error
	totals.Lines, err = bulkProcessor[signatureBody, models.SignatureDraft, models.ImportOutcome]{
		chunkSize: models.MaxEntryChanges,
		draft:     signatureBody.draft,
		process: func(drafts []models.SignatureDraft) ([]models.ImportOutcome, error) {
			return i.Catalogue.Import(ctx, caller, drafts, in.DryRun)
		},
		result: func(line int, o models.ImportOutcome) any {
			if o.Err != nil {
				return refuse(line, o.Err)
			}
			totals.count(o.Result)
			return importTaken{Line: line, Result: o.Result, ID: o.ID}
		},
		refuse: refuse,
	}.run(lines, out)
	return totals, err
}
